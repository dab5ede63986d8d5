# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On which of its LNSs a line is, by what its hosts say; then it is that LNS which has to prove it, and no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.standby import best, ways

if TYPE_CHECKING:
    from ansible_collections.branchline.l2tp.plugins.module_utils.report.evidence_join import Answer

Line = dict[str, Any]


@dataclass(frozen=True)
class Seat:
    """Where a line is: the line as its LNS has it, and what a reader must know of that.

    `standby` is the LNS's name where that is not the line's own; `worse` says why the line is on one that is not meant
    to have it; `unknown`: nobody who could say it was asked.
    """

    line: Line
    notes: list[str] = field(default_factory=list)
    standby: str | None = None
    worse: str = ""
    unknown: bool = False


def seat(line: Line, answers: Mapping[str, Answer]) -> Seat:
    """Where a line is; one with a single LNS is there."""
    if not line.get("standby"):
        return Seat(line)
    known, own = ways(line), str(line["lns"])
    name = _carrier(line, list(known), answers)
    if name is None:
        return _nowhere(line, list(known), answers)
    others = [note for other in known if other != name for note in _other(line, other, name, answers)]
    standby = None if name == own else name
    if name in best(line):
        told = [f"on {name}, by the preferences and weights of its LNSs"] if standby else []
        return Seat(known[name], told + others, standby)
    why = _because(line, best(line)[0], answers)
    worse = f"on {'standby ' if standby else ''}{name}, because {why}"
    return Seat(known[name], [worse, *(note for note in others if note != why)], standby, worse)


def _carrier(line: Line, known: list[str], answers: Mapping[str, Answer]) -> str | None:
    """Who opens the line knows best; an LNS may still hold a session that is over."""
    said = {host: _said(line, host, answers).get("carried_by") for host in (*line["ends"][:-1], *known)}
    return next((name for name in said.values() if name in known), None)


def _said(line: Line, host: str, answers: Mapping[str, Answer]) -> dict[str, Any]:
    found: dict[str, Any] = answers[host].lines.get(line["name"], {}) if host in answers else {}
    return found


def _nowhere(line: Line, known: list[str], answers: Mapping[str, Answer]) -> Seat:
    """Nobody carries it, unless one does that was not asked."""
    managed = {name: way.get("managed", {}).get(name, True) for name, way in ways(line).items()}
    silent = [name for name in known if managed[name] and name not in answers]
    if silent and not any(host in answers for host in line["ends"][:-1]):
        told = f"nobody who was asked carries it; not asked, and it may be there: {', '.join(silent)}"
        return Seat(line, [told], unknown=True)
    return Seat(line)


def _other(line: Line, other: str, carrier: str, answers: Mapping[str, Answer]) -> Iterator[str]:
    """What to tell of an LNS that has not the line."""
    if other not in answers:
        return
    if answers[other].reason:
        yield answers[other].reason
    elif _said(line, other, answers).get("carried_by") == other:
        yield f"{other} still holds a session of it, which nobody uses"
    elif carrier != line["lns"]:
        yield f"{other} does not carry it now"


def _because(line: Line, meant: str, answers: Mapping[str, Answer]) -> str:
    """Why the line is not on the LNS that it is meant to be on: that LNS's own trouble, or who opens the line says."""
    if meant in answers and answers[meant].reason:
        return answers[meant].reason
    faults = [rung for rung in _said(line, meant, answers).get("rungs", ()) if rung["rung"] == 1 and rung.get("what")]
    if faults:
        return f"of {meant}: {faults[0]['what']}"
    told = [_said(line, host, answers).get("because") for host in reversed(line["ends"][:-1])]
    return next((f"of {meant}: {what}" for what in told if what), f"it is not back on {meant} yet")
