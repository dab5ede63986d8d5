"""How long to wait before the next attempt: doubled, capped, and jittered so that no two lines march in step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """Seconds: the first wait, the longest, and how long a line must have been open for the count to begin anew."""

    first: float = 0.5
    longest: float = 30.0
    stable: float = 30.0


class Backoff:
    """One line's waits; `random` gives a number from 0 to 1."""

    def __init__(self, patience: Patience, random: Callable[[], float]) -> None:
        self._patience = patience
        self._random = random
        self.attempts = 0

    def next_wait(self) -> float:
        """Seconds to wait now: between half and all of the doubled interval."""
        interval = min(self._patience.first * 2.0 ** min(self.attempts, 30), self._patience.longest)
        self.attempts += 1
        return interval * (0.5 + 0.5 * self._random())

    def opened_for(self, seconds: float) -> None:
        """A line that was open for this long was well: begin anew if it was long enough."""
        if seconds >= self._patience.stable:
            self.attempts = 0
