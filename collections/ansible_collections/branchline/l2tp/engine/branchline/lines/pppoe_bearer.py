"""A PPPoE session as PPP's bearer: RFC 2516 6 carries no FF 03, so that is taken off on the way out."""

from __future__ import annotations

from branchline.aio.packet import EthernetPort
from branchline.datapath.interface import Deliver
from branchline.l2tp.policy import Address
from branchline.pppoe.events import Place
from branchline.wire.ppp import ADDRESS_CONTROL

NOWHERE: Address = ("", 0)  # PPPoE has no IP address of the peer
FRAMING = len(ADDRESS_CONTROL)


class PppoeBearer:
    """One session with the peer at `place`."""

    def __init__(self, port: EthernetPort, place: Place, session: int) -> None:
        self._port, self._place = port, place
        self._send = port.transmitter(place, session)

    def now(self) -> float:
        """Return the loop's clock, seconds."""
        return self._port.now()

    def open_sink(self, _tunnel: int, session: int, sink: Deliver) -> None:
        """Give the session's packets to `sink`."""
        self._port.open_sink(self._place, session, sink)

    def close_sink(self, _tunnel: int, session: int) -> None:
        """Take the sink away."""
        self._port.close_sink(self._place, session)

    def send_frame(self, _tunnel: int, _session: int, frame: bytes) -> None:
        """Send one frame of PPP."""
        self._send(frame[FRAMING:])

    def transmitter(self, _tunnel: int, _session: int, _peer: Address, prefix: bytes) -> Deliver:
        """Return the shortest way for packets of one protocol."""
        protocol, send = prefix[FRAMING:], self._send

        def transmit(packet: bytes) -> None:
            send(protocol + packet)

        return transmit
