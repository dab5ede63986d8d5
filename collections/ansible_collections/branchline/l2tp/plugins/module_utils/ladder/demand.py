# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines that are not always open: one that waits for traffic is dialled, one outside of its hours is left in peace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.control import EngineAbsentError, EngineError, call

OPEN, WAITING, RESTING = "open", "waiting", "resting"
Entries = Mapping[str, dict[str, Any]]


def dial(control: str, entries: Entries, lines: Iterable[str]) -> None:
    """Have the engine at this socket open those of `lines` that wait; what it refuses shows later."""
    for name in lines:
        if entries.get(name, {}).get("state") == WAITING:
            with suppress(EngineAbsentError, EngineError):
                call("dial", path=control, line=name)


def pending(entries: Entries, lines: Iterable[str]) -> list[str]:
    """Those of `lines` that are to be waited for."""
    return [name for name in lines if entries.get(name, {}).get("state") not in (OPEN, RESTING)]
