"""A branch, a gateway and LNSs in one event loop, over loopback, with recorded data paths: no privilege is needed."""

from __future__ import annotations

import asyncio
import copy
from typing import Any

from tests.lines import world
from tests.ports import free_port

GATEWAY: dict[str, Any] = {
    "version": 1,
    "host_name": "gw1",
    "gateway": {
        "listen": [{"address": "127.0.0.1"}],
        "require_tunnel_secret": True,
        "peers": {"oslo": {"secret": "tunnel secret"}},
        "lns": {
            "gw1-lns2": {
                "address": "127.0.0.1", "tunnel_secret": "trunk secret", "peer_host_name": "lns2", "hide_avps": True,
            }
        },
        "rules": [{"host_name": "oslo", "line": "oslo-lns2", "lns": [{"line": "gw1-lns2"}]}],
        "setup": 2,
    },
}  # fmt: skip
LNS2 = {**world.changed(world.LNS, "lns/peers", {"gw1": {"secret": "trunk secret"}}), "host_name": "lns2"}
LNS2["lns"]["users"]["oslo"]["line"] = "oslo-lns2"
BRANCH = world.changed(world.BRANCH, "lines/oslo-lns1/peer_host_name", "gw1")
BRANCH["lines"] = {"oslo-lns2": BRANCH["lines"].pop("oslo-lns1")}


class World(world.World):
    """oslo -> gw1 -> lns2; with `spare` also lns3, which the gateway prefers less."""

    def __init__(self, tmp_path, *, gateway=None, lns=None, branch=None, spare=False) -> None:
        super().__init__(tmp_path, lns or LNS2, branch or BRANCH)
        self.gateway = copy.deepcopy(gateway or GATEWAY)
        self.spare = {**copy.deepcopy(LNS2), "host_name": "lns3"}
        if spare:
            self._add_spare()
        self.events = {name: [] for name in ("oslo", "gw1", "lns2", "lns3")}
        self.in_kernel = tuple(self.events)

    def run(self, scene, names: tuple[str, ...] = ()) -> Any:
        """Start the LNSs (all, or those in `names`), the gateway and the branch, and run `scene(world)`."""

        async def all_of_it():
            self._ports()
            for name, document in (("lns2", self.lns), ("lns3", self.spare)):
                if name in (names or ("lns2", "lns3") if "gw1-lns3" in self.gateway["gateway"]["lns"] else ("lns2",)):
                    await self.start(name, document)
            await self.start("gw1", self.gateway)
            await self.start("oslo", self.branch)
            try:
                return await asyncio.wait_for(scene(self), 40)
            finally:
                await self.stop()

        return asyncio.run(all_of_it())

    def _add_spare(self) -> None:
        section = self.gateway["gateway"]
        section["lns"]["gw1-lns3"] = {**section["lns"]["gw1-lns2"], "peer_host_name": "lns3"}
        section["rules"][0]["lns"].append({"line": "gw1-lns3", "preference": 20})

    def _ports(self) -> None:
        for document, listening, calling in (
            (self.lns, "lns", self.gateway["gateway"]["lns"]["gw1-lns2"]),
            (self.spare, "lns", self.gateway["gateway"]["lns"].get("gw1-lns3", {})),
            (self.gateway, "gateway", self.branch["lines"]["oslo-lns2"]),
        ):
            calling["port"] = document[listening]["listen"][0]["port"] = free_port()

    async def start(self, name: str, document: dict[str, Any]) -> None:
        """Start one host; only those in `in_kernel` have a kernel that takes sessions."""
        kernel = self.kernel
        self.kernel = kernel if name in self.in_kernel else None
        await super().start(name, document)
        self.kernel = kernel

    async def opened(self, *names: str) -> None:
        """Wait until the line is open at the hosts named, else at every one that runs but lns3."""
        names = names or tuple(name for name in self.hosts if name != "lns3")
        await self.until(lambda: {self.line(name)["state"] for name in names} == {"open"}, 15)

    def line(self, name: str = "oslo", line: str = "oslo-lns2") -> dict[str, Any]:
        """Return a line's entry of a host's status."""
        return super().line(name, line)

    def trunk(self, line: str = "gw1-lns2") -> dict[str, Any]:
        """Return a trunk's entry of the gateway's status."""
        return next(each for each in self.hosts["gw1"].status()["trunks"] if each["line"] == line)
