"""A host with a PPPoE session that waits for an LNS to call it: silent in PPP, yet a dead end does not go unseen."""

from __future__ import annotations

from branchline.aio.alarm import Alarm
from branchline.aio.packet import EthernetPort
from branchline.datapath.interface import Deliver
from branchline.pppoe.events import SessionBegun
from branchline.wire import ppp

INTERVAL = 10.0  # seconds
# A concentrator that knows the session drops this (RFC 1661 5.9), one that does not answers with PADT.
SIGN_OF_LIFE = ppp.LCP.to_bytes(2, "big") + ppp.encode(ppp.Packet(ppp.DISCARD_REQUEST, 0, bytes(4)))


class Waiting:
    """`on_packet` gets the first PPP packet, from its protocol number on, and those after it until it is stopped."""

    def __init__(self, port: EthernetPort, begun: SessionBegun, on_packet: Deliver) -> None:
        self._port = port
        self._send = port.transmitter(begun.place, begun.session)
        self._alarm = Alarm(self._ring)
        port.open_sink(begun.place, begun.session, on_packet)
        self._alarm.set(port.now() + INTERVAL)

    def stop(self) -> None:
        """It waits no more; whoever is next opens a sink of its own."""
        self._alarm.stop()

    def _ring(self) -> None:
        self._send(SIGN_OF_LIFE)
        self._alarm.set(self._port.now() + INTERVAL)
