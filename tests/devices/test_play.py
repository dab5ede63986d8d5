"""A playbook as users run it: what is decommissioned loses its own lines, all devices in one batch."""

from __future__ import annotations

import copy

import plays
import pytest
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.access import Access
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.converge import (
    Device,
    Request,
    converge,
    opener,
)
from emulator.desired import SECRETS, part
from emulator.fleet import PASSWORD, PLATFORMS, USER, Fleet

XE = "cisco_iosxe"
DECOMMISSION = ("decommission.yml", "--extra-vars", "branchline_remove=bergen,narvik")


@pytest.fixture
def fleet(tmp_path):
    """Two devices of an inventory."""
    with Fleet([PLATFORMS[XE](name) for name in ("bergen", "narvik")]) as running:
        running.write_known_hosts(tmp_path / "known_hosts")
        plays.write_inventory(tmp_path, running.ports)
        yield running


def put(fleet, directory, device, **interfaces):
    """Lines on a device, each of an interface of its own."""
    desired = part(XE)
    (line,) = desired["device"]["lines"].values()
    desired["device"]["lines"] = {name: {**line, "interface": interface} for name, interface in interfaces.items()}
    known = (str(directory / "known_hosts"),)
    reach = Access(device, "127.0.0.1", fleet.ports[device], USER, PASSWORD, known_hosts=known)
    whole, request = Device(device, XE, reach, desired, SECRETS), Request("overridden", timeout=60.0)
    assert converge(whole, request, opener(whole, request))["changed"]


def interfaces(device):
    """The interfaces of Branchline's lines on a device."""
    return [name.split()[1] for name in device.config if name.startswith("interface Virtual-PPP")]


def test_decommissioned_devices_lose_their_lines_in_one_batch(fleet, tmp_path):
    """Bergen has a line of another inventory besides; the session with narvik is cut."""
    bergen, narvik = fleet.devices["bergen"], fleet.devices["narvik"]
    put(fleet, tmp_path, "bergen", **{"bergen-lns1": "Virtual-PPP1", "elsewhere": "Virtual-PPP9"})
    put(fleet, tmp_path, "narvik", **{"narvik-lns1": "Virtual-PPP1"})
    full = copy.deepcopy((bergen.config, narvik.config))

    checked = plays.play(tmp_path, *DECOMMISSION, "--check", "--diff")
    assert (checked.changed, checked.failed) == ({"bergen", "narvik"}, set()), checked.text
    assert (bergen.config, narvik.config) == full

    narvik.faults = {"cut": ("^no interface Virtual-PPP", 1)}
    removed = plays.play(tmp_path, *DECOMMISSION)
    assert (removed.changed, removed.failed) == ({"bergen"}, {"narvik"}), removed.text
    assert "narvik: the session was cut at `no interface Virtual-PPP" in removed.text
    assert interfaces(bergen) == ["Virtual-PPP9"]
    assert narvik.expire()
    assert narvik.config == full[1]
    assert [value for value in SECRETS.values() if value in checked.text + removed.text] == []
