# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both ends' evidence of every line joined into one verdict; what was not measured is told and never left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.demand import RESTING
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.rung import CANNOT_SHOW, NAMES
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.standby import ways
from ansible_collections.branchline.l2tp.plugins.module_utils.report.rest import rest, unclimbed
from ansible_collections.branchline.l2tp.plugins.module_utils.report.seat import Seat, seat

PROVEN, FAILED, NOT_ASKED = "proven", "failed", "not asked"
UNJUDGED = frozenset((NOT_ASKED, RESTING))


@dataclass(frozen=True)
class Answer:
    """What a host said: its lines by name, or the reason why there are none. `asked`: the run was for it."""

    asked: bool = True
    reason: str = ""
    lines: Mapping[str, dict[str, Any]] = field(default_factory=dict)


def join(
    lines: Iterable[dict[str, Any]], answers: Mapping[str, Answer], *, refuse_standby: bool = False
) -> list[dict[str, Any]]:
    """The lines of verify.json, in the plan's order.

    A line is proven if every managed end that was asked has proven it and at least one was asked. A line whose ends
    were all outside of the run is `not asked`: neither proven nor failed. A line that may be on several LNSs is proven
    by the one that carries it; `refuse_standby` fails what is not on one that it is meant to be on. A line outside of
    its hours is `resting`: neither proven nor failed, unless its daemons are wrong.
    """
    return [_line(seat(line, answers), line, answers, refuse_standby) for line in lines]


def _line(found: Seat, planned: dict[str, Any], answers: Mapping[str, Answer], refuse_standby: bool) -> dict[str, Any]:
    line = found.line
    managed = line.get("managed") or {}
    ours = {end: answers.get(end, Answer(asked=False)) for end in line["ends"] if managed.get(end, True)}
    asked = {end: answer for end, answer in ours.items() if answer.asked}
    rungs = [_rung(number, _said(number, line["name"], asked)) for number in NAMES]
    _cross_check(rungs, list(asked), line)
    if found.worse and refuse_standby:
        _refuse(rungs[3], line["ends"][-1], found.worse)
    result = _result(rungs) if asked and not found.unknown else NOT_ASKED
    notes = found.notes + _notes(line["ends"], ours, rungs)
    if why := rest({end: answer.lines.get(line["name"], {}) for end, answer in asked.items()}):
        rungs, notes = unclimbed(rungs), [why]
        result = RESTING if rungs[0]["ok"] else FAILED
    return {
        "name": line["name"],
        "kind": line.get("kind", "voluntary"),
        "ends": list(line["ends"]),
        "standby": found.standby,
        "lnss": list(ways(planned)) if planned.get("standby") else line["ends"][-1:],
        "proven": result == PROVEN,
        "result": result,
        "notes": notes,
        "state": _state(line["name"], asked),
        "rungs": rungs,
    }


def _refuse(session: dict[str, Any], end: str, why: str) -> None:
    session["ok"] = False
    session["what"][end] = "; ".join(filter(None, (session["what"].get(end), f"the line is {why}, which is refused")))
    session["remedy"][end] = "mend the LNS that it is meant to be on, or accept it (verify_standby)"


def _result(rungs: list[dict[str, Any]]) -> str:
    return FAILED if any(rung["ok"] is False for rung in rungs) else PROVEN


def _said(number: int, name: str, asked: Mapping[str, Answer]) -> dict[str, dict[str, Any]]:
    """Each asked end's rung; an end that said nothing has failed it, for a reason."""
    return {end: _one(number, name, answer) for end, answer in asked.items()}


def _one(number: int, name: str, answer: Answer) -> dict[str, Any]:
    line = answer.lines.get(name)
    found = [rung for rung in line["rungs"] if rung["rung"] == number] if line else []
    if found:
        return dict(found[0])
    reason = answer.reason or "this end did not report the line"
    return {"ok": False, "evidence": {"error": reason}, "what": reason, "remedy": "reach the host, then verify again"}


def _rung(number: int, said: dict[str, dict[str, Any]]) -> dict[str, Any]:
    answers = [rung["ok"] for rung in said.values() if rung["ok"] is not None]
    whats = {end: rung["what"] for end, rung in said.items() if rung.get("what")}
    return {
        "rung": number,
        "name": NAMES[number],
        "ok": all(answers) if answers else None,
        "evidence": {end: rung.get("evidence", {}) for end, rung in said.items()},
        "what": whats,
        "remedy": {end: rung["remedy"] for end, rung in said.items() if rung.get("remedy")},
    }


def _cross_check(rungs: list[dict[str, Any]], asked: list[str], line: dict[str, Any]) -> None:
    """What two neighbours must say alike, wherever both have said it: else they speak of different lines."""
    for first, second in zip(line["ends"], line["ends"][1:]):
        if first not in asked or second not in asked:
            continue
        hop = next((one["name"] for one in line.get("hops") or () if one["ends"] == [first, second]), None)
        for number, check in ((2, _same_ike), (3, _same_child), (4, _same_session)):
            rung = rungs[number - 1]
            differs = check(_part(rung, first, hop), _part(rung, second, hop))
            if differs:
                rung["ok"] = False
                rung["what"]["both"] = differs
                rung["remedy"]["both"] = (
                    "verify again; if it stays, one end has a stale one: `branchline reconnect` the line"
                )


def _part(rung: dict[str, Any], end: str, hop: str | None) -> dict[str, Any]:
    """What an end says of the tunnel `hop`: a host between has evidence by tunnel."""
    said: dict[str, Any] = rung["evidence"].get(end, {})
    if hop in said:
        return dict(said[hop])
    return next((dict(part) for part in said.values() if isinstance(part, dict) and "pppoe" in part), said)


def _same_ike(first: dict[str, Any], second: dict[str, Any]) -> str:
    names = ("initiator_spi", "responder_spi")
    mine, theirs = ([side.get(name) for name in names] for side in (first, second))
    known = all(mine) and all(theirs)
    return f"the ends have different IKE SAs: {mine} and {theirs}" if known and mine != theirs else ""


def _same_child(first: dict[str, Any], second: dict[str, Any]) -> str:
    mine, theirs = first.get("spis"), second.get("spis")
    known = bool(mine and theirs)
    apart = known and not set(mine or ()) & set(theirs or ())
    return f"the ends have different child SAs: {mine} and {theirs}" if apart else ""


def _same_session(first: dict[str, Any], second: dict[str, Any]) -> str:
    dialled = [(side.get("pppoe") or {}).get("session") for side in (first, second)]
    if all(dialled):
        return f"the ends have different PPPoE sessions: {dialled}" if dialled[0] != dialled[1] else ""
    named = [side.get("correlation") for side in (first, second)]
    if all(named) and named[0] != named[1]:
        return f"the ends speak of different calls: {named}"
    for name in ("tunnel", "session"):
        mine, theirs = first.get(name) or {}, second.get(name) or {}
        pairs = (mine.get("id"), theirs.get("peer_id")), (mine.get("peer_id"), theirs.get("id"))
        if any(one and other and one != other for one, other in pairs):
            return f"the ends have different {name}s: {pairs[0][0]}/{pairs[1][0]} and {pairs[1][1]}/{pairs[0][1]}"
    return ""


def _notes(ends: Iterable[str], ours: Mapping[str, Answer], rungs: list[dict[str, Any]]) -> list[str]:
    """What a reader must know to read the verdict rightly."""
    notes = [f"{end} is not managed: nobody asked it" for end in ends if end not in ours]
    notes += [f"{end} is outside of this run: it was not asked" for end, answer in ours.items() if not answer.asked]
    unjudged = [rung for rung in rungs if rung["ok"] is None]
    hidden = [rung for rung in unjudged if CANNOT_SHOW in rung["what"].values()]
    unsampled = [rung for rung in unjudged if rung not in hidden]
    for some, reason in ((hidden, CANNOT_SHOW), (unsampled, "the line was not in the sample")):
        if some and len(unjudged) < len(rungs):
            notes.append(f"rungs {', '.join(str(rung['rung']) for rung in some)} were not climbed: {reason}")
    return notes


def _state(name: str, asked: Mapping[str, Answer]) -> str:
    states = [answer.lines[name].get("state", "unknown") for answer in asked.values() if name in answer.lines]
    return next((state for state in states if state != "open"), "open" if states else "unknown")


def failures(line: dict[str, Any]) -> list[dict[str, Any]]:
    """The rungs that failed, each end by itself: {"rung", "name", "end", "what", "remedy"}."""
    return [
        {"rung": rung["rung"], "name": rung["name"], "end": end, "what": what, "remedy": rung["remedy"].get(end, "")}
        for rung in line["rungs"]
        if rung["ok"] is False
        for end, what in rung["what"].items()
        if end in rung["remedy"]
    ]


def counts(lines: Iterable[dict[str, Any]]) -> dict[str, int]:
    """How many lines there are, by result."""
    results = [line["result"] for line in lines]
    by_result = {name.replace(" ", "_"): results.count(name) for name in (PROVEN, FAILED, NOT_ASKED)}
    resting = {RESTING: results.count(RESTING)} if RESTING in results else {}
    return {"lines": len(results), **by_result, **resting}
