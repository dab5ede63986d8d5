"""What is read back from a device that took what was rendered is what was wanted; then nothing is left to do."""

from __future__ import annotations

import copy
import re

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.compute import plan
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import PlanErrors
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import driver, states
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.plan.inventories import LNS1, intent
from ansible_collections.branchline.l2tp.tests.unit.plugins.plugin_utils.device import cases
from hypothesis import assume, given, settings
from hypothesis import strategies as st

PLATFORMS = [name for name in driver.platforms() if cases.CAN[name]["managed"]]
NAMES = st.from_regex(r"[a-z][a-z0-9.-]{0,8}[a-z0-9]", fullmatch=True).filter(lambda name: name not in ("lns", "lns1"))
BRANCH = st.fixed_dictionaries(
    {
        "ike_version": st.sampled_from([1, 2]),
        "profile": st.sampled_from(["modern", "compatible", "windows"]),
        "protection": st.sampled_from(["esp", "esp", "none"]),
        "secret_generation": st.integers(1, 30),
    },
    optional={
        "mtu": st.integers(1000, 1360),
        "hello": st.integers(1, 3600),
        "routes": st.lists(st.sampled_from(["10.1.0.0/16", "10.2.3.0/24", "10.9.8.7/32"]), unique=True),
        "sequencing": st.booleans(),
        "default_route": st.booleans(),
        "fixed_address": st.sampled_from(["10.20.0.33"]),
        "lans": st.just(["192.168.77.0/24"]),
    },
)
SERVER = st.fixed_dictionaries(
    {"ppp_auth": st.sampled_from([["mschapv2", "chap-md5"], ["chap-md5", "pap"], ["pap"]])},
    optional={"dns": st.just(["10.10.0.53"]), "hello": st.integers(1, 900), "mtu": st.integers(1360, 1400)},
)


def assert_round_trip(platform, state):
    text = driver.text(platform, state)
    again = driver.parse(platform, {"the configuration": text})
    assert again == state
    assert driver.difference(platform, again, state) == []
    assert driver.text(platform, again) == text


def back_and_forth(platform, state):
    """From nothing, and to nothing: every command is safe to show, none has what no device could take."""
    there, away = driver.difference(platform, {}, state), driver.difference(platform, state, {})
    assert there
    assert away
    assert [line for line in away if "«" in line] == []
    assert [line for line in there if "«hidden»" in line or "«missing»" in line] == []


@pytest.mark.parametrize("name", cases.MANAGED)
def test_every_case(name):
    platform, state = name.partition("/")[0], cases.desired(name)["device"]
    assert_round_trip(platform, state)
    back_and_forth(platform, state)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PLATFORMS), NAMES, BRANCH, SERVER)
def test_every_client_of_the_plan(platform, name, branch, server):
    device = {**branch, "platform": platform, "outer_interface": "GigabitEthernet0"}
    found = planned({"lns1": {**LNS1, "ipsec_backend": "kernel", **server}}, {name: device})
    assert_round_trip(platform, found[name]["device"])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PLATFORMS), NAMES, BRANCH, SERVER)
def test_every_server_of_the_plan(platform, name, branch, server):
    assume("lns" in cases.CAN[platform]["roles"])
    device = {**LNS1, **server, "platform": platform, "outer_interface": "eth0"}
    found = planned({"lns1": device}, {name: {"ipsec_backend": "kernel", **branch}})
    assert_round_trip(platform, found["lns1"]["device"])


def planned(lns, branches):
    """The devices of the plan, if there is one."""
    try:
        return plan(intent({"lns": lns, "branches": branches}), {}, platforms=cases.CAN).devices
    except PlanErrors:
        assume(False)


@pytest.mark.parametrize("name", [name for name in cases.MANAGED if not {"lns", "lac"} & set(re.split("[/_]", name))])
def test_a_change_of_one_value_is_found_and_mended(name):
    platform, state = name.partition("/")[0], cases.desired(name)["device"]
    (line,) = state["lines"]
    for field, value in (("mtu", 1234), ("routes", ["172.20.0.0/16"]), ("generation", 9), ("lns", "203.0.113.99")):
        drifted = copy.deepcopy(state)
        drifted["lines"][line][field] = value
        seen = driver.parse(platform, {"the configuration": driver.text(platform, drifted)})
        assert seen["lines"][line][field] == value
        assert driver.difference(platform, seen, state)


@pytest.mark.parametrize("name", cases.MANAGED)
def test_a_line_that_somebody_took_away_comes_back(name):
    """Whatever one line of the configuration is lost: what is read can be rendered, and is mended if it mattered."""
    platform, state = name.partition("/")[0], cases.desired(name)["device"]
    lines = driver.text(platform, state).splitlines()
    for number in range(len(lines)):
        less = "\n".join(lines[:number] + lines[number + 1 :])
        seen = driver.parse(platform, {"the configuration": less})
        commands = driver.difference(platform, seen, state)
        assert commands or {**states.EMPTY, **seen} == {**states.EMPTY, **state}
        assert [line for line in commands if "«missing»" in line] == []
