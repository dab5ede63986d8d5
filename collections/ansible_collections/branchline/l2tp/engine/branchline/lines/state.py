"""Where a line stands, as `branchline status` tells it."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import Any

from branchline.datapath.interface import Counters, Where
from branchline.errors import BranchlineError

# One order for all roles, each of which knows some of them: rungs of the ladder of lines.explain.
# `resting`: outside of its hours; `waiting`: on demand, and nobody has sent.
STATES = ("down", "resting", "waiting", "discovery", "pppoe", "auth", "ipsec", "tunnel", "session", "ppp", "open")
AT_REST = frozenset(("resting", "waiting"))


def correlation(serial: int) -> str:
    """Return a Call Serial Number (RFC 2661 4.4.4) as statuses and logs show it: the line's name at every hop."""
    return f"{serial:08x}"


@dataclass(frozen=True)
class Trouble:
    """Why a line went down last: in words, when (Unix time), and what helps."""

    what: str
    when: float
    remedy: str


def trouble_of(error: BranchlineError) -> Trouble:
    """Return what an error says, as of now."""
    return Trouble(getattr(error, "message", str(error)), time.time(), getattr(error, "remedy", ""))


@dataclass
class LineState:
    """The facts of one end of a line; times are Unix times, addresses text."""

    line: str
    role: str  # client, lns, gateway, trunk
    state: str = "down"
    since: float = field(default_factory=time.time)
    peer: dict[str, Any] | None = None
    local: dict[str, Any] | None = None
    tunnel: dict[str, Any] | None = None
    session: dict[str, Any] | None = None
    correlation: str | None = None  # the call's serial number: the same at every hop
    call: dict[str, Any] | None = None  # what the caller's concentrator says of it, where there is one
    auth: str | None = None
    address: str | None = None
    peer_address: str | None = None
    dns: list[str] = field(default_factory=list)
    pool: str | None = None
    interface: str | None = None
    mtu: int | None = None
    routes: list[str] = field(default_factory=list)
    ipsec: dict[str, Any] | None = None
    trouble: Trouble | None = None

    def enter(self, state: str) -> None:
        """Go to `state`, now."""
        self.state, self.since = state, time.time()

    def open_seconds(self) -> float:
        """For how long the line has been open; 0 if it is not."""
        return time.time() - self.since if self.state == "open" else 0.0

    def reset(self) -> None:
        """Back to down; the trouble stays to be read."""
        fresh = type(self)(self.line, self.role, trouble=self.trouble)
        self.__dict__.update(fresh.__dict__)

    def status(self, counters: Counters, where: Where | None = None) -> dict[str, Any]:
        """Return the entry of the status; `uptime` counts from the last change of state."""
        entry = dict(self.__dict__)
        trouble = entry.pop("trouble")
        entry["uptime"] = round(time.time() - self.since, 3) if self.state != "down" else 0.0
        entry["counters"] = asdict(counters)
        entry["datapath"] = {"name": where.name, "reason": where.reason} if where else None
        entry["last_error"] = asdict(trouble) if trouble else None
        return entry
