# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a line is open: always or on demand, and in which hours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import BadValueError
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.kinds import Kind

ALWAYS, DEMAND = "always", "demand"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIELDS = ("days", "from", "to")
CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|24:00")
DAY = 24 * 60  # minutes
EXAMPLE = 'write hours as in [{days: [mon, tue], from: "08:00", to: "18:00"}]'


@dataclass(frozen=True)
class Hours:
    """Local wall clock of the host, in minutes after midnight; `start` after `end` goes on over midnight."""

    days: tuple[str, ...]
    start: int
    end: int


def _hours(value: object) -> tuple[Hours, ...]:
    if not isinstance(value, (list, tuple)):
        raise BadValueError("is not a list", EXAMPLE)
    return tuple(_interval(item) for item in value)


def _interval(value: object) -> Hours:
    if not isinstance(value, Mapping) or not set(value) <= set(FIELDS):
        raise BadValueError("an entry is no mapping of days, from and to", EXAMPLE)
    days, start, end = value.get("days", DAYS), value.get("from", 0), value.get("to", DAY)
    if not isinstance(days, (list, tuple)) or not days or not all(day in DAYS for day in days):
        raise BadValueError("the days of an entry are no list of days", f"write some of {', '.join(DAYS)}")
    hours = Hours(tuple(day for day in DAYS if day in days), _minutes(start), _minutes(end))
    if hours.start in (hours.end, DAY):
        raise BadValueError("an entry has no time from its beginning to its end", "give another time")
    return hours


def _minutes(value: object) -> int:
    """A time of day; YAML 1.1 reads 18:00 without quotes as a number with the base 60, and those are minutes."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= DAY:
        return value
    if not isinstance(value, str) or not CLOCK.fullmatch(value):
        raise BadValueError("an entry has a time that is none", 'write hours and minutes, as in "08:00"')
    hours, minutes = map(int, value.split(":"))
    return hours * 60 + minutes


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


HOURS = Kind("list of {days, from, to}", _hours)


def rule(when: str, idle: int, hours: tuple[Hours, ...]) -> dict[str, Any]:
    """The section `dial` of the engine's line; there is none for a line that is always open."""
    if when == ALWAYS and not hours:
        return {}
    told = [{"days": list(each.days), "from": _clock(each.start), "to": _clock(each.end)} for each in hours]
    return {"dial": {"when": when, "idle": idle if when == DEMAND else 0, "hours": told}}
