"""Frames between a PPPoE session and an L2TP session: PPP itself is not looked at.

PPPoE carries no FF 03 (RFC 2516 6). Towards the LNS it is put on, which every LNS understands; towards the host it is
taken off if the LNS has put it on. Frames that come from the host before the way to the LNS is there wait, a few.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from branchline.datapath.interface import Counters
from branchline.wire.ppp import ADDRESS_CONTROL

Send = Callable[[bytes], None]
MOST_WAITING = 64  # frames


@dataclass
class _Nowhere:
    waiting: list[bytes]
    counters: Counters

    def send(self, frame: bytes) -> None:
        if len(self.waiting) < MOST_WAITING:
            self.waiting.append(frame)
        else:
            self.counters.rx_dropped += 1


class Relay:
    """`to_host` sends PPP packets, from their protocol number on. rx is what the host sends, tx what it gets."""

    def __init__(self, to_host: Send) -> None:
        self.counters = Counters()
        self.to_host = to_host
        self._waiting: list[bytes] = []
        self._to_lns: Send = _Nowhere(self._waiting, self.counters).send

    def connect(self, to_lns: Send) -> None:
        """There is a way to the LNS, which puts FF 03 before each packet: those that wait go first."""
        self._to_lns = to_lns
        for frame in self._waiting:
            to_lns(frame)
        self._waiting.clear()

    def from_host(self, packet: bytes) -> None:
        """One PPP packet of the host."""
        counters = self.counters
        counters.rx_packets += 1
        counters.rx_bytes += len(packet)
        self._to_lns(packet)

    def from_lns(self, frame: bytes) -> None:
        """One frame of the LNS, with or without FF 03."""
        counters = self.counters
        packet = frame[2:] if frame[:2] == ADDRESS_CONTROL else frame
        counters.tx_packets += 1
        counters.tx_bytes += len(packet)
        self.to_host(packet)
