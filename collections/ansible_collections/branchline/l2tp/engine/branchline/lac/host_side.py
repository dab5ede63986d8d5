"""A host's PPPoE session as one side of a bridge: the data path's where it takes it, else the engine's."""

from __future__ import annotations

from collections.abc import Callable

from branchline.aio.packet import EthernetPort
from branchline.datapath.interface import DataPath, FrameChannel, HostCarrier
from branchline.errors import LocalError
from branchline.lines.carrying import refusal
from branchline.pppoe.events import Place

Sink = Callable[[bytes], None]


class HostSide:
    """The session of the host at `place`; its PPP packets go to `sink`, wherever they come, until they are bridged."""

    def __init__(self, port: EthernetPort, place: Place, session: int, sink: Sink) -> None:
        self.channel: FrameChannel | None = None
        self.refused = ""
        self._port, self._place, self._session, self._sink = port, place, session, sink
        self._transmit = port.transmitter(place, session)
        port.open_sink(place, session, sink)

    def __str__(self) -> str:
        return f"pppoe={self._session} of {self._place}"

    def offer(self, datapath: DataPath) -> None:
        """Have the data path take it; PPP is not the engine's any more. What has come before goes to the sink."""
        place, port = self._place, self._port
        if place.vlan:
            self.refused = "the kernel takes no PPPoE out of a VLAN that has no device; name that device instead"
            return
        port.drain()
        try:
            self.channel = datapath.relay(HostCarrier(port.interface, place.mac, self._session), self._receive)
        except LocalError as error:
            self.refused = refusal(error)
        if self.channel is not None:
            port.close_sink(place, self._session)  # what the packet socket gets from now on is a copy

    def send(self, packet: bytes) -> None:
        """Send one PPP packet to the host."""
        if self.channel is not None:
            self.channel.send(packet)
        else:
            self._transmit(packet)

    def sender(self) -> Sink:
        """Return the shortest way for PPP packets to the host."""
        return self._transmit if self.channel is None else self.send

    def bridged(self, *, bridged: bool) -> None:
        """Have the packet socket get no copies of what the kernel carries; a session that it does not needs them."""
        if bridged:
            self._port.spare()
        else:
            self._port.need()

    def give_back(self) -> None:
        """Leave the session to the engine."""
        if self.channel is not None:
            channel, self.channel = self.channel, None
            self._port.open_sink(self._place, self._session, self._sink)
            channel.give_back()

    def close(self) -> None:
        """The session has ended; a second time does nothing."""
        self._port.close_sink(self._place, self._session)
        if self.channel is not None:
            self.channel.close()

    def _receive(self, packet: bytes) -> None:
        self._sink(packet)
