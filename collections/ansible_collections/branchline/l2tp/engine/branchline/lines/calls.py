"""Calls that an LNS answers one after the other when very many come at once: those that wait cost it nothing.

Each line that is being set up slows the others down, until PPP's timers run out for all. So a call is answered when
fewer than `at_once` are being set up; until then its caller, who knows that it was received, waits (RFC 2661 5.8).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable

AT_ONCE = 64
SLOW = 5.0  # seconds after which a line that is still being set up no longer holds up others


class Calls:
    """Must be used inside a running loop."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._waiting: dict[Hashable, Callable[[], None]] = {}
        self._answered: dict[Hashable, asyncio.TimerHandle] = {}

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def request(self, call: Hashable, answer: Callable[[], None]) -> None:
        """Have a call answered, now or when it is its turn."""
        self._waiting[call] = answer
        self._next()

    def done(self, call: Hashable) -> None:
        """Its line is open, or gone: the next one may be answered; a second time does nothing."""
        self._waiting.pop(call, None)
        timer = self._answered.pop(call, None)
        if timer is not None:
            timer.cancel()
            self._next()

    def close(self) -> None:
        """Answer nobody any more."""
        self._waiting.clear()
        for timer in self._answered.values():
            timer.cancel()
        self._answered.clear()

    def _next(self) -> None:
        while self._waiting and len(self._answered) < self._at_once:
            call = next(iter(self._waiting))
            answer = self._waiting.pop(call)
            self._answered[call] = asyncio.get_running_loop().call_later(SLOW, self.done, call)
            answer()
