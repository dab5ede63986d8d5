"""What the engine answers, as a person reads it."""

from __future__ import annotations

import time

import pytest

from branchline.datapath.interface import Counters, Where
from branchline.lines.state import LineState, Trouble
from branchline.show import _size, _span, changes_text, event_text, explain_text, status_text

SPANS = [
    (0, "0 s"),
    (59.9, "59 s"),
    (60, "1 min"),
    (3599, "59 min"),
    (3600, "1 h 0 min"),
    (86399, "23 h 59 min"),
    (86400, "1 d 0 h"),
    (100 * 86400 + 3 * 3600, "100 d 3 h"),
]
SIZES = [
    (0, "0 B"),
    (999, "999 B"),
    (1000, "1.0 kB"),
    (999_940, "999.9 kB"),
    (999_950, "1.0 MB"),
    (999_999_999, "1.0 GB"),
    (1_500_000_000, "1.5 GB"),
    (10**12, "1.0 TB"),
    (10**16, "10000.0 TB"),
]


@pytest.mark.parametrize(("seconds", "text"), SPANS)
def test_spans(seconds, text):
    assert _span(seconds) == text


@pytest.mark.parametrize(("count", "text"), SIZES)
def test_sizes(count, text):
    assert _size(count) == text


def entry(line: str, state: str = "down", *, user=None, rtt=None, uptime=0.0, counters=None, **facts):
    where = facts.pop("where", None)
    told = LineState(line, "client", state=state, **facts).status(counters or Counters(), where)
    return {**told, "user": user, "rtt": rtt, "uptime": uptime, "attempts": 1}


def status(*lines, pools=()):
    path = {"name": "tun", "reason": "asked for"}
    return {"host": "oslo", "version": "1", "datapath": path, "lines": list(lines), "pools": list(pools)}


WHOLE = """\
oslo: branchline 1, tun data path (asked for)
line       role    state   for       user  address     peer          interface  rx      tx      rtt
oslo-lns1  client  open    2 h 5 min  oslo  10.20.0.20  203.0.113.10  oslo-lns1  1.5 kB  999 B   0.4 ms
oslo-lns2  client  tunnel  3 s       oslo  -           203.0.113.11  -          0 B     0 B     -
oslo-lns2: no answer from the peer; look at its log
pool branches: 4 of 112 in use"""


def test_a_status_is_a_table_with_the_troubles_and_the_pools():
    trouble = Trouble("no answer from the peer", 1.0, "look at its log")
    text = status_text(
        status(
            entry("oslo-lns1", "open", user="oslo", rtt=0.0004, uptime=7500.0, counters=Counters(1, 1500, 1, 999),
                  address="10.20.0.20", interface="oslo-lns1", peer={"address": "203.0.113.10"}, trouble=trouble),
            entry("oslo-lns2", "tunnel", user="oslo", uptime=3.2, peer={"address": "203.0.113.11"}, trouble=trouble),
            pools=[{"name": "branches", "size": 112, "used": 4, "free": 108}],
        )
    )  # fmt: skip
    assert [line.split() for line in text.splitlines()] == [line.split() for line in WHOLE.splitlines()]


def test_columns_stand_below_each_other():
    _head, *table = status_text(status(entry("a", user="oslo"), entry("a-long-name", "tunnel"))).splitlines()
    for title in ("role", "state", "user", "rtt"):
        at = table[0].index(title)
        assert all(row[at - 1] == " " and row[at] != " " for row in table)
    assert not any(row.endswith(" ") for row in table)


TROUBLES = [
    # what, remedy                        the line below the table
    (Trouble("it broke", 1.0, "mend it"), ["a: it broke; mend it"]),
    (Trouble("it broke", 1.0, ""), ["a: it broke"]),
    (Trouble("bye\n\x1b[2Jnow", 1.0, ""), [r"a: bye\n\x1b[2Jnow"]),
    (None, []),
]


@pytest.mark.parametrize(("trouble", "lines"), TROUBLES)
def test_a_trouble_is_told_in_one_line(trouble, lines):
    assert status_text(status(entry("a", trouble=trouble))).splitlines()[3:] == lines


def test_a_line_that_is_carried_otherwise_than_the_host_says_says_so():
    there, here = Where("kernel", "it can"), Where("tun", "the kernel could not take it, see the log")
    told = {**status(entry("a", "open", where=there), entry("b", "open", where=here), entry("c", where=here))}
    text = status_text({**told, "datapath": {"name": "kernel", "reason": "it can"}}).splitlines()
    assert text[0].endswith("kernel data path (it can)")
    assert text[5:] == ["b: tun data path (the kernel could not take it, see the log)"]


def test_a_line_that_its_standby_carries_says_so_and_why():
    own = {"standby": None, "last_error": {"what": "no answer", "when": 0.0, "remedy": ""}}
    told = {**entry("oslo-lns1", "open"), "standby": "lns2", "choices": [own, {"standby": "lns2", "last_error": None}]}
    assert "oslo-lns1: through its standby lns2: its own LNS: no answer" in status_text(status(told)).splitlines()


def test_the_ladder_shows_evidence_and_what_to_do():
    rungs = [
        {"rung": 1, "name": "it runs", "ok": True, "remedy": "", "evidence": {"role": "client", "user": None}},
        {"rung": 2, "name": "it is safe", "ok": False, "remedy": "look", "evidence": {"ipsec": {"ike_id": 3}}},
        {"rung": 3, "name": "it is up", "ok": False, "remedy": "", "evidence": {"last_error": "no \x1b[2J"}},
    ]
    assert explain_text(rungs).splitlines() == [
        "ok  1 it runs",
        "       role: client",
        "NO  2 it is safe",
        '       ipsec: {"ike_id": 3}',
        "       what to do: look",
        "NO  3 it is up",
        r"       last_error: no \x1b[2J",
    ]


CHANGES = [
    ([], "nothing differs"),
    ([{"line": "a", "action": "added"}, {"line": "b", "action": "removed"}], "a: added\nb: removed"),
]


@pytest.mark.parametrize(("changes", "text"), CHANGES)
def test_changes(changes, text):
    assert changes_text({"changes": changes}) == text


EVENTS = [
    # facts                                     what follows the line's name
    ({"event": "down"}, "down"),
    ({"event": "open", "address": "10.0.0.1", "tunnel": 5}, "open address=10.0.0.1 tunnel=5"),
    ({"event": "open", "dns": ["10.0.0.1"]}, 'open dns=["10.0.0.1"]'),
    ({"event": "down", "reason": "bye\n\x1b]0;x\x07"}, r"down reason=bye\n\x1b]0;x\x07"),
    ({"event": "down", "reason": "Tromsø ist müde"}, "down reason=Tromsø ist müde"),
]


@pytest.mark.parametrize(("facts", "text"), EVENTS)
def test_events(monkeypatch, facts, text):
    monkeypatch.setattr(time, "localtime", time.gmtime)
    assert event_text({"time": 3661.5, "line": "a", **facts}) == f"01:01:01 a {text}"
