"""A branch and an LNS in one event loop, over loopback, with recorded data paths: no privilege is needed."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tests.ports import free_port

from branchline.aio.charon import Charon
from branchline.config import parse
from branchline.datapath.interface import Carrier, Deliver
from branchline.datapath.recorded import RecordedDataPath
from branchline.host import Host
from branchline.lines.backoff import Patience
from branchline.lines.changes import changes_between
from branchline.lines.context import Context
from branchline.lines.journal import Journal

QUICK = Patience(first=0.05, longest=0.2)
LNS: dict[str, Any] = {
    "version": 1,
    "host_name": "lns1",
    "lns": {
        "listen": [{"address": "127.0.0.1", "port": 0}],
        "address": "10.20.0.1",
        "dns": ["10.10.0.53"],
        "pools": {"branches": ["10.20.0.16-10.20.0.17"]},
        "require_tunnel_secret": True,
        "peers": {"oslo": {"secret": "tunnel secret"}},
        "users": {
            "oslo": {"line": "oslo-lns1", "secret": "ppp secret", "pool": "branches", "routes": ["192.168.50.0/24"]}
        },
    },
}
BRANCH: dict[str, Any] = {
    "version": 1,
    "host_name": "oslo",
    "lines": {
        "oslo-lns1": {
            "lns": "127.0.0.1", "tunnel_secret": "tunnel secret", "peer_host_name": "lns1", "hide_avps": True,
            "user": "oslo", "secret": "ppp secret", "interface": "oslo-lns1", "routes": ["10.10.0.0/24"],
        }
    },
}  # fmt: skip


def changed(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of `document` with one field set; Ellipsis removes it."""
    document = copy.deepcopy(document)
    *parents, last = path.split("/")
    place = document
    for name in parents:
        place = place[name]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return document


class World:
    """Both hosts; `lns` and `branch` are their documents, with free ports filled in."""

    patience, limit = QUICK, 60.0  # seconds that a scene may take

    def __init__(self, tmp_path, lns=None, branch=None, refuse: frozenset[str] = frozenset()) -> None:
        self._tmp_path = tmp_path
        self.lns, self.branch = copy.deepcopy(lns or LNS), copy.deepcopy(branch or BRANCH)
        self._refuse = refuse
        self.kernel: Callable[[Carrier], Deliver] | None = None  # takes every session, where there is one
        self.events: dict[str, list[dict[str, Any]]] = {"lns1": [], "oslo": []}
        self._watching: list[asyncio.Task[None]] = []
        self.hosts: dict[str, Host] = {}

    def run(self, scene) -> Any:
        """Start both hosts, run `scene(world)` within the limit, stop them."""

        async def all_of_it():
            await self.start_lns()
            await self.start("oslo", self.branch)
            try:
                return await asyncio.wait_for(scene(self), self.limit)
            finally:
                await self.stop()

        return asyncio.run(all_of_it())

    async def stop(self) -> None:
        """Stop all hosts."""
        await asyncio.gather(*(host.close() for host in self.hosts.values()))
        for task in self._watching:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def start_lns(self) -> None:
        """Start the LNS on a free port; tell the branch which."""
        if self.lns["lns"]["listen"][0]["port"] == 0:
            self.lns["lns"]["listen"][0]["port"] = free_port()
        await self.start("lns1", self.lns)
        for line in self.branch["lines"].values():
            line["port"] = self.lns["lns"]["listen"][0]["port"]

    async def start(self, name: str, document: dict[str, Any]) -> None:
        """Start one host."""
        config, journal = parse(document), Journal()
        charon = Charon(str(self._tmp_path / "vici"))
        context = Context(config.host_name, None, RecordedDataPath(self._refuse, self.kernel), charon, journal)
        self._watching.append(asyncio.ensure_future(self._watch(name, journal)))
        self.hosts[name] = Host(config, context, self.patience)
        await self.hosts[name].open()

    async def apply(self, name: str, document: dict[str, Any]) -> list[dict[str, str]]:
        """Move a host to another configuration; what differs."""
        config, host = parse(document), self.hosts[name]
        changes = changes_between(host.config, config)
        await host.apply(config)
        return changes

    def line(self, name: str = "oslo", line: str = "oslo-lns1") -> dict[str, Any]:
        """Return a line's entry of a host's status."""
        return next(each for each in self.hosts[name].status()["lines"] if each["line"] == line)

    def path(self, name: str):
        """Return the recorded data path of a host."""
        return self.hosts[name].context.datapath

    async def until(self, condition, seconds: float = 25.0) -> None:
        """Wait for `condition()`; AssertionError with both statuses if it does not come."""
        for _ in range(int(seconds / 0.01)):
            if condition():
                await asyncio.sleep(0)  # who watches the journals is told of it in the next round of the loop
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"it did not happen: {[host.status()['lines'] for host in self.hosts.values()]}")

    async def opened(self) -> None:
        """Wait until the line is open at both ends."""
        await self.until(lambda: {self.line(name)["state"] for name in self.hosts} == {"open"})

    async def _watch(self, name: str, journal: Journal) -> None:
        async for event in journal.watch():
            self.events[name].append(event)
