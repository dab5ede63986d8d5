"""The two legs of a crossing over real sockets, see `crossing.Leg`; and the near one while the branch is asked."""

from __future__ import annotations

from contextlib import suppress

from branchline.gateway.crossing import Cause3145
from branchline.l2tp.policy import Address
from branchline.l2tp.results import Result
from branchline.trunks.offered import Offered, Sink


class SocketLeg:
    """A session as long as its frames pass the engine, and its end."""

    def __init__(self, offered: Offered) -> None:
        self._port, self._ids, self._offered = offered.port, offered.ids, offered
        self.send = offered.sender()

    def close(self, result: Result, cause: Cause3145 | None = None) -> None:
        """End it with a CDN; nothing happens if it has ended."""
        self._offered.close()
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


class OfferedBearer:
    """The branch's session as what carries PPP, wherever its frames are; see `lines.ppp_session.Bearer`."""

    def __init__(self, offered: Offered) -> None:
        self._offered, self._send = offered, offered.sender()

    def now(self) -> float:
        """Return the clock, seconds."""
        return self._offered.port.now()

    def open_sink(self, _tunnel: int, _session: int, sink: Sink) -> None:
        """Give the session's frames to `sink`."""
        self._offered.listen(sink)

    def close_sink(self, _tunnel: int, _session: int) -> None:
        """Nothing to be done: whoever is next listens."""

    def send_frame(self, _tunnel: int, _session: int, frame: bytes) -> None:
        """Send one frame that begins with FF 03."""
        self._send(frame)

    def transmitter(self, _tunnel: int, _session: int, _peer: Address, prefix: bytes) -> Sink:
        """Return the way for packets, with `prefix` before each."""
        return lambda packet: self._send(prefix + packet)
