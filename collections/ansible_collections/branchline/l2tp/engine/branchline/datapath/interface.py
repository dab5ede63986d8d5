"""What every data path offers: a few named verbs, so that lines do not know which kernel they run on.

A line's packets are whole IP packets (bytes). `send` takes one from the data path towards the peer, `deliver` one
from the peer into the data path. A data path that lives in the kernel calls neither: `SessionPath` names the
sockets and ids that it needs instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

Deliver = Callable[[bytes], None]


@dataclass(frozen=True)
class SessionPath:
    """An open session as a data path sees it; addresses and networks are IPv4 text, `mtu` counts inner IP bytes."""

    line: str
    interface: str
    shared: bool  # the LNS's one device for all sessions; else a device of the line's own
    local_address: str
    peer_address: str
    mtu: int
    mss_clamp: bool
    routes: tuple[str, ...]  # networks behind the peer
    default_route: bool
    outer_peer: str  # its route is pinned outside the line; "" over PPPoE, where there is none


@dataclass
class Counters:
    """Inner packets and bytes of one line; dropped ones were refused for the reason that the log gives."""

    rx_packets: int = 0
    rx_bytes: int = 0
    tx_packets: int = 0
    tx_bytes: int = 0
    rx_dropped: int = 0
    tx_dropped: int = 0


class DataPath(Protocol):
    """Where the packets of open sessions go."""

    name: str
    on_lost: Callable[[str], None]  # called with the interface of a device that somebody else has removed

    async def open_shared(self, interface: str, address: str, mtu: int) -> None:
        """Make the LNS's device for all sessions; raises LocalError."""

    async def close_shared(self, interface: str) -> None:
        """Give up the LNS's device; nothing happens when it is not there."""

    async def hold(self, owner: str, networks: frozenset[str]) -> None:
        """Let packets for `networks` go nowhere but through lines, until `owner` holds others; raises LocalError."""

    async def attach(self, path: SessionPath, send: Deliver) -> Deliver:
        """Connect a session: device, addresses, routes and the pinned route to the peer; raises LocalError."""

    async def detach(self, line: str) -> None:
        """Take away all that `attach` made; nothing happens for a line that is not attached."""

    def counters(self, line: str) -> Counters:
        """The counters of an attached line; zeros for any other."""

    async def close(self) -> None:
        """Detach every line and give up the devices."""
