# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of values that say which LNSs a line has besides its own, and how long it waits for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import BadValueError
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.kinds import ADDRESS, TEXT_NAME, Kind, integer

PREFERENCE, WEIGHT = integer(0, 65535), integer(1, 65535)


@dataclass(frozen=True)
class Choice:
    """One other LNS of a line; a preference that is None follows from its place in the list."""

    lns: str
    preference: int | None = None
    weight: int = 1
    pool: str | None = None
    fixed_address: IPv4Address | None = None


FIELDS = {
    "lns": TEXT_NAME,
    "preference": PREFERENCE,
    "weight": WEIGHT,
    "pool": TEXT_NAME,
    "fixed_address": ADDRESS,
}
TIMES = {
    # seconds              least, most, default
    "setup":  (1, 300, 6),     # for one LNS to answer before the next is tried
    "dead":   (0, 3600, 60),   # that a silent LNS is tried last
    "return": (1, 86400, 60),  # between two looks whether a better LNS is back
    "spread": (0, 300, 3),     # over which lines that lost an LNS begin with another one
}  # fmt: skip
GATEWAY_TIMES = ("setup", "dead")
DEFAULTS = {name: default for name, (_least, _most, default) in TIMES.items()}


def _standby(value: object) -> tuple[Choice, ...]:
    if not isinstance(value, (list, tuple)):
        raise BadValueError("is not a list", "write a list of LNSs, as in [lns2]")
    choices = tuple(_choice(item) for item in value)
    if len({choice.lns for choice in choices}) != len(choices):
        raise BadValueError("has a name twice", "write each once")
    return choices


def _choice(value: object) -> Choice:
    if not isinstance(value, Mapping):
        return Choice(TEXT_NAME.read(value))
    unknown = sorted(str(name) for name in value if name not in FIELDS)
    if unknown or "lns" not in value:
        problem = f"an entry has {', '.join(unknown)}" if unknown else "an entry names no lns"
        raise BadValueError(problem, f"write a name, or a mapping of {', '.join(FIELDS)}")
    return Choice(**{name: FIELDS[name].read(one) for name, one in value.items() if one is not None})


def _times(known: Mapping[str, tuple[int, int, int]]) -> Callable[[object], dict[str, int]]:
    def read(value: object) -> dict[str, int]:
        if not isinstance(value, Mapping):
            raise BadValueError("is not a mapping", f"write seconds, as in {{{next(iter(known))}: 6}}")
        unknown = sorted(str(name) for name in value if name not in known)
        if unknown:
            raise BadValueError(f"has {', '.join(unknown)}", f"only {', '.join(known)} are known")
        return {name: _seconds(name, value.get(name), known) for name in known}

    return read


def _seconds(name: str, value: Any, known: Mapping[str, tuple[int, int, int]]) -> int:
    least, most, default = known[name]
    return default if value is None else int(integer(least, most).read(value))


STANDBY = Kind("list of names or {lns, preference, weight, pool, fixed_address}", _standby)
FAILOVER = Kind(f"seconds {{{', '.join(TIMES)}}}", _times(TIMES))
GATEWAY_FAILOVER = Kind(
    f"seconds {{{', '.join(GATEWAY_TIMES)}}}", _times({name: TIMES[name] for name in GATEWAY_TIMES})
)
