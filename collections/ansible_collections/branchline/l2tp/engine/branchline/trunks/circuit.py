"""One session in a trunk, as its user holds it: a gateway's other leg, or what a LAC's host is connected to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from branchline.aio.udp import UdpPort
from branchline.errors import LocalError
from branchline.l2tp.events import Event, SessionClosed, SessionOpened
from branchline.l2tp.results import Result, for_session

Cause3145 = tuple[int, int, int, str]  # code, protocol, direction, text


class CallFailedError(LocalError):
    """An LNS did not take a call; `result` is its CDN's where it sent one, `silent`: it did not answer at all."""

    def __init__(self, message: str, remedy: str = "", *, result: Result | None = None, silent: bool = False) -> None:
        super().__init__(message, remedy)
        self.result = result
        self.silent = silent


class Circuit:
    """A session by its ids at `port`; `on_event` gets its events from SessionOpened on, in order."""

    def __init__(self, port: UdpPort, ids: tuple[int, int], on_event: Callable[[Event], None]) -> None:
        self.port, self.ids = port, ids
        self.peer_id = 0
        self._on_event = on_event
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def wait(self, limit: float) -> None:
        """Wait until it is open, `limit` seconds at most; raises CallFailedError."""
        try:
            await asyncio.wait_for(self._opened, limit)
        except asyncio.TimeoutError:
            raise CallFailedError(f"no answer to the call within {limit:g} s", silent=True) from None

    def accept(self) -> None:
        """It is the LNS that has asked for the call: whatever becomes of it is told to `on_event`."""
        self._opened.set_result(None)

    def take(self, event: Event) -> None:
        """Take an event of the session."""
        if isinstance(event, SessionOpened):
            self.peer_id = event.peer_session
            if not self._opened.done():
                self._opened.set_result(None)
        elif isinstance(event, SessionClosed) and not self._opened.done():
            why = CallFailedError(f"the call was refused: {event.result}", result=event.result)
            self._opened.set_exception(why)
            self._opened.exception()  # seen, also where nobody waits any more
            return
        self._on_event(event)

    def cancel(self, reason: str) -> None:
        """Give the call up, open or not."""
        self.close(for_session(1, message=reason))

    def close(self, result: Result, cause: Cause3145 | None = None) -> None:
        """End the session from this side; nothing happens if it has ended."""
        self.port.close_sink(*self.ids)
        with suppress(KeyError):
            self.port.call(self.port.endpoint.close_session, *self.ids, result, cause=cause)
