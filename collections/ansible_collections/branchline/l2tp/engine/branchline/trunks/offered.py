"""One session of a relay: offered to the data path before its peer may send, given back where it is of no use there."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from branchline.aio.udp import UdpPort
from branchline.datapath.interface import DataPath, FrameChannel
from branchline.errors import LocalError
from branchline.lines.carrying import carrier_of, refusal
from branchline.wire.ppp import ADDRESS_CONTROL

EARLY = 16  # frames that are kept until somebody listens
Sink = Callable[[bytes], None]


class Offered:
    """A session by its ids at `port`; if the data path takes it, it has a `channel`, else perhaps a reason: `refused`.

    It has to be made before the session's peer hears that it may send: a kernel numbers data messages from 0 (5.4).
    """

    def __init__(self, port: UdpPort, ids: tuple[int, int], datapath: DataPath, *, lns: bool) -> None:
        self.port, self.ids = port, ids
        self.channel: FrameChannel | None = None
        self.refused = ""
        self._datapath, self._lns = datapath, lns
        self._early: deque[bytes] = deque(maxlen=EARLY)
        self._sink: Sink = self._early.append
        self._prefix = b""
        self._transmit: Sink | None = None
        self.offer()

    def offer(self) -> None:
        """Have the data path take it, unless it has, or the session's end came together with its beginning."""
        if self.channel is not None or self.ids not in self.port.endpoint.sessions:
            return
        try:
            self.channel = self._datapath.relay(carrier_of(self.port, self.ids, lns=self._lns), self._receive)
            self.refused = ""
        except LocalError as error:
            self.refused = refusal(error)

    def __str__(self) -> str:
        return "tunnel={} session={}".format(*self.ids)

    def sender(self, prefix: bytes = b"") -> Sink:
        """Return the shortest way for frames to the peer; `prefix` goes before each that has not FF 03 yet."""
        self._prefix = prefix
        return self._send if self.channel is not None else self._by_socket()

    def listen(self, sink: Sink) -> None:
        """Give frames to `sink`, first those that came too early."""
        self._sink = sink
        if self.channel is None and self.ids in self.port.endpoint.sessions:
            self.port.open_sink(*self.ids, sink)
        while self._early:
            sink(self._early.popleft())

    def require_sequence(self) -> None:
        """Number the data messages from the first on (5.4), where the data path does that."""
        if self.channel is not None:
            self.channel.require_sequence()

    def give_back(self) -> None:
        """Leave the session to the engine, which goes on with the channel's numbers."""
        if self.channel is None:
            return
        channel, self.channel = self.channel, None
        carried, session = channel.counters(), self.port.endpoint.sessions.get(self.ids)
        if session is not None and session.sequence.on:
            session.sequence.resume(carried.tx_packets, carried.rx_packets)
        self._transmit = self._by_socket()
        self.listen(self._sink)
        channel.give_back()

    def close(self) -> None:
        """The session has ended; a second time does nothing."""
        self.port.close_sink(*self.ids)
        if self.channel is not None:
            self.channel.close()

    def _by_socket(self) -> Sink:
        session = self.port.endpoint.sessions.get(self.ids)
        if session is None:  # it has ended, and the event that says so is on its way
            return _nowhere
        return self.port.transmitter(*self.ids, session.peer, self._prefix)

    def _send(self, frame: bytes) -> None:
        """The kernel puts FF 03 before each frame by itself."""
        if self.channel is not None:
            self.channel.send(frame.removeprefix(ADDRESS_CONTROL))
        elif self._transmit is not None:
            self._transmit(frame)

    def _receive(self, frame: bytes) -> None:
        self._sink(frame)


def _nowhere(_frame: bytes) -> None:
    """For frames to a peer whose session has ended."""
