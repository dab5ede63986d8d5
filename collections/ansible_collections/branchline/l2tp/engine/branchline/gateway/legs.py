"""The two legs of a crossing over real sockets; see `crossing.Leg`."""

from __future__ import annotations

from contextlib import suppress

from branchline.gateway.crossing import Cause3145
from branchline.l2tp.results import Result
from branchline.trunks.offered import Offered


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
