"""A line outside of its hours: neither proven nor failed, and every report says so."""

from __future__ import annotations

from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.report import html, junit, prometheus, table
from ansible_collections.branchline.l2tp.plugins.module_utils.report.evidence_join import Answer, counts, failures, join

Answers = dict[str, Answer]
WHY = "oslo: outside of its hours, until 2027-01-04 08:00 there"


def at_rest(answers: Answers, fail: Any, first: bool = True) -> Answers:
    """What both ends say of oslo's line: that it is not open, which would fail any other."""
    for number in range(2 if first else 1, 8):
        for end in ("oslo", "lns1"):
            fail(end, "oslo", number, "there is none", "make one")
    answers["oslo"].lines["oslo-lns1"].update(state="resting", dial={"until": "2027-01-04 08:00"})
    return answers


def test_it_is_neither_proven_nor_failed(plan: list[dict[str, Any]], answers: Answers, fail: Any) -> None:
    lines = join(plan, at_rest(answers, fail))
    assert counts(lines) == {"lines": 4, "proven": 3, "failed": 0, "not_asked": 0, "resting": 1}
    line = next(line for line in lines if line["name"] == "oslo-lns1")
    assert (line["result"], line["proven"], line["state"], line["notes"]) == ("resting", False, "resting", [WHY])
    assert [rung["ok"] for rung in line["rungs"]] == [True] + [None] * 6
    assert failures(line) == []


def test_daemons_that_are_wrong_are_wrong_at_any_hour(plan: list[dict[str, Any]], answers: Answers, fail: Any) -> None:
    lines = join(plan, at_rest(answers, fail, first=False))
    assert counts(lines)["failed"] == 1


def test_the_reports(plan: list[dict[str, Any]], answers: Answers, fail: Any) -> None:
    lines = join(plan, at_rest(answers, fail))
    text = table.render(lines)
    assert "3 of 4 lines proven, 1 resting" in text
    assert WHY in text
    assert "oslo-lns1" not in prometheus.render(lines, 0.0)
    assert b"resting" in junit.render(lines)
    assert "resting" in html.render(lines, "now")
