# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A joined line in a few words: the row that the table, the page and the drawing share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .evidence_join import UNJUDGED

MARKS = {True: "✓", False: "✗", None: "·"}


@dataclass(frozen=True)
class Row:
    """One line's row; an empty text is for what nobody measured (an MTU that was not carried, for one)."""

    line: str
    ends: str
    state: str
    address: str
    ike: str
    esp: str
    rtt: str
    mtu: str
    rungs: str
    result: str


def row(line: dict[str, Any]) -> Row:
    """The row of a line of verify.json."""
    return Row(
        line=line["name"],
        ends=" → ".join(line["ends"]) + (" (standby)" if line.get("standby") else ""),
        state=line["state"],
        address=str(first(line, 4, "address") or ""),
        ike=" ".join(str(part) for part in (first(line, 2, "version"), first(line, 2, "proposal")) if part),
        esp=str(first(line, 3, "esp") or ""),
        rtt=_rtt(line),
        mtu=str(first(line, 6, "mtu") or "") if line["rungs"][5]["ok"] else "",
        rungs="".join(MARKS[rung["ok"]] for rung in line["rungs"]),
        result=line["result"] + ("*" if line["notes"] and line["result"] not in UNJUDGED else ""),
    )


def evidence(line: dict[str, Any], number: int) -> Iterator[dict[str, Any]]:
    """Each end's evidence of a rung, in the order of the line's ends."""
    found = line["rungs"][number - 1]["evidence"]
    return (found[end] for end in line["ends"] if end in found)


def first(line: dict[str, Any], number: int, name: str) -> Any:
    """A measured value by the first end that has it."""
    return next((said[name] for said in evidence(line, number) if said.get(name)), None)


def _rtt(line: dict[str, Any]) -> str:
    """To the PPP peer, the first target of an end's pings."""
    for said in evidence(line, 6):
        for ping in said.get("pings", {}).values():
            if "rtt_ms" in ping:
                return f"{ping['rtt_ms']['avg']:.2f} ms"
    return ""
