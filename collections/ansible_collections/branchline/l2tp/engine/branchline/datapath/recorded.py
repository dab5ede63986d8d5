"""A data path that only remembers what it was asked to do: for tests, and for `branchline check`."""

from __future__ import annotations

from collections.abc import Callable

from branchline.datapath.interface import AnyCarrier, Counters, Deliver, FrameChannel, SessionPath, Where
from branchline.datapath.kept import Kept
from branchline.errors import LocalError


class RecordedChannel:
    """The frames of a session that was taken: `sent` by the engine; `receive` is what takes the peer's."""

    def __init__(self, carrier: AnyCarrier, receive: Deliver, on_send: Deliver) -> None:
        self.carrier, self.receive = carrier, receive
        self.sequenced = self.parted = self.closed = False
        self.sent: list[bytes] = []
        self.bridged: RecordedChannel | None = None
        self.given_back = False
        self.on_lost: Callable[[], None] = lambda: None
        self._on_send = on_send
        self._counters = Counters()

    def require_sequence(self) -> None:
        """Remember it."""
        self.sequenced = True

    def send(self, frame: bytes) -> None:
        """Remember the frame, and pass it to whoever plays the kernel."""
        self.sent.append(frame)
        self.carry(frame)

    def carry(self, frame: bytes) -> None:
        """Send a frame, of the engine or of the session that this one is bridged with."""
        self._counters.tx_packets += 1
        self._counters.tx_bytes += len(frame)
        self._on_send(frame)

    def arrive(self, frame: bytes) -> None:
        """Take a frame of the peer: the other session's where they are bridged, else the engine's."""
        self._counters.rx_packets += 1
        self._counters.rx_bytes += len(frame)
        if self.bridged is not None and not self.bridged.closed:
            self.bridged.carry(frame)
        else:
            self.receive(frame)

    def bridge(self, other: FrameChannel) -> None:
        """Remember it, at both."""
        assert isinstance(other, RecordedChannel)
        self.bridged, other.bridged = other, self

    def counters(self) -> Counters:
        """What was carried so far."""
        return self._counters

    def give_back(self) -> None:
        """Remember it."""
        self.given_back = self.closed = True

    def part(self) -> None:
        """Remember it."""
        self.parted = True

    def close(self) -> None:
        """Remember it."""
        self.closed = True


class RecordedDataPath:
    """Keeps the attached sessions, every call in `calls` and every delivered packet in `delivered`.

    `kernel` makes what sends a taken session's frames: with it sessions are taken, as a kernel would.
    """

    name = "recorded"

    def __init__(
        self, refuse: frozenset[str] = frozenset(), kernel: Callable[[AnyCarrier], Deliver] | None = None
    ) -> None:
        self.calls: list[tuple[str, str]] = []
        self.paths: dict[str, SessionPath] = {}
        self.senders: dict[str, Deliver] = {}
        self.delivered: dict[str, list[bytes]] = {}
        self.sent: dict[str, int] = {}
        self.held: dict[str, frozenset[str]] = {}
        self.kept: dict[str, Kept] = {}
        self.on_lost: Callable[[str], None] = lambda _interface: None
        self.taken: list[RecordedChannel] = []
        self._refuse, self._kernel = refuse, kernel

    async def open_shared(self, interface: str, address: str, mtu: int) -> None:
        """Remember the device."""
        self.calls.append(("open_shared", f"{interface} {address} {mtu}"))

    async def close_shared(self, interface: str) -> None:
        """Remember that it went."""
        self.calls.append(("close_shared", interface))

    async def hold(self, owner: str, networks: frozenset[str]) -> None:
        """Remember what is held."""
        self.held[owner] = networks

    def take(self, carrier: AnyCarrier, receive: Deliver) -> FrameChannel | None:
        """Take the session where something plays the kernel."""
        if self._kernel is None:
            return None
        channel = RecordedChannel(carrier, receive, self._kernel(carrier))
        self.taken.append(channel)
        return channel

    def relay(self, carrier: AnyCarrier, receive: Deliver) -> FrameChannel | None:
        """Take the session as `take` does."""
        return self.take(carrier, receive)

    def where(self, line: str) -> Where:
        """Nothing carries it."""
        kept = self.kept.get(line)
        path = self.paths.get(line) or (kept.path if kept else None)
        return Where(self.name, "a recording", path.interface if path else "")

    async def attach(self, path: SessionPath, send: Deliver) -> Deliver:
        """Remember the session; lines named in `refuse` fail as a host without the device would."""
        if path.line in self._refuse:
            raise LocalError(f"cannot make {path.interface}", "this is a recording that was told to refuse")
        self.calls.append(("attach", path.line))
        self.paths[path.line], self.senders[path.line] = path, send
        if path.line in self.kept:
            self.kept[path.line].carried = True
            for packet in self.kept[path.line].queue.take():
                send(packet)
        return self.delivered.setdefault(path.line, []).append

    async def detach(self, line: str) -> None:
        """Forget the session."""
        self.calls.append(("detach", line))
        self.paths.pop(line, None)
        self.senders.pop(line, None)
        if line in self.kept:
            self.kept[line].carried = False

    async def keep(self, path: SessionPath, wake: Callable[[], None] | None) -> None:
        """Remember the line."""
        if path.line in self.kept and not self.kept[path.line].lost:
            self.kept[path.line].renew(wake)
            return
        self.calls.append(("keep", path.line))
        self.kept[path.line] = Kept(path, wake)

    def waiting(self, line: str) -> int:
        """How many packets wait."""
        return len(self.kept[line].queue) if line in self.kept else 0

    async def forget(self, line: str) -> None:
        """Forget the line."""
        self.calls.append(("forget", line))
        self.kept.pop(line, None)

    def arrived(self, line: str, packet: bytes) -> None:
        """Play the host that sends a packet through the line's device."""
        kept = self.kept.get(line)
        if kept is not None and not kept.carried:
            kept.arrived(packet)
        else:
            self.sent[line] = self.sent.get(line, 0) + 1
            self.senders[line](packet)

    def counters(self, line: str) -> Counters:
        """What was delivered so far, and what `arrived` has sent."""
        packets, kept = self.delivered.get(line, []), self.kept.get(line)
        counters = Counters(len(packets), sum(map(len, packets)), tx_packets=self.sent.get(line, 0))
        return kept.counted(counters) if kept else counters

    async def close(self) -> None:
        """Forget everything."""
        for line in list(self.paths):
            await self.detach(line)
        for line in list(self.kept):
            await self.forget(line)
