"""The section `dial` of a line: what it means, and every way to get it wrong, told by field."""

from __future__ import annotations

from typing import Any

import pytest
from tests.test_config import LINE

from branchline.config import InvalidConfigError, parse
from branchline.dial_config import ALWAYS, DialRule, Hours

FIXED = {**LINE, "address": "10.20.0.16"}
ANY_DAY = frozenset(range(7))

RIGHT = [
    # dial                                                                the rule
    (None, ALWAYS),
    ({}, ALWAYS),
    ({"when": "always"}, ALWAYS),
    ({"when": "demand"}, DialRule(on_demand=True)),
    ({"when": "demand", "idle": 300}, DialRule(on_demand=True, idle=300.0)),
    ({"hours": [{}]}, DialRule(hours=(Hours(ANY_DAY, 0, 1440),))),
    (
        {"hours": [{"days": ["mon", "sun"], "from": "08:00", "to": "18:30"}]},
        DialRule(hours=(Hours(frozenset({0, 6}), 480, 1110),)),
    ),
    ({"hours": [{"from": "22:00", "to": "06:00"}]}, DialRule(hours=(Hours(ANY_DAY, 1320, 360),))),
    ({"hours": [{"from": "22:00"}]}, DialRule(hours=(Hours(ANY_DAY, 1320, 1440),))),
]
WRONG = [
    # dial                                                   the field that the error names, after lines.a.dial
    ({"when": "never"}, "when"),
    ({"when": True}, "when"),
    ({"idle": 60}, "idle"),
    ({"when": "demand", "idle": -1}, "idle"),
    ({"when": "demand", "idle": 86401}, "idle"),
    ({"colour": "red"}, "colour"),
    ({"hours": {}}, "hours"),
    ({"hours": ["08:00-18:00"]}, "hours[0]"),
    ({"hours": [{"days": ["monday"]}]}, "hours[0].days"),
    ({"hours": [{"days": []}]}, "hours[0].days"),
    ({"hours": [{"from": "8:00"}]}, "hours[0].from"),
    ({"hours": [{"from": 800}]}, "hours[0].from"),
    ({"hours": [{"to": "24:01"}]}, "hours[0].to"),
    ({"hours": [{"to": "18:60"}]}, "hours[0].to"),
    ({"hours": [{"from": "08:00", "to": "08:00"}]}, "hours[0].from"),
    ({"hours": [{"from": "24:00", "to": "08:00"}]}, "hours[0].from"),
    ({"hours": [{"till": "08:00"}]}, "hours[0].till"),
]


def document(line: dict[str, Any], dial: Any) -> dict[str, Any]:
    return {"version": 1, "host_name": "h", "lines": {"a": {**line, "dial": dial}}}


@pytest.mark.parametrize(("dial", "rule"), RIGHT)
def test_what_is_right(dial, rule):
    assert parse(document(FIXED, dial)).lines["a"].dial == rule


def test_a_line_without_it_is_always_open():
    assert parse({"version": 1, "host_name": "h", "lines": {"a": LINE}}).lines["a"].dial == ALWAYS


@pytest.mark.parametrize(("dial", "field"), WRONG)
def test_a_wrong_field_is_named(dial, field):
    with pytest.raises(InvalidConfigError) as caught:
        parse(document(FIXED, dial))
    assert [error.field for error in caught.value.errors] == [f"lines.a.dial.{field}"]
    assert all(error.message and error.remedy for error in caught.value.errors)


PPPOE = {name: value for name, value in FIXED.items() if name != "lns"}
OTHER = {"lns": "203.0.113.11", "address": "10.20.0.17"}
DISAGREES = [
    # the line without its dial                              field                    what the error says
    (LINE,                                                   "dial.when",             "has no address"),
    ({**PPPOE, "pppoe": {"interface": "eth1", "wait": True}}, "dial.when",            "waits to be called"),
    ({**FIXED, "standby": {"lns2": OTHER}},                  "standby.lns2.address",  "is not the line's own"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "field", "words"), DISAGREES)
def test_a_line_that_cannot_dial_on_demand(line, field, words):
    with pytest.raises(InvalidConfigError) as caught:
        parse(document(line, {"when": "demand"}))
    assert [(error.field, words in error.message) for error in caught.value.errors] == [(f"lines.a.{field}", True)]


def test_one_address_at_every_lns():
    line = {**FIXED, "standby": {"lns2": {**OTHER, "address": FIXED["address"]}}}
    assert parse(document(line, {"when": "demand"})).lines["a"].dial.on_demand
