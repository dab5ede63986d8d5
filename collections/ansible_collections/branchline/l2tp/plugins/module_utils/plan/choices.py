# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of values that say which LNSs a line or a realm has, and how long is waited for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import BadValueError
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.kinds import (
    ADDRESS,
    NAME,
    TEXT_NAME,
    Kind,
    integer,
)

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
OF_REALM = ("lns", "preference", "weight")
FIRST = 10  # the preference of an LNS of a realm, where none is given
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


def _choice(value: object, known: Sequence[str] = tuple(FIELDS)) -> Choice:
    if not isinstance(value, Mapping):
        return Choice(TEXT_NAME.read(value))
    unknown = sorted(str(name) for name in value if name not in known)
    if unknown or "lns" not in value:
        problem = f"an entry has {', '.join(unknown)}" if unknown else "an entry names no lns"
        raise BadValueError(problem, f"write a name, or a mapping of {', '.join(known)}")
    return Choice(**{name: FIELDS[name].read(one) for name, one in value.items() if one is not None})


def _realms(value: object) -> dict[str, tuple[Choice, ...]]:
    if not isinstance(value, Mapping) or not value:
        problem = "is not a mapping" if not isinstance(value, Mapping) else "names no realm"
        raise BadValueError(problem, "write realms as in {corp.example: lns1}")
    bad = sorted(str(name) for name in value if not (isinstance(name, str) and NAME.fullmatch(name)))
    if bad:
        raise BadValueError(f"{bad[0]!r} is no realm", "write what follows the @ of its users, as in corp.example")
    return {name: _of_realm(name, lnss) for name, lnss in value.items()}


def _of_realm(realm: str, value: object) -> tuple[Choice, ...]:
    """The LNSs of a realm, the best first."""
    items = value if isinstance(value, (list, tuple)) else [value]
    found = [_choice(item, OF_REALM) for item in items]
    if not found or len({choice.lns for choice in found}) != len(found):
        raise BadValueError(f"realm {realm!r} has no LNS, or one twice", "name each of its LNSs once")
    known = [replace(one, preference=FIRST) if one.preference is None else one for one in found]
    return tuple(sorted(known, key=lambda choice: choice.preference or 0))


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
REALMS = Kind("mapping of realms to LNSs: a name, or a list of names and {lns, preference, weight}", _realms)
FAILOVER = Kind(f"seconds {{{', '.join(TIMES)}}}", _times(TIMES))
GATEWAY_FAILOVER = Kind(
    f"seconds {{{', '.join(GATEWAY_TIMES)}}}", _times({name: TIMES[name] for name in GATEWAY_TIMES})
)
