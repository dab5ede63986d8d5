"""A branch with two LNSs, or many branches with two, in one event loop over loopback; an LNS can die without a word."""

from __future__ import annotations

import copy
from typing import Any

from tests.lines.world import BRANCH, LNS, World, changed
from tests.ports import free_port

from branchline import line_config
from branchline.lines import attempt
from branchline.standby_config import Failover

FAILOVER = Failover(setup=1, dead=5, again=0.3, spread=0.1)
LNS2 = {**copy.deepcopy(LNS), "host_name": "lns2"}
LNS2["lns"]["address"], LNS2["lns"]["pools"] = "10.21.0.1", {"branches": ["10.21.0.16-10.21.0.17"]}
STANDBY = {
    "lns": "127.0.0.1", "tunnel_secret": "tunnel secret", "peer_host_name": "lns2", "preference": 20,
    "routes": ["10.10.0.0/24"],
}  # fmt: skip
TWO = changed(BRANCH, "lines/oslo-lns1/standby", {"lns2": STANDBY})
TWO = changed(TWO, "lines/oslo-lns1/echo", 0.1)


class TwoLnss(World):
    """As World, with a second LNS; the branch prefers the first, and waits less than a configuration could say."""

    def __init__(
        self, tmp_path, monkeypatch, branch: Any = None, lns: Any = None, failover: Failover = FAILOVER
    ) -> None:
        super().__init__(tmp_path, lns=lns, branch=branch or TWO)
        monkeypatch.setattr(line_config, "read_failover", lambda _reader: failover)
        monkeypatch.setattr("branchline.lines.round.LONGEST", failover.setup)
        monkeypatch.setattr(attempt, "QUIET", 0.3)  # as fast as the echoes
        self.lns2 = copy.deepcopy(LNS2)
        self.lns2["lns"]["listen"][0]["port"] = free_port()
        self.events["lns2"] = []

    async def start_lns(self) -> None:
        """Start both."""
        await super().start_lns()
        await self.start("lns2", self.lns2)
        for line in self.branch["lines"].values():
            line["standby"]["lns2"]["port"] = self.lns2["lns"]["listen"][0]["port"]

    def kill(self, name: str) -> None:
        """End an LNS as kill -9 does: nobody hears a word."""
        host = self.hosts.pop(name)
        assert host._server is not None
        for port in host._server._ports.values():
            port.close()

    async def revive(self, name: str) -> None:
        """Start it anew."""
        await self.start(name, {"lns1": self.lns, "lns2": self.lns2}[name])

    def carried(self, state: str = "open") -> str:
        """Which LNS carries the line, "" if none does."""
        line = self.line()
        return (line["standby"] or "lns1") if line["state"] == state else ""

    def told(self, *names: str) -> list[str]:
        """The branch's events of these names, in order."""
        return [event["event"] for event in self.events["oslo"] if event["event"] in names]
