"""Hundreds of branches that lose one LNS at once, in one process over loopback: what the other one sees, and how long.

All branches are lines of one host, with a recorded data path; each has a tunnel, a session and a user of its own.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.lines.standby_world import LNS2
from tests.lines.world import LNS, World, changed
from tests.ports import free_port

from branchline.lines.backoff import Patience

SCCRQ = 20  # octets up to which an SCCRQ has Tunnel ID 0 and Message Type 1: RFC 2661 3.1, 4.4.1


@dataclass
class Seen:
    """What an LNS was asked: the moments of SCCRQs, retransmitted ones too, by the loop's clock."""

    moments: list[float] = field(default_factory=list)

    def take(self, datagram: bytes, now: float) -> None:
        """Count a datagram if it is an SCCRQ."""
        if len(datagram) >= SCCRQ and datagram[0] & 0x80 and datagram[4:6] == bytes(2) and datagram[18:20] == b"\0\1":
            self.moments.append(now)

    def most(self, since: float) -> int:
        """The most of them in any one second."""
        moments = self.moments[bisect_left(self.moments, since) :]
        return max((bisect_left(moments, first + 1.0) - index for index, first in enumerate(moments)), default=0)


@dataclass
class Outcome:
    """Seconds and lines: how long until all were up again, the most SCCRQs in a second, lines that were left down."""

    seconds: float
    most: int
    asked: int
    wedged: int
    fewest: int  # lines that were open at once in the meantime


class Storm(World):
    """`count` branches; `line` is what all of their lines have beside their names, `lns` what both LNSs have."""

    patience, limit = Patience(), 300.0

    def __init__(self, tmp_path, count: int, line: dict[str, Any], lns: dict[str, Any] | None = None) -> None:
        names = [f"b{number}" for number in range(count)]
        users = {name: {"line": name, "secret": "ppp secret", "pool": "branches"} for name in names}
        self.documents = {
            document["host_name"]: changed(document, "lns", {**document["lns"], **facts, "users": users, **(lns or {})})
            for document, facts in ((LNS, facts_of("10.20.4.0/22")), (LNS2, facts_of("10.21.4.0/22")))
        }
        ports = [document["lns"]["listen"][0]["port"] for document in self.documents.values()]
        way = {"lns": "127.0.0.1", "port": ports[0], "secret": "ppp secret", **line}
        standby = {"lns2": {"lns": "127.0.0.1", "port": ports[1], "preference": 20}}
        lines = {name: {"user": name, "interface": name, "standby": standby, **way} for name in names}
        super().__init__(tmp_path, LNS, {"version": 1, "host_name": "oslo", "lines": lines})
        self.events["lns2"] = []
        self.seen = {"lns1": Seen(), "lns2": Seen()}

    async def start_lns(self) -> None:
        """Start both."""
        for name in self.documents:
            await self.revive(name)

    async def revive(self, name: str) -> None:
        """Start an LNS, and watch what it is asked."""
        await self.start(name, self.documents[name])
        for port in self.hosts[name]._server._ports.values():
            port.endpoint.receive = watched(port.endpoint.receive, self.seen[name])

    def kill(self, name: str) -> None:
        """End an LNS without a word to anybody."""
        for port in self.hosts.pop(name)._server._ports.values():
            port.close()

    def standing(self) -> dict[str | None, int]:
        """How many lines are open, by the LNS that carries them: None is the own one."""
        found: dict[str | None, int] = {None: 0, "lns2": 0}
        for client, _task in self.hosts["oslo"]._lines.values():
            if client.state.state == "open":
                found[client._round.current.name or None] += 1
        return found

    async def until_all(self, on: str | None, seconds: float) -> Outcome:
        """Wait until all lines are open on this LNS, for so long at most."""
        loop, name = asyncio.get_running_loop(), on or "lns1"
        begin, count = loop.time(), len(self.branch["lines"])
        fewest = count
        while (standing := self.standing())[on] < count and loop.time() < begin + seconds:
            fewest = min(fewest, sum(standing.values()))
            await asyncio.sleep(0.05)
        asked = len(self.seen[name].moments) - bisect_left(self.seen[name].moments, begin)
        wedged = count - sum(standing.values())
        return Outcome(loop.time() - begin, self.seen[name].most(begin), asked, wedged, fewest)


def facts_of(pool: str) -> dict[str, Any]:
    """What an LNS has for itself: a free port and a pool; no tunnel is authenticated."""
    listen = [{"address": "127.0.0.1", "port": free_port()}]
    return {"listen": listen, "pools": {"branches": [pool]}, "require_tunnel_secret": False, "peers": {}}


def watched(receive: Callable[..., None], seen: Seen) -> Callable[..., None]:
    """An endpoint's `receive` that has each datagram seen."""

    def receive_and_see(datagram: bytes, peer: Any, now: float) -> None:
        seen.take(datagram, now)
        receive(datagram, peer, now)

    return receive_and_see
