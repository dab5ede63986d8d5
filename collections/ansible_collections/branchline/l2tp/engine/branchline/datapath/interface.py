"""What every data path offers: a few named verbs, so that lines do not know which kernel they run on.

A line's packets are whole IP packets (bytes). `send` takes one from the data path towards the peer, `deliver` one
from the peer into the data path. A data path that lives in the kernel calls neither: it takes a session's frames over
as the session opens, by the socket and the ids of its `Carrier`, and leaves PPP's control frames to the engine.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, Union

Deliver = Callable[[bytes], None]


@dataclass(frozen=True)
class Carrier:
    """A session as the kernel's L2TP sees it: the UDP socket of its tunnel alone, and the ids (RFC 2661 3.1)."""

    own_socket: Callable[[], socket.socket]  # connected to the peer, for this tunnel alone; raises LocalError
    tunnel: int
    session: int
    peer_tunnel: int
    peer_session: int
    lns: bool
    reorder: float  # seconds that sequenced data waits at a gap


@dataclass(frozen=True)
class HostCarrier:
    """A PPPoE session as the kernel sees it: device, the host's Ethernet address, session id (RFC 2516 4)."""

    interface: str
    mac: bytes
    session: int


AnyCarrier = Union[Carrier, HostCarrier]


class FrameChannel(Protocol):
    """A session whose frames the data path has taken over; its control frames come and go here, without FF 03."""

    on_lost: Callable[[], None]  # called when somebody else has ended the session there

    def require_sequence(self) -> None:
        """Number the data messages from the first on, and insist on the peer's numbers (5.4)."""

    def send(self, frame: bytes) -> None:
        """Send a control frame."""

    def bridge(self, other: FrameChannel) -> None:
        """Carry frames between the two, unread, until one of them ends; raises LocalError where that cannot be.

        What has come before is received here once more; it is for the engine to carry it on.
        """

    def counters(self) -> Counters:
        """What the session has carried so far, in data messages."""

    def give_back(self) -> None:
        """End the session there but leave it to the engine, which receives what has come so far."""

    def part(self) -> None:
        """Let go of the line's interface: another session is to have it."""

    def close(self) -> None:
        """End the session there; a second time does nothing."""


@dataclass(frozen=True)
class Where:
    """What carries a line, why that, and through which interface; "" while the line is not attached."""

    name: str
    reason: str
    interface: str = ""


@dataclass(frozen=True)
class SessionPath:
    """An open session as a data path sees it; addresses and networks are IPv4 text, `mtu` counts inner IP bytes."""

    line: str
    interface: str
    shared: bool  # the LNS's one device for all sessions; else a device of the line's own
    local_address: str
    peer_address: str  # "" of a device that is kept: nobody has been called yet
    mtu: int
    mss_clamp: bool
    routes: tuple[str, ...]  # networks behind the peer
    default_route: bool
    outer_peer: str  # its route is pinned outside the line; "" over PPPoE, where there is none
    channel: FrameChannel | None = None  # what `take` returned
    refused: str = ""  # or why it could not be taken
    outer_others: tuple[str, ...] = ()  # other LNSs of the line, pinned outside as well where there is a way to them


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

    def take(self, carrier: Carrier, receive: Deliver) -> FrameChannel | None:
        """Take a session's frames over before its peer sends one; control frames go to `receive`.

        None: they stay with the engine, as with every data path in user space. Raises LocalError where this one is to
        be taken and cannot; it stays with the engine as well.
        """

    def relay(self, carrier: AnyCarrier, receive: Deliver) -> FrameChannel | None:
        """Take one of two sessions over that are to be bridged, as `take` does; raises LocalError where it cannot."""

    def where(self, line: str) -> Where:
        """What carries an attached line, or would carry any other."""

    async def attach(self, path: SessionPath, send: Deliver) -> Deliver:
        """Connect a session: device, addresses, routes and the pinned route to the peer; raises LocalError."""

    async def detach(self, line: str) -> None:
        """Take away all that `attach` made; nothing happens for a line that is not attached."""

    async def keep(self, path: SessionPath, wake: Callable[[], None] | None) -> None:
        """Have the line's device, address and routes also while it is not attached; raises LocalError.

        Packets wait then, within bounds, and each calls `wake`; the next `attach` sends them first and in order. None:
        they are dropped, those that wait already as well. Asked again only `wake` changes, unless the device has gone.
        """

    def waiting(self, line: str) -> int:
        """How many packets wait for a kept line to be attached."""

    async def forget(self, line: str) -> None:
        """Take away what `keep` made; nothing happens for a line that is not kept."""

    def counters(self, line: str) -> Counters:
        """The counters of a line that is attached or kept; zeros for any other."""

    async def close(self) -> None:
        """Detach every line and give up the devices."""
