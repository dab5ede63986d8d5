"""The section `dial` of a line in engine.json: when the line is to be open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from branchline.reader import Reader

WHEN = ("always", "demand")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
DAY = 24 * 60  # minutes


@dataclass(frozen=True)
class Hours:
    """Local wall clock, in minutes after midnight, on `days` (0 is Monday).

    Where `start` is after `end`, the interval goes on over midnight into the day that follows.
    """

    days: frozenset[int]
    start: int
    end: int


@dataclass(frozen=True)
class DialRule:
    """`on_demand`: open from the first packet on, until none has passed for `idle` seconds (0: until told).

    `hours`: the line is closed at other times; () is any time.
    """

    on_demand: bool = False
    idle: float = 0.0
    hours: tuple[Hours, ...] = ()


ALWAYS = DialRule()


def read_dial(line: Reader, address: str | None) -> DialRule:
    """Return the rule of a line that asks for `address` (None: for any)."""
    reader = line.section("dial")
    if reader is None:
        return ALWAYS
    on_demand = reader.choice("when", WHEN, "always") == "demand"
    rule = DialRule(
        on_demand=on_demand,
        idle=reader.number("idle", 0, 86400, 0),
        hours=tuple(_hours(entry) for entry in reader.items("hours")),
    )
    if on_demand and address is None:
        why = "is demand, but the line has no address: its device has one before anybody has dialled"
        reader.problem("when", why, "give the line its fixed address, or set this to always")
    if rule.idle and not on_demand:
        reader.problem("idle", "is for lines that dial on demand", "set `when` to demand, or leave this out")
    reader.done()
    return rule


def check_one_address(reader: Reader, rule: DialRule, address: str | None, others: Mapping[str, str | None]) -> None:
    """Note the LNSs, by name in `others`, that give a line on demand another address than its own one."""
    for name in others if rule.on_demand else ():
        if others[name] != address:
            why = "is not the line's own, which its device has also while nobody has dialled"
            reader.problem(f"standby.{name}.address", why, "give the same, or dial always")


def _hours(reader: Reader) -> Hours:
    days = reader.choices("days", DAYS, DAYS)
    start, end = _minutes(reader, "from", "00:00"), _minutes(reader, "to", "24:00")
    if start in (end, DAY):
        reader.problem("from", "begins no time", "give a time before `to`, or after it for hours over midnight")
    reader.done()
    return Hours(frozenset(map(DAYS.index, days)), start, end)


def _minutes(reader: Reader, name: str, default: str) -> int:
    text = reader.text(name, default)
    if not CLOCK.fullmatch(text):
        if text:  # else it was told already
            reader.problem(name, "is no time of day", 'give hours and minutes such as "08:00"; the last is "24:00"')
        return 0 if default == "00:00" else DAY
    hours, minutes = map(int, text.split(":"))
    return hours * 60 + minutes
