"""Hosts between the ends of a line: which tunnels they answer for, and one ladder out of several."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder import climb, intent, observe, relay, sas
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.facts import Daemons, Facts
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.rung import Rung
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.plan.inventories import CARRIED, planned

LINES = {line["name"]: line for line in planned(CARRIED).lines}
MULTIHOP, COMPULSORY, VOLUNTARY = LINES["bergen-lns2"], LINES["home1-lns1"], LINES["oslo-lns1"]

ENDS = [
    # line, host -> role, tunnel, opens it, to the LNS, by PPPoE, local and remote identity, connection
    (VOLUNTARY, "oslo", [("branch", "", True, False, False, "oslo", "lns1", "oslo-lns1")]),
    (VOLUNTARY, "lns1", [("lns", "", False, False, False, "lns1", "oslo", "oslo-lns1")]),
    (MULTIHOP, "bergen", [("branch", "", True, False, False, "bergen", "gw1", "bergen-lns2")]),
    (MULTIHOP, "gw1", [
        ("gateway", "bergen-lns2", False, False, False, "gw1", "bergen", "bergen-lns2"),
        ("gateway", "gw1-lns2", True, True, False, "gw1", "lns2", "gw1-lns2"),
    ]),
    (MULTIHOP, "lns2", [("lns", "", False, False, False, "lns2", "gw1", "gw1-lns2")]),
    (COMPULSORY, "home1", [("branch", "", False, False, True, "lac1", "lns1", "lac1-lns1")]),
    (COMPULSORY, "lac1", [("lac", "lac1-lns1", True, False, False, "lac1", "lns1", "lac1-lns1")]),
    (COMPULSORY, "lns1", [("lns", "", False, False, False, "lns1", "lac1", "lac1-lns1")]),
]  # fmt: skip


@pytest.mark.parametrize(("line", "host", "wanted"), ENDS, ids=[f"{line['name']} {host}" for line, host, _ in ENDS])
def test_what_each_host_answers_for(line, host, wanted):
    names = ("role", "hop", "initiates", "onward", "dials", "local_id", "remote_id", "connection")
    ends = intent.ends_of(line, host)
    assert [tuple(getattr(end, name) for name in names) for end in ends] == wanted


def test_the_lns_still_gives_its_own_addresses():
    (end,) = intent.ends_of(MULTIHOP, "lns2")
    assert (end.lns_address, end.pool, end.interface) == ("10.21.0.1", "branches", "l2tp0")


ENTRY: dict[str, Any] = {
    "line": "bergen-lns2", "state": "open", "correlation": "00c0ffee", "counters": {"rx_packets": 9},
    "peer": {"address": "10.98.0.1"}, "tunnel": {"id": 1, "peer_id": 2}, "session": {"id": 3, "peer_id": 4},
    "onward": {"peer": {"address": "203.0.113.20"}, "tunnel": {"id": 5, "peer_id": 6}, "session": {"id": 7}},
}  # fmt: skip


def between(entry=None):
    return [Facts(end, Daemons(), observe.seen_from(end, entry or ENTRY)) for end in intent.ends_of(MULTIHOP, "gw1")]


def test_a_gateway_sees_each_tunnel_by_itself():
    near, far = between()
    assert (near.peer_inner, far.peer_inner) == ("10.98.0.1", "203.0.113.20")
    assert (relay.session(near).evidence["tunnel"]["id"], relay.session(far).evidence["tunnel"]["id"]) == (1, 5)


def test_both_tunnels_are_one_answer():
    answer = climb.judge(*between())
    assert (answer["name"], answer["role"], answer["state"]) == ("bergen-lns2", "gateway", "open")
    assert [rung["rung"] for rung in answer["rungs"]] == list(range(1, 8))
    assert set(answer["rungs"][3]["evidence"]) == {"bergen-lns2", "gw1-lns2"}
    assert answer["rungs"][3]["ok"] is True
    assert answer["rungs"][1]["ok"] is False  # no SA was observed


def test_a_line_that_is_not_carried_says_why():
    entry = {
        **ENTRY,
        "state": "tunnel",
        "last_error": {"what": "gw1-lns2: no tunnel within 6 s", "remedy": "look there"},
    }
    rung = relay.session(between(entry)[0])
    assert (rung.ok, rung.remedy) == (False, "look there")
    assert "no tunnel within 6 s" in rung.what


JOINED = [
    # answers of two tunnels -> the host's
    ((True, True), True),
    ((True, False), False),
    ((True, None), True),
    ((None, None), None),
]


@pytest.mark.parametrize(("answers", "joined"), JOINED)
def test_the_worse_answer_counts(answers, joined):
    parts = {
        name: [Rung(number, ok, {"seen": name}, "bad" if ok is False else "", "do") for number in range(1, 8)]
        for name, ok in zip(("a", "b"), answers)
    }
    first = relay.joined(parts)[0]
    assert (first.ok, first.evidence) == (joined, {"a": {"seen": "a"}, "b": {"seen": "b"}})
    assert first.what == ("b: bad" if joined is False else "")


def test_waiting_for_relayed_packets_ends_when_they_have_passed(monkeypatch):
    monkeypatch.setattr(relay.time, "sleep", lambda _seconds: None)
    carried = iter([(1, 1), (2, 1), (2, 2), (3, 3)])
    monkeypatch.setattr(relay, "_carried", lambda _sa: next(carried))
    relay.rose(lambda: [None])
    assert list(carried) == [(3, 3)]


def test_nobody_has_a_child_sa_without_an_sa():
    assert relay._carried(None) == (0, 0)
    assert sas.best([]) is None
