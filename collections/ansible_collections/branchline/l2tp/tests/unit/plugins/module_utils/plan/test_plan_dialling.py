"""When lines are open: what the engine gets of it, values that nobody can read, and what contradicts itself."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.compute import plan
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.dialling import DAYS, HOURS, Hours
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import BadValueError, PlanErrors
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import driver
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.plan.inventories import (
    CARRIED,
    SMALL,
    changed,
    errors,
    intent,
    planned,
)

FIXED = {"fixed_address": "10.20.0.20"}
WORK = [{"days": ["mon", "fri"], "from": "08:00", "to": "18:00"}]
TOLD = [{"days": ["mon", "fri"], "from": "08:00", "to": "18:00"}]
RULES = [
    # variables of the branch                           the section `dial` of its line
    ({}, None),
    ({"idle": 60}, None),
    ({"dial": "demand", **FIXED}, {"when": "demand", "idle": 300, "hours": []}),
    ({"dial": "demand", "idle": 60, **FIXED}, {"when": "demand", "idle": 60, "hours": []}),
    ({"dial": "demand", "idle": 0, **FIXED}, {"when": "demand", "idle": 0, "hours": []}),
    ({"hours": WORK}, {"when": "always", "idle": 0, "hours": TOLD}),
    ({"dial": "demand", "hours": WORK, **FIXED}, {"when": "demand", "idle": 300, "hours": TOLD}),
]
READ = [
    # an entry of branchline_hours                      what it is
    ({}, Hours(DAYS, 0, 1440)),
    ({"days": ["fri", "mon"], "from": "8:00", "to": "18:30"}, Hours(("mon", "fri"), 480, 1110)),
    ({"from": 480, "to": 1080}, Hours(DAYS, 480, 1080)),  # what YAML makes of 8:00 and 18:00
    ({"from": "22:00", "to": "06:00"}, Hours(DAYS, 1320, 360)),
    ({"to": "24:00"}, Hours(DAYS, 0, 1440)),
]
UNREADABLE = [
    "08:00-18:00",
    {"from": "08:00"},
    [["08:00", "18:00"]],
    [{"till": "18:00"}],
    [{"days": "mon"}],
    [{"days": []}],
    [{"days": ["monday"]}],
    [{"from": "25:00"}],
    [{"from": "08:60"}],
    [{"to": 1441}],
    [{"to": True}],
    [{"from": "08:00", "to": "08:00"}],
    [{"from": "24:00", "to": "08:00"}],
]
REFUSED = [
    # variables of oslo                                 what the error says
    ({"dial": "demand"}, "oslo.branchline_dial: is demand, and the interface has no address while nobody has dialled"),
    ({"dial": "sometimes"}, "oslo.branchline_dial: 'sometimes' is not one of always, demand"),
    ({"idle": -1}, "oslo.branchline_idle: -1 is not a whole number from 0 to 86400"),
    ({"hours": "08:00-18:00"}, "oslo.branchline_hours: is not a list"),
]


@pytest.mark.parametrize(("values", "rule"), RULES)
def test_what_the_engine_gets(values, rule):
    found = planned(changed({"oslo": values}))
    assert found.hosts["oslo"]["engine"]["lines"]["oslo-lns1"].get("dial") == rule


@pytest.mark.parametrize(("entry", "hours"), READ)
def test_hours(entry, hours):
    assert HOURS.read([entry]) == (hours,)


@pytest.mark.parametrize("value", UNREADABLE)
def test_what_are_no_hours(value):
    with pytest.raises(BadValueError) as caught:
        HOURS.read(value)
    assert caught.value.remedy


@pytest.mark.parametrize(("values", "words"), REFUSED)
def test_what_contradicts_itself(values, words):
    (error,) = errors(changed({"oslo": values}))
    assert error.startswith(words)


def test_one_address_and_several_lnss():
    inventory = copy.deepcopy(CARRIED)
    inventory["branches"]["oslo"].update(dial="demand", standby=["lns2"], **FIXED)
    (error,) = errors(inventory)
    assert error.startswith("oslo.branchline_dial: is demand, which keeps one address")


def test_a_remote_dials_on_demand_too():
    inventory = copy.deepcopy(CARRIED)
    inventory["remotes"]["home1"].update(dial="demand", idle=30, **FIXED)
    (line,) = planned(inventory).hosts["home1"]["engine"]["lines"].values()
    assert line["dial"] == {"when": "demand", "idle": 30, "hours": []}


def test_a_default_route_that_goes_elsewhere_outside_of_the_hours_is_warned_about():
    (warning,) = planned(changed({"oslo": {"hours": WORK, "default_route": True}})).warnings
    assert warning.startswith("oslo.branchline_hours: outside of them")
    on_demand = {"dial": "demand", "hours": WORK, "default_route": True, **FIXED}
    assert planned(changed({"oslo": on_demand})).warnings == []


@pytest.mark.parametrize("values", [{"dial": "demand", **FIXED}, {"hours": WORK}])
def test_devices_have_neither(values):
    ros = {"platform": "mikrotik_routeros", "ipsec_backend": "kernel"}
    with pytest.raises(PlanErrors) as caught:
        plan(intent(changed({"oslo": {**ros, **values}}, SMALL)), {}, platforms=driver.all_capabilities())
    words = "keeps its line open always" if "dial" in values else "has no hours of a line"
    assert any(words in str(error) for error in caught.value.errors)
