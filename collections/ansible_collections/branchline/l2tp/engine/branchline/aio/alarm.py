"""One timer of the event loop for one machine that tells its next deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Alarm:
    """Calls `ring` at the deadline last set; setting the same or a later one costs nothing until the first rings."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.TimerHandle | None = None
        self._deadline: float | None = None

    def set(self, deadline: float | None) -> None:
        """Ring at `deadline` (the loop's time), or never for None."""
        self._deadline = deadline
        if deadline is None or (self._handle is not None and self._handle.when() <= deadline):
            return
        self.cancel_handle()
        self._handle = self._loop.call_at(deadline, self._due)

    def stop(self) -> None:
        """Never ring again."""
        self._deadline = None
        self.cancel_handle()

    def cancel_handle(self) -> None:
        """Forget the loop's timer; the deadline stays."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _due(self) -> None:
        self._handle = None
        if self._deadline is None:
            return
        if self._deadline > self._loop.time():
            self._handle = self._loop.call_at(self._deadline, self._due)
        else:
            self._deadline = None
            self._ring()
