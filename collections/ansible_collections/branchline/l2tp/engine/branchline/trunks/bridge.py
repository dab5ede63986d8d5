"""Two sessions whose frames the data path carries on by itself, where it can; else the engine does, and says why."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from branchline.aio.udp import UdpPort
from branchline.datapath.interface import Counters, DataPath, FrameChannel, Where
from branchline.errors import LocalError
from branchline.lines.carrying import refusal
from branchline.trunks.offered import Offered

LOG = logging.getLogger(__name__)


class Side(Protocol):
    """One of the two sessions; see `Offered`."""

    channel: FrameChannel | None
    refused: str

    def give_back(self) -> None:
        """Leave the session to the engine."""

    def close(self) -> None:
        """The session has ended."""


class Bridge:
    """The session of a branch or host (`near`), and that of its LNS as soon as there is one.

    Frames pass the engine until `connect` is called, and after it where it returns False.
    """

    def __init__(self, datapath: DataPath, near: Side) -> None:
        self.near = near
        self.far: Offered | None = None
        self._datapath = datapath
        self._why_not = near.refused
        self._pair: tuple[FrameChannel, FrameChannel] | None = None

    def open_far(self, port: UdpPort, ids: tuple[int, int], *, numbered: bool) -> None:
        """Have the LNS's session, before the LNS hears that it may send; `numbered`: its data messages have to be."""
        self._close_far()
        self.far = Offered(port, ids, self._datapath, lns=False)
        if numbered:
            self.far.require_sequence()

    def connect(self, on_lost: Callable[[], None]) -> bool:
        """Have the data path carry frames between the two; `on_lost`: somebody has ended one of them there."""
        near, far = self.near.channel, self.far.channel if self.far else None
        self._why_not = self.near.refused or (self.far.refused if self.far else "")
        if near is not None and far is not None:
            try:
                near.bridge(far)
            except LocalError as error:
                self._why_not = refusal(error)
            else:
                near.on_lost = far.on_lost = on_lost
                self._pair = near, far
                return True
        self._give_back()
        return False

    def where(self, line: str) -> Where:
        """What carries the frames, and why that."""
        usual = self._datapath.where(line)
        if self._pair is not None:
            return Where(usual.name, f"{usual.reason}, and bridges the two sessions")
        return Where("tun", self._why_not) if self._why_not else usual

    def counters(self) -> Counters | None:
        """What the data path has carried: rx from near, tx to it; None where it is the engine that carries."""
        if self._pair is None:
            return None
        near, far = (channel.counters() for channel in self._pair)
        dropped = {"rx_dropped": near.rx_dropped + far.tx_dropped, "tx_dropped": near.tx_dropped + far.rx_dropped}
        return Counters(far.tx_packets, far.tx_bytes, far.rx_packets, far.rx_bytes, **dropped)

    def close(self) -> None:
        """Both have ended."""
        self.near.close()
        self._close_far()

    def _close_far(self) -> None:
        if self.far is not None:
            self.far.close()
            self.far = None

    def _give_back(self) -> None:
        if self._why_not:
            LOG.warning("%s is carried on in user space: %s", self.near, self._why_not)
        self.near.give_back()
        if self.far is not None:
            self.far.give_back()
