"""The join: when is a line proven, and what is told of one that is not."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.report.evidence_join import Answer, counts, failures, join
from ansible_collections.branchline.l2tp.plugins.module_utils.report.summary import row

Answers = dict[str, Answer]


def by_name(lines: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {line["name"]: line for line in lines}


def test_all_proven(plan: list[dict[str, Any]], answers: Answers) -> None:
    lines = join(plan, answers)
    assert counts(lines) == {"lines": 4, "proven": 4, "failed": 0, "not_asked": 0}
    for line in lines:
        assert [(rung["rung"], rung["ok"]) for rung in line["rungs"]] == [(number, True) for number in range(1, 8)]
        assert all(set(rung["evidence"]) == set(line["ends"]) for rung in line["rungs"])
        assert (line["proven"], line["notes"], failures(line)) == (True, [], [])


def test_row(plan: list[dict[str, Any]], answers: Answers) -> None:
    assert list(vars(row(join(plan, answers)[0])).values()) == [
        "oslo-lns1",
        "oslo → lns1",
        "open",
        "10.20.0.20",
        "IKEv2 aes256gcm16-prfsha384-ecp384",
        "libipsec tunnel",
        "1.23 ms",
        "1360",
        "✓✓✓✓✓✓✓",
        "proven",
    ]


@pytest.mark.parametrize("end", ["turin", "lns1"])
def test_one_end_is_enough_to_fail(plan: list[dict[str, Any]], answers: Answers, fail: Any, end: str) -> None:
    fail(end, "turin", 6, "1 of 5 answered", "look at the path")
    lines = by_name(join(plan, answers))
    assert (lines["turin-lns1"]["proven"], lines["oslo-lns1"]["proven"]) == (False, True)
    (found,) = failures(lines["turin-lns1"])
    assert (found["rung"], found["end"], found["what"], found["remedy"]) == (
        6,
        end,
        "1 of 5 answered",
        "look at the path",
    )
    assert row(lines["turin-lns1"]).rungs == "✓✓✓✓✓✗✓"


def test_an_unreachable_host_fails_its_lines_with_the_reason(plan: list[dict[str, Any]], answers: Answers) -> None:
    answers["lyon"] = Answer(reason="lyon is unreachable: no route to host")
    lines = by_name(join(plan, answers))
    assert {name for name, line in lines.items() if not line["proven"]} == {"lyon-lns1"}
    assert lines["lyon-lns1"]["rungs"][0]["evidence"]["lyon"] == {"error": "lyon is unreachable: no route to host"}
    assert lines["lyon-lns1"]["rungs"][3]["evidence"]["lns1"]["address"] == "10.20.0.16"
    assert failures(lines["lyon-lns1"])[0]["what"] == "lyon is unreachable: no route to host"
    assert row(lines["lyon-lns1"]).rungs == "✗✗✗✗✗✗✗"


def test_an_unreachable_lns_fails_all(plan: list[dict[str, Any]], answers: Answers) -> None:
    answers["lns1"] = Answer(reason="lns1 is unreachable")
    assert counts(join(plan, answers))["failed"] == 4


def test_an_end_that_forgot_the_line(plan: list[dict[str, Any]], answers: Answers) -> None:
    answers["oslo"] = Answer()
    (found, *_) = failures(join(plan, answers)[0])
    assert (found["end"], found["what"]) == ("oslo", "this end did not report the line")


def test_limit_to_a_branch(plan: list[dict[str, Any]], answers: Answers) -> None:
    lines = by_name(join(plan, {"oslo": answers["oslo"]}))
    assert (lines["oslo-lns1"]["proven"], lines["oslo-lns1"]["result"]) == (True, "proven")
    assert lines["oslo-lns1"]["notes"] == ["lns1 is outside of this run: it was not asked"]
    assert row(lines["oslo-lns1"]).result == "proven*"
    assert (lines["lyon-lns1"]["proven"], lines["lyon-lns1"]["result"]) == (False, "not asked")
    assert counts(lines.values()) == {"lines": 4, "proven": 1, "failed": 0, "not_asked": 3}


def test_limit_does_not_hide_a_failure(plan: list[dict[str, Any]], answers: Answers, fail: Any) -> None:
    fail("oslo", "oslo", 4)
    assert join(plan, {"oslo": answers["oslo"]})[0]["result"] == "failed"


def test_an_unmanaged_end_is_not_asked(answers: Answers) -> None:
    line = {"name": "oslo-lns1", "ends": ["oslo", "lns1"], "managed": {"oslo": False, "lns1": True}}
    (joined,) = join([line], answers)
    assert (joined["proven"], joined["notes"]) == (True, ["oslo is not managed: nobody asked it"])
    assert set(joined["rungs"][0]["evidence"]) == {"lns1"}


def test_outside_of_the_sample(plan: list[dict[str, Any]], answers: Answers) -> None:
    for end in ("oslo", "lns1"):
        for rung in answers[end].lines["oslo-lns1"]["rungs"][5:]:
            rung.update(ok=None, evidence={})
    line = join(plan, answers)[0]
    assert (line["proven"], row(line).rungs, row(line).mtu) == (True, "✓✓✓✓✓··", "")
    assert line["notes"] == ["rungs 6, 7 were not climbed: the line was not in the sample"]


def test_one_end_in_the_sample_is_enough(plan: list[dict[str, Any]], answers: Answers) -> None:
    answers["lns1"].lines["oslo-lns1"]["rungs"][5].update(ok=None)
    line = join(plan, answers)[0]
    assert (line["proven"], line["rungs"][5]["ok"], line["notes"]) == (True, True, [])


CROSS = [
    (2, {"initiator_spi": "ffff"}, "different IKE SAs"),
    (3, {"spis": ["aaaa", "bbbb"]}, "different child SAs"),
    (4, {"tunnel": {"id": 9, "peer_id": 1}}, "different tunnels"),
    (4, {"session": {"id": 101, "peer_id": 9}}, "different sessions"),
]


@pytest.mark.parametrize(("number", "change", "what"), CROSS)
def test_ends_that_speak_of_different_things(
    plan: list[dict[str, Any]], answers: Answers, number: int, change: dict[str, Any], what: str
) -> None:
    answers["lns1"].lines["oslo-lns1"]["rungs"][number - 1]["evidence"].update(change)
    line = join(plan, answers)[0]
    (found,) = failures(line)
    assert (line["proven"], found["rung"], found["end"]) == (False, number, "both")
    assert what in found["what"]


def test_a_rekey_between_the_two_looks_is_no_difference(plan: list[dict[str, Any]], answers: Answers) -> None:
    answers["lns1"].lines["oslo-lns1"]["rungs"][2]["evidence"]["spis"] += ["e0000001", "f0000001"]
    assert join(plan, answers)[0]["proven"]
