# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines outside of their hours: nobody can prove them now, and nothing is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.demand import RESTING

FIRST = 1
"""The rung that is judged also then: daemons and configuration."""


def rest(told: Mapping[str, dict[str, Any]]) -> str:
    """Why a line is at rest, by what its ends say of it; "" if none of them does."""
    for end, line in told.items():
        if line.get("state") == RESTING:
            until = (line.get("dial") or {}).get("until")
            return f"{end}: outside of its hours{f', until {until} there' if until else ''}"
    return ""


def unclimbed(rungs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rungs of a line at rest: above the first none is judged."""
    blank: dict[str, Any] = {"ok": None, "what": {}, "remedy": {}}
    return [rung if rung["rung"] == FIRST else {**rung, **blank} for rung in rungs]
