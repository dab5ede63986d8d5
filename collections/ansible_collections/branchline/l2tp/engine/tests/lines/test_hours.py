"""Hours by the wall's clock: at each edge, over midnight, on the right day, and when the next edge comes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from branchline.dial_config import DAY, DAYS, Hours
from branchline.lines.hours import is_open, next_change

WORK = Hours(frozenset(range(5)), 8 * 60, 18 * 60)
NIGHT = Hours(frozenset({4}), 22 * 60, 6 * 60)  # from Friday into Saturday
SATURDAY = Hours(frozenset({5}), 0, DAY)
LUNCH = Hours(frozenset(range(7)), 12 * 60, 13 * 60)
ALL_DAY = Hours(frozenset(range(7)), 0, DAY)
MORNING = Hours(frozenset({0}), 0, 60)
EVENING = Hours(frozenset({6}), 23 * 60, DAY)


def at(text: str) -> datetime:
    """A moment of the week that begins on Monday, 4 January 2027: "mon 08:00"."""
    day, _space, clock = text.partition(" ")
    hours, minutes = clock.split(":")
    return datetime(2027, 1, 4 + DAYS.index(day), int(hours), int(minutes))


MOMENTS = [
    # hours              moment        open    the next change
    ((),                 "mon 00:00",  True,   None),
    ((ALL_DAY,),         "mon 00:00",  True,   None),
    ((WORK,),            "mon 07:59",  False,  "mon 08:00"),
    ((WORK,),            "mon 08:00",  True,   "mon 18:00"),
    ((WORK,),            "mon 17:59",  True,   "mon 18:00"),
    ((WORK,),            "mon 18:00",  False,  "tue 08:00"),
    ((WORK,),            "sat 12:00",  False,  "next mon 08:00"),
    ((NIGHT,),           "fri 21:59",  False,  "fri 22:00"),
    ((NIGHT,),           "fri 22:00",  True,   "sat 06:00"),
    ((NIGHT,),           "sat 05:59",  True,   "sat 06:00"),
    ((NIGHT,),           "sat 06:00",  False,  "next fri 22:00"),
    ((NIGHT,),           "fri 05:00",  False,  "fri 22:00"),
    ((NIGHT,),           "sun 05:00",  False,  "next fri 22:00"),
    ((SATURDAY,),        "sat 23:59",  True,   "sun 00:00"),
    ((SATURDAY,),        "sun 00:00",  False,  "next sat 00:00"),
    ((WORK, LUNCH),      "mon 12:30",  True,   "mon 18:00"),
    ((WORK, LUNCH),      "sun 12:30",  True,   "sun 13:00"),
    ((EVENING, MORNING), "sun 23:30",  True,   "next mon 01:00"),
    ((NIGHT, SATURDAY),  "fri 23:00",  True,   "sun 00:00"),
]  # fmt: skip


@pytest.mark.parametrize(("hours", "moment", "now", "change"), MOMENTS)
def test_each_moment(hours, moment, now, change):
    wanted = None
    if change is not None:
        later = change.startswith("next ")
        wanted = at(change.removeprefix("next ")) + timedelta(days=7 if later else 0)
    assert is_open(hours, at(moment)) is now
    assert next_change(hours, at(moment)) == wanted


@pytest.mark.parametrize("seconds", [0.000001, 1, 59.999])
def test_within_a_minute(seconds):
    last = at("mon 17:59") + timedelta(seconds=seconds)
    assert is_open((WORK,), last)
    assert next_change((WORK,), last) == at("mon 18:00")


def test_an_hour_that_the_clock_leaves_out():
    """Summer time, 28 March 2027: after 01:59 comes 03:00; hours from 02:30 to 03:30 begin then."""
    hours = (Hours(frozenset({6}), 150, 210),)
    assert not is_open(hours, datetime(2027, 3, 28, 1, 59))
    assert is_open(hours, datetime(2027, 3, 28, 3, 0))
