"""Lines with several LNSs: who says which one carries it, what is then expected, and who waits for what."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder import climb, intent, standby
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.facts import Daemons, Facts
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.plan.inventories import CARRIED, planned


def with_standbys(**oslo: Any) -> dict[str, Any]:
    made = copy.deepcopy(CARRIED)
    made["branches"]["oslo"].update({"standby": ["lns2"], **oslo})
    made["branches"]["bergen"]["standby"] = ["lns1"]
    return made


PLAN = planned(with_standbys())
LINES = {line["name"]: line for line in PLAN.lines}
DIRECT, MULTIHOP, SINGLE = LINES["oslo-lns1"], LINES["bergen-lns2"], LINES["home1-lns1"]


def at(address: str, **more: Any) -> dict[str, Any]:
    return {"state": "open", "peer_address": address, **more}


SAYS = [
    # line,    host,     entry                                        carried by   seen as the line of
    (DIRECT,   "oslo",   at("10.20.0.1", standby=None),               "lns1",      "lns1"),
    (DIRECT,   "oslo",   at("10.21.0.1", standby="lns2"),             "lns2",      "lns2"),
    (DIRECT,   "oslo",   at("10.21.0.1"),                             "lns2",      "lns2"),
    (DIRECT,   "oslo",   at("10.66.0.1"),                             "lns1",      "lns1"),
    (DIRECT,   "oslo",   at("10.21.0.1", standby="lns9"),             "lns1",      "lns1"),
    (DIRECT,   "oslo",   {"state": "ipsec", "standby": None},         None,        "lns1"),
    (DIRECT,   "oslo",   None,                                        None,        "lns1"),
    (DIRECT,   "lns1",   at("10.20.0.1"),                             "lns1",      "lns1"),
    (DIRECT,   "lns1",   {"state": "down"},                           None,        "lns1"),
    (DIRECT,   "lns2",   at("10.21.0.1"),                             "lns2",      "lns2"),
    (DIRECT,   "lns2",   {"state": "down"},                           None,        "lns2"),
    (MULTIHOP, "bergen", at("10.21.0.1", standby=None),               "lns2",      "lns2"),
    (MULTIHOP, "bergen", at("10.20.0.1", standby=None),               "lns1",      "lns1"),
    (MULTIHOP, "gw1",    {"state": "open", "lns": "gw1-lns2"},        "lns2",      "lns2"),
    (MULTIHOP, "gw1",    {"state": "open", "lns": "gw1-lns1"},        "lns1",      "lns1"),
    (MULTIHOP, "gw1",    {"state": "tunnel", "lns": "gw1-lns1"},      None,        "lns2"),
    (MULTIHOP, "lns1",   {"state": "down"},                           None,        "lns1"),
    (SINGLE,   "home1",  at("10.20.0.1", standby=None),               "lns1",      "lns1"),
    (SINGLE,   "lac1",   {"state": "open", "lns": "lac1-lns1"},       "lns1",      "lns1"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "host", "entry", "by", "seen"), SAYS)
def test_who_carries_it_in_the_words_of_each_host(line: Any, host: str, entry: Any, by: str | None, seen: str) -> None:
    assert standby.carrier(line, host, entry) == by
    assert standby.as_seen(line, host, entry)["lns"] == seen


EXPECTED = [
    # line,    host,     on,     connections, peer's identities -> LNS's end, pool, the networks beyond
    (DIRECT,   "oslo",   "lns1", ["oslo-lns1"],     ["lns1"], "10.20.0.1", "10.20.0.16-10.20.0.127", ["10.10.0.0/24"]),
    (DIRECT,   "oslo",   "lns2", ["oslo-lns1-lns2"], ["lns2"], "10.21.0.1", "10.21.0.16-10.21.0.31", ["10.11.0.0/24"]),
    (DIRECT,   "lns2",   "lns2", ["oslo-lns1-lns2"], ["oslo"], "10.21.0.1", "10.21.0.16-10.21.0.31", []),
    (MULTIHOP, "bergen", "lns1", ["bergen-lns2"],   ["gw1"],  "10.20.0.1", "10.20.0.16-10.20.0.127", ["10.11.0.0/24"]),
    (MULTIHOP, "gw1",    "lns1", ["bergen-lns2", "gw1-lns1"], ["bergen", "lns1"], None, "10.20.0.16-10.20.0.127", []),
    (MULTIHOP, "lns1",   "lns1", ["gw1-lns1"],      ["gw1"],  "10.20.0.1", "10.20.0.16-10.20.0.127", []),
]  # fmt: skip


@pytest.mark.parametrize("row", EXPECTED)
def test_what_is_expected_of_each_host(row: tuple[Any, ...]) -> None:
    line, host, on, connections, ids, address, pool, far = row
    ends = intent.ends_of(standby.ways(line)[on], host)
    assert [end.connection for end in ends] == connections
    assert [end.remote_id for end in ends] == ids
    for end in ends:
        assert (end.lns_address, end.pool_ranges, end.far, end.lns) == (address, [pool], far, on)


SILENT = {"last_error": {"what": "the tunnel ended: no answer", "remedy": ""}}
REASONS = [
    # line, its entry, tunnels of the host -> why it is not on the LNS that it is meant to be on
    (DIRECT, {"choices": [{"standby": None, **SILENT}, {"standby": "lns2", "last_error": None}]}, [], True),
    (DIRECT, {"choices": [{"standby": None, "last_error": None}, {"standby": "lns2", **SILENT}]}, [], False),
    (DIRECT, None, [], False),
    (MULTIHOP, {}, [{"line": "gw1-lns2", **SILENT}, {"line": "gw1-lns1", "last_error": None}], True),
    (MULTIHOP, {}, [{"line": "gw1-lns2", "last_error": None}, {"line": "gw1-lns1", **SILENT}], False),
]


@pytest.mark.parametrize(("line", "entry", "trunks", "known"), REASONS)
def test_why_it_is_elsewhere(line: Any, entry: Any, trunks: Any, known: bool) -> None:
    assert standby.because(line, entry, trunks) == ("the tunnel ended: no answer" if known else None)


def test_the_host_says_on_which_lns_its_line_is() -> None:
    (end,) = intent.ends_of(standby.ways(DIRECT)["lns2"], "oslo")
    assert climb.judge(Facts(end, Daemons(), at("10.21.0.1")))["carried_by"] == "lns2"
    assert climb.judge(Facts(end, Daemons(), {"state": "down"}))["carried_by"] is None


WAITS = [
    # preferences of own and standby, host -> lines that it waits for, as long as asked; lines for a while
    ({}, "oslo", ["oslo-lns1"], []),
    ({}, "gw1", ["bergen-lns2"], []),
    ({}, "lns1", ["home1-lns1", "oslo-lns1"], []),
    ({}, "lns2", ["bergen-lns2"], []),
    ({"standby": [{"lns": "lns2", "preference": 10}]}, "lns2", ["bergen-lns2"], ["oslo-lns1"]),
    ({"standby": [{"lns": "lns2", "preference": 10}]}, "lns1", ["home1-lns1"], ["oslo-lns1"]),
    ({"standby": [{"lns": "lns2", "preference": 5}]}, "lns1", ["home1-lns1"], []),
]  # fmt: skip


@pytest.mark.parametrize(("oslo", "host", "certain", "shared"), WAITS)
def test_nobody_waits_for_what_another_has(oslo: Any, host: str, certain: list[str], shared: list[str]) -> None:
    planned_lines = planned(with_standbys(**oslo)).lines
    lines = [line for line in planned_lines if any(host in way["ends"] for way in standby.ways(line).values())]
    (first, seconds), (second, while_) = standby.waits(lines, host, 60.0)
    assert (sorted(first), seconds, sorted(second), while_) == (certain, 60.0, shared, standby.SHARED)
