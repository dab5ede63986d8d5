"""Where a host's session stands at the access concentrator, as `branchline status` tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from branchline.datapath.interface import Counters, Where
from branchline.lines.state import LineState


@dataclass
class CallState(LineState):
    """`lns` is the name of the trunk that was chosen, `pppoe` the facts of discovery.

    States are down, pppoe, auth, tunnel, session and open: its frames are relayed.
    """

    user: str | None = None
    realm: str | None = None
    lns: str | None = None
    pppoe: dict[str, Any] | None = None

    def status(self, counters: Counters, where: Where | None = None) -> dict[str, Any]:
        """Return the entry of the status."""
        return {**super().status(counters, where), "attempts": 0, "rtt": None}
