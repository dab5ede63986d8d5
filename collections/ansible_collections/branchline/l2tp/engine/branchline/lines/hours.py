"""Whether a line's hours are now, by the local wall clock that the caller reads.

Only the clock on the wall counts: in an hour that a change of summer time leaves out nothing begins or ends but at its
end, and one that comes twice counts twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from branchline.dial_config import Hours

WEEK = 7


def is_open(hours: Sequence[Hours], moment: datetime) -> bool:
    """Whether `moment` (local, without zone) lies within one of `hours`; any moment does where there are none."""
    return not hours or any(_holds(each, moment) for each in hours)


def next_change(hours: Sequence[Hours], moment: datetime) -> datetime | None:
    """The first moment after this one in which `is_open` is another; None if that never comes."""
    now = is_open(hours, moment)
    return next((edge for edge in _edges(hours, moment) if is_open(hours, edge) is not now), None)


def _holds(hours: Hours, moment: datetime) -> bool:
    minute, today = moment.hour * 60 + moment.minute, moment.weekday()
    if hours.start < hours.end:
        return today in hours.days and hours.start <= minute < hours.end
    began_today = today in hours.days and minute >= hours.start
    return began_today or ((today - 1) % WEEK in hours.days and minute < hours.end)


def _edges(hours: Sequence[Hours], moment: datetime) -> Iterator[datetime]:
    """Every beginning and end within the coming week, in order."""
    midnight = datetime.combine(moment.date(), time())
    minutes = sorted({minute for each in hours for minute in (each.start, each.end)})
    for day in range(WEEK + 1):
        for minute in minutes:
            edge = midnight + timedelta(days=day, minutes=minute)
            if edge > moment:
                yield edge
