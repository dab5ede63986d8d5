"""The ladder of one line: which rung is missing in which state, and what is said about it."""

from __future__ import annotations

import pytest

from branchline.datapath.interface import Counters
from branchline.lac.state import CallState
from branchline.lines.explain import explain
from branchline.lines.pppoe_attempt import PppoeState
from branchline.lines.state import STATES, LineState, Trouble

REACHED = [
    # state     rungs that hold
    ("down", [1]),
    ("resting", [1]),
    ("waiting", [1]),
    ("ipsec", [1]),
    ("tunnel", [1, 2]),
    ("session", [1, 2, 3]),
    ("ppp", [1, 2, 3, 4]),
    ("open", [1, 2, 3, 4, 5]),
]


def entry(state: str, trouble: Trouble | None = None) -> dict:
    return LineState("oslo-lns1", "client", state=state, trouble=trouble).status(Counters())


DIALLED = [("down", [1]), ("discovery", [1]), ("ppp", [1, 2]), ("open", [1, 2, 3])]
CARRIED = [
    ("down", [1]), ("pppoe", [1, 2]), ("auth", [1, 2]), ("tunnel", [1, 2, 3]), ("session", [1, 2, 3, 4]),
    ("open", [1, 2, 3, 4, 5]),
]  # fmt: skip


def test_every_state_is_in_a_table():
    assert {state for table in (REACHED, DIALLED, CARRIED) for state, _ in table} == set(STATES)


@pytest.mark.parametrize(("state", "rungs"), DIALLED)
def test_a_line_over_pppoe(state, rungs):
    told = PppoeState("home1-lns1", "client", state=state).status(Counters())
    assert [rung["rung"] for rung in explain(told) if rung["ok"]] == rungs


@pytest.mark.parametrize(("state", "rungs"), CARRIED)
def test_a_hosts_session_at_the_concentrator(state, rungs):
    told = CallState("home1-lns1", "lac", state=state).status(Counters())
    assert [rung["rung"] for rung in explain(told) if rung["ok"]] == rungs


@pytest.mark.parametrize(("state", "rungs"), REACHED)
def test_each_state_has_reached(state, rungs):
    assert [rung["rung"] for rung in explain(entry(state)) if rung["ok"]] == rungs


def test_the_first_missing_rung_tells_the_trouble_and_the_remedy():
    rungs = explain(entry("tunnel", Trouble("no answer from the peer", 1.0, "look at the peer")))
    assert rungs[2]["evidence"]["last_error"] == "no answer from the peer"
    assert rungs[2]["remedy"] == "look at the peer"
    assert "last_error" not in rungs[3]["evidence"]


def test_an_open_line_does_not_speak_of_old_troubles():
    assert all(rung["remedy"] == "" for rung in explain(entry("open", Trouble("old", 1.0, "x"))))


RESTS = [("waiting", "the next packet"), ("resting", "outside of its hours")]


@pytest.mark.parametrize(("state", "words"), RESTS)
def test_a_line_at_rest_lacks_nothing(state, words):
    rung = explain({**entry(state), "dial": {"when": "demand"}})[1]
    assert words in rung["remedy"]
    assert rung["evidence"]["dial"] == {"when": "demand"}


def test_a_dial_that_failed_is_told_also_while_the_line_waits():
    assert explain(entry("waiting", Trouble("no answer", 1.0, "look at the peer")))[1]["remedy"] == "look at the peer"


CHOICES = [
    # state    carried by    the own LNS's trouble, is it dead     what is said of it, and of lns2
    ("open", None, None, False, "carries the line", "not needed"),
    ("open", "lns2", "no answer", True, "no answer; tried last until ", "carries the line"),
    ("open", "lns2", "refused", False, "refused", "carries the line"),
    ("tunnel", "lns2", "no answer", False, "no answer", "not needed"),
]


@pytest.mark.parametrize(("state", "standby", "trouble", "dead", "own", "other"), CHOICES)
def test_who_carries_a_line_and_why_the_preferred_does_not(state, standby, trouble, dead, own, other):
    error = {"what": trouble, "when": 0.0, "remedy": ""} if trouble else None
    common = {"weight": 1, "dead_until": None, "last_error": None}
    first = {**common, "standby": None, "preference": 10, "dead_until": 1.0 if dead else None, "last_error": error}
    choices = [first, {**common, "standby": "lns2", "preference": 20}]
    told = explain({**entry(state), "standby": standby, "choices": choices})[0]["evidence"]["choices"]
    assert told[0].startswith(f"its own LNS, preference 10: {own}")
    assert told[1] == f"lns2, preference 20: {other}"
