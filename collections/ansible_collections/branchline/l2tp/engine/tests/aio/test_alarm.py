"""The one timer, on a loop whose clock only the test moves."""

from __future__ import annotations

import pytest

from branchline.aio import alarm as module
from branchline.aio.alarm import Alarm


class Handle:
    """What call_at returns."""

    def __init__(self, when: float, call) -> None:
        self._when, self.call, self.cancelled = when, call, False

    def when(self) -> float:
        return self._when

    def cancel(self) -> None:
        self.cancelled = True


class Clock:
    """A loop with time and timers only; `made` counts its timers."""

    def __init__(self) -> None:
        self.now, self.made, self._timers = 0.0, 0, []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, call) -> Handle:
        self.made += 1
        self._timers.append(Handle(when, call))
        return self._timers[-1]

    def go(self, now: float) -> None:
        """Move on to `now`, running what is due on the way."""
        while due := [timer for timer in self._timers if timer.when() <= now and not timer.cancelled]:
            timer = min(due, key=Handle.when)
            self._timers.remove(timer)
            self.now = max(self.now, timer.when())
            timer.call()
        self.now = now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module.asyncio, "get_running_loop", lambda: clock)
    return clock


STORIES = [
    # (moment, deadline set then) ...                       when it rings
    ([(0, 5)], [5]),
    ([(0, None)], []),
    ([(0, 5), (1, 8)], [8]),
    ([(0, 5), (1, 3)], [3]),
    ([(0, 5), (1, None)], []),
    ([(0, 5), (1, None), (2, 6)], [6]),
    ([(0, 5), (1, 8), (6, 7)], [7]),
    ([(0, 5), (6, 9)], [5, 9]),
    ([(4, 2)], [4]),
    ([(0, 5), (1, 5), (2, 5)], [5]),
]


@pytest.mark.parametrize(("steps", "rings"), STORIES)
def test_it_rings_once_at_the_deadline_last_set(clock, steps, rings):
    rung = []
    alarm = Alarm(lambda: rung.append(clock.now))
    for moment, deadline in steps:
        clock.go(moment)
        alarm.set(deadline)
    clock.go(100)
    assert rung == rings


def test_later_deadlines_cost_no_timer(clock):
    alarm = Alarm(lambda: None)
    for deadline in range(10, 1000):
        alarm.set(deadline)
    assert clock.made == 1


def test_a_stopped_one_is_silent(clock):
    rung = []
    alarm = Alarm(lambda: rung.append(clock.now))
    alarm.set(5)
    alarm.stop()
    clock.go(100)
    assert rung == []


def test_it_may_be_set_by_what_it_rings(clock):
    rung = []

    def ring() -> None:
        rung.append(clock.now)
        alarm.set(clock.now + 2 if clock.now < 6 else None)

    alarm = Alarm(ring)
    alarm.set(2)
    clock.go(100)
    assert rung == [2, 4, 6]
