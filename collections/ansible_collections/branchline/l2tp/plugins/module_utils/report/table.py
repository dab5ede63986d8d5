# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of the lines, as text for a terminal or a log."""

from __future__ import annotations

import io
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.demand import RESTING

from .evidence_join import FAILED, NOT_ASKED, counts, failures
from .summary import row

try:
    from rich import box
    from rich.console import Console
    from rich.table import Table
except ImportError as error:
    MISSING: ImportError | None = error
else:
    MISSING = None

HEADINGS = ("line", "ends", "state", "address", "IKE", "ESP", "RTT", "MTU", "rungs 1-7", "result")
STYLES = {"proven": "green", FAILED: "bold red", NOT_ASKED: "dim", RESTING: "dim"}
LARGEST = 100  # rows; above it the table is of the lines that are not proven


def render(lines: list[dict[str, Any]], *, told: bool = True, colour: bool = False, width: int = 200) -> str:
    """The table, the notes, and (if `told`) what to do about each failure."""
    text = io.StringIO()
    console = Console(file=text, width=width, force_terminal=colour, no_color=not colour, highlight=False, emoji=False)
    console.print(_table(lines))
    for line in _shown(lines):
        for note in line["notes"] if line["result"] != NOT_ASKED else ():
            console.print(f"* {line['name']}: {note}", markup=False, soft_wrap=True)
    for failure in told_failures(lines) if told else ():
        console.print(failure, markup=False, style="red", soft_wrap=True)
    console.print(_sum(lines), markup=False, soft_wrap=True)
    return text.getvalue()


def _table(lines: list[dict[str, Any]]) -> Table:
    table = Table(box=box.ROUNDED, show_lines=False)
    for heading in HEADINGS:
        least = 20 if heading == "IKE" else None
        table.add_column(
            heading, no_wrap=heading != "IKE", min_width=least, justify="right" if heading in {"RTT", "MTU"} else "left"
        )
    for line in _shown(lines):
        cells = list(vars(row(line)).values())
        table.add_row(*cells[:-1], f"[{STYLES[line['result']]}]{cells[-1]}[/]")
    return table


def _shown(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if len(lines) <= LARGEST:
        return lines
    return [line for line in lines if line["result"] == FAILED][:LARGEST]


def told_failures(lines: list[dict[str, Any]], most: int = LARGEST) -> list[str]:
    """Which line failed on which rung at which end, and what to do; the lowest rung of each line comes first."""
    told = []
    for line in lines:
        if line["result"] != FAILED:
            continue
        found = failures(line)
        lowest = min((failure["rung"] for failure in found), default=0)
        told += [_told(line["name"], failure) for failure in found if failure["rung"] == lowest]
        others = sorted({failure["rung"] for failure in found} - {lowest})
        if others:
            told.append(f"  {line['name']}: also rung{'s' * (len(others) > 1)} {', '.join(map(str, others))}")
    rest = len(told) - most
    return told if rest <= 0 else [*told[:most], f"... and {rest} more; verify.json has them all"]


def _told(name: str, failure: dict[str, Any]) -> str:
    remedy = f"; to do: {failure['remedy']}" if failure["remedy"] else ""
    return f"✗ {name}, rung {failure['rung']} ({failure['name']}), {failure['end']}: {failure['what']}{remedy}"


def _sum(lines: list[dict[str, Any]]) -> str:
    found = counts(lines)
    parts = [f"{found['proven']} of {found['lines']} lines proven"]
    others = sum(1 for line in lines if line.get("standby"))
    parts += [f"{others} on a standby"] if others else []
    parts += [f"{found[name]} {name.replace('_', ' ')}" for name in ("failed", "not_asked", RESTING) if found.get(name)]
    return ", ".join(parts)
