"""A Cisco IOS XE as access concentrator: brought to the plan of a whole inventory, kept there, and proven by itself."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.compute import plan
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Intent
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import driver
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.converge import Device, Request, opener, verify

LNS = {"branchline_ppp_address": "10.20.0.1", "branchline_ipsec_backend": "kernel"}
VARIABLES = {
    "lns1": {**LNS, "branchline_address": "203.0.113.10", "branchline_pools": {"all": ["10.20.0.16-10.20.0.31"]}},
    "bergen": {
        "branchline_platform": "cisco_iosxe",
        "branchline_outer_interface": "GigabitEthernet0/0",
        "branchline_access": ["GigabitEthernet0/1"],
        "branchline_realms": {"corp.example": "lns1", "b.example": "lns1"},
    },
    "home1": {"branchline_realm": "corp.example"},
}
INTENT = Intent(lns=["lns1"], branches=[], lacs=["bergen"], remotes=["home1"], variables=VARIABLES)
PLAN = plan(INTENT, {}, platforms=driver.all_capabilities())
PART = PLAN.devices["bergen"]
VALUES = {ref: f"{ref}-of-nobody-else" for ref in PLAN.secrets}


@pytest.fixture
def lac(bench):
    """An emulated device whose part of the plan is that of a LAC."""
    device = bench("cisco_iosxe")
    real = device.device
    device.device = lambda desired=None, **changed: _with_values(real(desired or PART, **changed))
    return device


def _with_values(device):
    return Device(device.name, device.platform, device.access, device.desired, VALUES)


def proven(lac):
    """The rungs of the line of home1 that the device shows: True, False, or None where it is not asked."""
    device, request = lac.device(), Request("verified", timeout=20.0)
    (line,) = verify(device, PLAN.lines, opener(device, request), 0.0)["lines"]
    return [rung["ok"] for rung in line["rungs"]]


def test_the_whole_life_of_a_lac(lac):
    factory = copy.deepcopy(lac.emulated.config)
    checked = lac.converge(check=True)
    assert lac.emulated.config == factory
    assert lac.converge()["commands"] == checked["commands"]
    assert lac.emulated.startup == lac.emulated.config
    assert not lac.converge()["changed"]
    assert lac.converge({"host": "bergen", "platform": "cisco_iosxe", "device": None})["changed"]
    left = {name: inner for name, inner in lac.emulated.config.items() if inner or not name.startswith("interface")}
    assert left == {**factory, "vpdn enable": {}}  # which others may need too


DRIFT = [
    # section                           line that somebody takes away       and what stands there instead
    ("interface GigabitEthernet0/1",    "pppoe enable group branchline",    None),
    ("interface GigabitEthernet0/0",    "crypto map branchline",            None),
    ("interface Virtual-Template1",     "mtu 1418",                         "mtu 1492"),
    ("vpdn-group branchline-lns1",      "initiate-to ip 203.0.113.10",      "initiate-to ip 203.0.113.99"),
    ("bba-group pppoe branchline",      "ac name bergen",                   None),
    ("crypto map branchline 10 ipsec-isakmp", "set peer 203.0.113.10",      None),
    ("ip access-list extended branchline-bergen-lns1", "permit udp any eq 1701 host 203.0.113.10 eq 1701", None),
]  # fmt: skip


@pytest.mark.parametrize(("section", "line", "instead"), DRIFT)
def test_a_change_by_hand_is_found_by_check_and_mended(lac, section, line, instead):
    lac.converge()
    good = copy.deepcopy(lac.emulated.config)
    del lac.emulated.config[section][line]
    lac.emulated.config[section].update({instead: {}} if instead else {})
    drifted = copy.deepcopy(lac.emulated.config)
    found = lac.converge(check=True)
    assert (found["changed"], lac.emulated.config) == (True, drifted)
    assert lac.converge()["commands"] == found["commands"]
    assert lac.emulated.config == good


def test_the_rungs_that_it_shows(lac):
    lac.converge()
    assert proven(lac) == [True, True, True, False, None, None, False]
    lac.emulated.dialled = ("home1@corp.example",)
    assert proven(lac) == [True, True, True, True, None, None, True]
    del lac.emulated.config["vpdn-group branchline-lns1"]["request-dialin"]["domain corp.example"]
    assert proven(lac)[:4] == [False, True, True, False]
    lac.converge()
    del lac.emulated.config["interface GigabitEthernet0/0"]["crypto map branchline"]
    assert proven(lac)[1:3] == [False, False]


def test_no_secret_of_it_is_told(lac):
    made = lac.converge()
    assert "«bergen-lns1.tunnel.1»" in "\n".join(made["commands"])
    told = f"{made}{lac.told()}"
    assert [value for value in VALUES.values() if value in told] == []
    tunnel = f"l2tp tunnel password 0 {VALUES['bergen-lns1.tunnel.1']}"
    assert tunnel in lac.emulated.config["vpdn-group branchline-lns1"]
