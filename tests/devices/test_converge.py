"""Each platform's emulated device is brought to a plan, spared when it is there, mended when somebody changed it."""

from __future__ import annotations

import copy

import pytest
from emulator.desired import part
from emulator.fleet import PLATFORMS

MTU = ("vpn", "l2tp", "remote-access", "mtu")


def by_hand(config):
    """Somebody sets another MTU at the device."""
    if isinstance(config, list):
        config.remove((*MTU, "1360"))
        config.append((*MTU, "1300"))
    elif "/interface l2tp-client" in config:
        config["/interface l2tp-client"][0]["max-mtu"] = "1300"
    else:
        del config["interface Virtual-PPP1"]["ip mtu 1360"]
        config["interface Virtual-PPP1"]["ip mtu 1300"] = {}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_whole_life_of_a_line(bench, platform):
    device = bench(platform)
    factory = device.emulated.factory()
    checked = device.converge(check=True)
    assert checked["changed"]
    assert device.emulated.config == factory
    made = device.converge()
    assert made["commands"] == checked["commands"]
    assert not device.emulated.timer
    assert device.emulated.startup == device.emulated.config or platform == "mikrotik_routeros"
    assert not device.converge()["changed"]
    assert device.converge(state="absent")["changed"]
    assert not device.converge(state="absent")["changed"]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_change_by_hand_is_found_by_check_and_mended(bench, platform):
    device = bench(platform)
    device.converge()
    good = device.emulated.config
    by_hand(good)
    device.emulated.startup = copy.deepcopy(good)  # and saves it: VyOS takes no change while anything is unsaved
    drifted = copy.deepcopy(good)
    found = device.converge(check=True)
    assert found["changed"]
    assert "1300" in found["diff"]["before"]
    assert "1300" not in found["diff"]["after"]
    assert device.emulated.config == drifted
    assert device.converge()["commands"] == found["commands"]
    assert not device.converge(check=True)["changed"]


@pytest.mark.parametrize("platform", [name for name in PLATFORMS if name != "vyos"])
def test_merged_keeps_what_the_plan_has_not_and_gathered_tells_it(bench, platform):
    device = bench(platform)
    device.converge()
    before = device.converge(state="gathered")["gathered"]
    assert list(before["lines"]) == ["bergen-lns1"]
    nothing = {**part(platform), "device": {"lines": {}, "lns": None, "lac": None}}
    assert not device.converge(nothing, state="merged")["changed"]
    assert device.converge(state="gathered")["gathered"] == before
    assert device.converge(nothing)["changed"]
    assert device.converge(state="gathered")["gathered"]["lines"] == {}
