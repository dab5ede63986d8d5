"""What discovery tells its owner; frozen, so that tests compare them whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from branchline.wire.pppoe import NO_LINE, LineId


@dataclass(frozen=True)
class Place:
    """Where a peer is: its Ethernet address on a VLAN (0: untagged) of one interface."""

    mac: bytes
    vlan: int = 0

    def __str__(self) -> str:
        """As `ip link` writes addresses."""
        return self.mac.hex(":") + (f" vlan {self.vlan}" if self.vlan else "")


@dataclass(frozen=True)
class SessionBegun:
    """PADS has been sent or received: session packets may flow. `max_payload` as both ends agreed (RFC 4638)."""

    place: Place
    session: int
    service: str
    max_payload: int
    ac_name: str = ""
    line: LineId = NO_LINE


@dataclass(frozen=True)
class SessionEnded:
    """The session is over, or discovery was in vain: in plain words why."""

    place: Place
    session: int
    reason: str
    by_peer: bool = False


Event = Union[SessionBegun, SessionEnded]
Frame = tuple[Place, bytes]  # a discovery packet, and to whom it goes or from whom it came
BROADCAST = b"\xff" * 6
