"""The two legs of a crossing over real sockets; see `crossing.Leg`."""

from __future__ import annotations

from contextlib import suppress

from branchline.aio.udp import Sink, UdpPort
from branchline.gateway.crossing import Cause3145
from branchline.l2tp.results import Result


class SocketLeg:
    """A session by its ids at `port`; frames that come unsequenced go to `sink`, past the events."""

    def __init__(self, port: UdpPort, ids: tuple[int, int], sink: Sink) -> None:
        self._port, self._ids, self._sink = port, ids, sink
        self.send = port.transmitter(*ids, port.endpoint.sessions[ids].peer, b"")
        self.listen()

    def listen(self) -> None:
        """Have frames come to the sink from now on, whoever has had them."""
        self._port.open_sink(*self._ids, self._sink)

    def close(self, result: Result, cause: Cause3145 | None = None) -> None:
        """End it with a CDN; nothing happens if it has ended."""
        self._port.close_sink(*self._ids)
        with suppress(KeyError):
            self._port.call(self._port.endpoint.close_session, *self._ids, result, cause=cause)

    def set_sequencing(self, *, on: bool) -> None:
        """Number data messages from now on, or stop."""
        with suppress(KeyError):
            self._port.call(self._port.endpoint.set_sequencing, *self._ids, on=on)

    def send_link_info(self, accm: tuple[int, int]) -> None:
        """Send SLI."""
        with suppress(KeyError):
            self._port.call(self._port.endpoint.send_link_info, *self._ids, accm)

    def send_wan_errors(self, errors: tuple[int, ...]) -> None:
        """Send WEN."""
        with suppress(KeyError):
            self._port.call(self._port.endpoint.send_wan_errors, *self._ids, errors)
