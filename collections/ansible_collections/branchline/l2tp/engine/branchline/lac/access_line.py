"""What an access node says of a host's line in PPPoE (TR-101 3.9.2), as L2TP carries it on (RFC 5515)."""

from __future__ import annotations

from typing import Any

from branchline.wire.avp import LINE_SPECS
from branchline.wire.pppoe import LineId

NAMES = {spec.type: spec.name for spec in LINE_SPECS}
RATES = range(129, 139)  # kbit/s in TR-101, bit/s in RFC 5515
DELAYS = range(139, 143)  # ms in both
ENCAPSULATION = 144
DEFAULT_SPEED = 1_000_000_000  # bit/s, where the access node says nothing
MOST_SPEED = 0xFFFFFFFF

Facts = tuple[tuple[str, Any], ...]


def facts_of(line: LineId) -> Facts:
    """The values of RFC 5515's AVPs by name; sub-options of another length than theirs are left out."""
    named = [(1, line.circuit), (2, line.remote)]
    facts: list[tuple[str, Any]] = [
        (NAMES[number], value.decode("utf-8", "replace")) for number, value in named if value
    ]
    for number, value in line.others:
        if number in RATES and len(value) == 4:
            facts.append((NAMES[number], int.from_bytes(value, "big") * 1000))
        elif number in DELAYS and len(value) == 4:
            facts.append((NAMES[number], int.from_bytes(value, "big")))
        elif number == ENCAPSULATION and len(value) == 3:
            facts.append((NAMES[number], value))
    return tuple(facts)


def speeds_of(facts: Facts) -> tuple[int, int]:
    """Connect speeds towards the host and from it, bit/s, as far as the line is known."""
    known = dict(facts)
    down, up = known.get("actual_rate_downstream"), known.get("actual_rate_upstream")
    return min(down or DEFAULT_SPEED, MOST_SPEED), min(up or DEFAULT_SPEED, MOST_SPEED)
