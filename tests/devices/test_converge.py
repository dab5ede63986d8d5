"""Each platform's emulated device is brought to a plan, spared when it is there, mended when somebody changed it."""

from __future__ import annotations

import pytest
from emulator.fleet import PLATFORMS


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_whole_life_of_a_line(bench, platform):
    device = bench(platform)
    factory = device.emulated.factory()
    checked = device.converge(check=True)
    assert checked["changed"]
    assert device.emulated.config == factory
    made = device.converge()
    assert made["changed"]
    assert made["commands"] == checked["commands"]
    assert not device.emulated.timer
    assert device.emulated.startup == device.emulated.config or platform == "mikrotik_routeros"
    assert not device.converge()["changed"]
    removed = device.converge(state="absent")
    assert removed["changed"]
    assert not device.converge(state="absent")["changed"]
