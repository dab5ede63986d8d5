# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""States of a device: {lines, lns, lac}; how a wanted one and a present one are combined."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

State = dict[str, Any]
OVERRIDDEN, MERGED, ABSENT = "overridden", "merged", "absent"
EMPTY: State = {"lines": {}, "lns": None, "lac": None}


def combined(before: Mapping[str, Any], wanted: Mapping[str, Any], state: str) -> State:
    """What is there afterwards; raises ValueError for a word that is no state."""
    if state == OVERRIDDEN:
        return _complete(wanted)
    if state == MERGED:
        lines = {**before.get("lines", {}), **wanted.get("lines", {})}
        parts = {part: _merged(before.get(part), wanted.get(part)) for part in ("lns", "lac")}
        return _complete({"lines": lines, **parts})
    if state == ABSENT:
        lines = {name: line for name, line in before.get("lines", {}).items() if name not in wanted.get("lines", {})}
        parts = {part: None if wanted.get(part) else before.get(part) for part in ("lns", "lac")}
        return _complete({"lines": lines, **parts})
    raise ValueError(f"{state!r} is none of {OVERRIDDEN}, {MERGED}, {ABSENT}")


def _merged(before: Any, wanted: Any) -> Any:
    """The wanted part with the users and keys that were there besides."""
    if not before or not wanted:
        return wanted or before
    made = copy.deepcopy(dict(wanted))
    for name in ("users", "groups", "peers"):
        if name in before or name in made:
            made[name] = {**before.get(name, {}), **made.get(name, {})}
    return made


def _complete(state: Mapping[str, Any]) -> State:
    return {name: copy.deepcopy(state.get(name, default)) for name, default in EMPTY.items()}


def known(before: Any, target: Any) -> Any:
    """`before` with each secret that the device hides taken for the wanted one, if nothing says that it is another.

    What says so is the generation of a line, which its description bears.
    """
    if isinstance(before, Mapping) and before.get("$hidden") and isinstance(target, Mapping) and "$secret" in target:
        return dict(target)
    if not isinstance(before, Mapping) or not isinstance(target, Mapping):
        return before
    if before.get("generation") != target.get("generation"):
        return before
    return {name: known(value, target.get(name)) for name, value in before.items()}
