"""The LNSs of one line: in which order they are tried, which did not answer lately, and why one does not carry it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from branchline.line_config import Line, choices
from branchline.lines.choice import order
from branchline.lines.state import Trouble

MOST_FALLS = 4  # the time between looks at an LNS that does not last is doubled this often at most


class Candidates:
    """What is remembered of each LNS, by its name, "" for the line's own.

    `clock` gives seconds, `random` a number from 0 to 1, less than 1.
    """

    def __init__(self, line: Line, clock: Callable[[], float], random: Callable[[], float]) -> None:
        self._line, self._clock, self._random = line, clock, random
        self._choices = {choice.line: choice for choice in choices(line)}
        self._dead_until: dict[str, float] = {}
        self._troubles: dict[str, Trouble] = {}
        self._falls: dict[str, int] = {}

    def order(self) -> list[str]:
        """Return all of them, the one to be tried first first."""
        return order(self._choices.values(), self.is_dead, self._random)

    def better(self, name: str) -> list[str]:
        """Return those that are preferred to `name`, in the order in which they are tried."""
        worth = self._choices[name].preference
        return [other for other in self.order() if self._choices[other].preference < worth]

    def is_dead(self, name: str) -> bool:
        """Whether it did not answer lately."""
        return self._clock() < self._dead_until.get(name, 0.0)

    def all_dead(self) -> bool:
        """Whether none answered lately."""
        return all(map(self.is_dead, self._choices))

    def spread(self) -> float:
        """Seconds until a line that has lost its LNS turns to another: not all lines at once."""
        return self._line.failover.spread * self._random()

    def opened(self, name: str) -> None:
        """It carries the line."""
        self._dead_until.pop(name, None)
        self._troubles.pop(name, None)

    def failed(self, name: str, trouble: Trouble, *, dead: bool) -> None:
        """It does not carry the line; `dead`: it does not answer either."""
        self._troubles[name] = trouble
        if dead:
            self._dead_until[name] = self._clock() + self._line.failover.dead

    def lost(self, name: str, held: float, *, returned: bool) -> None:
        """It has carried the line for `held` seconds, and does no more; `returned`: the line had come back to it."""
        if held >= self._line.failover.again:
            self._falls.pop(name, None)
        elif returned:
            self._falls[name] = min(self._falls.get(name, 0) + 1, MOST_FALLS)

    def until_look(self, names: list[str]) -> float:
        """Seconds until the next look whether one of `names` is back: jittered; longer for those that did not last."""
        falls = min(self._falls.get(name, 0) for name in names)
        return self._line.failover.again * 2.0**falls * (1 + self._random())

    def status(self) -> list[dict[str, Any]]:
        """Return the part of the line's status, in the order of preference; `standby` is None for the own LNS."""
        return [self._entry(name) for name in sorted(self._choices, key=lambda name: self._choices[name].preference)]

    def _entry(self, name: str) -> dict[str, Any]:
        choice, trouble = self._choices[name], self._troubles.get(name)
        left = self._dead_until.get(name, 0.0) - self._clock()
        return {
            "standby": name or None,
            "preference": choice.preference,
            "weight": choice.weight,
            "dead_until": round(time.time() + left, 3) if left > 0 else None,
            "last_error": asdict(trouble) if trouble else None,
        }
