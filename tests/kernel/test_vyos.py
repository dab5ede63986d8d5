"""A device really is an end of a line: our engine's branch, and an LNS that is configured through VyOS' command line.

The plan of the whole inventory goes to the device over ssh, as the module `device_lines` brings it there; the emulated
VyOS makes strongSwan and an L2TP server on the kernel's ESP, L2TP and PPP out of what is committed (vyos.py), and what
it shows is what they say.
"""

from __future__ import annotations

import pytest
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.errors import DeviceError
from device_sites import DeviceSite
from foreign import put
from lane import up
from lines import LNS, STORE
from scenarios.host import Pinging, until
from scenarios.rekeying import session
from vyos import L2TP, LiveVyos

SECONDS = 600  # on a loaded machine
CORP1, OSLO = "10.10.0.10", "10.20.0.20"
LINE = "oslo-lns1"
PRE_UP = "/etc/ppp/ip-pre-up.d/slow"
USER = "vpn l2tp remote-access authentication local-users username oslo"
BRANCH = {"branchline_pool": "branches", "branchline_ike_version": 1, "branchline_hello": 5}


@pytest.fixture(scope="module")
def site():
    """Return an LNS that is a VyOS with two branches: one of ours, and one that somebody else configures."""
    hosts = up("isp", "lns1", "corp1", "oslo")
    outer = hosts["lns1"].device["wan-lns"]
    lns = {"branchline_platform": "vyos", "branchline_outer_interface": outer, "branchline_serial": "SNLNS1"}
    variables = {
        "lns1": {**LNS, **lns},
        "oslo": dict(BRANCH),
        "lyon": {**BRANCH, "branchline_managed": False},
    }
    site = DeviceSite(hosts, variables, {"lns1": LiveVyos(hosts["lns1"])})
    site.apply()
    yield site
    site.close()


@pytest.fixture
def device(site):
    """Return the emulated device; what a test left of it is mended."""
    return site.devices["lns1"]


def carries(site, seconds=120):
    """Wait until the line carries packets."""
    until(lambda: site.hosts["oslo"].reaches(CORP1), "the line carries packets", seconds)


def test_both_ends_prove_the_line(site):
    line = site.prove()[LINE]
    assert [rung["ok"] for rung in line["rungs"]] == [True] * 7
    shown = [rung["evidence"]["lns1"] for rung in line["rungs"]]
    assert shown[1]["version"] == "IKEv1"
    assert shown[2]["mode"] == "TRANSPORT"
    assert shown[3]["session_state"] == "active"
    assert shown[5]["full_mtu_df"][shown[3]["address"]] == {"sent": "2", "received": "2"}
    assert "mode transport" in site.hosts["lns1"].run("ip xfrm state")


@pytest.fixture
def slow(site):
    """Have each pppd of the LNS take two seconds between IPCP and its network, as its scripts may on a busy machine."""
    site.hosts["lns1"].call(put, {PRE_UP: "#!/bin/sh\nsleep 2\n"})
    yield
    site.hosts["lns1"].run(f"rm {PRE_UP}")


@pytest.mark.usefixtures("slow")
def test_a_peer_whose_network_is_up_later_than_its_ipcp_is_waited_for(site):
    site.hosts["lns1"].run("pkill -TERM -x pppd")
    until(lambda: site.hosts["oslo"].line(LINE)["state"] != "open", "the line is over", 60)
    traffic = site.prove()[LINE]["rungs"][5]["evidence"]["oslo"]
    assert [outcome["received"] for outcome in traffic["pings"].values()] == [5, 5]


def test_a_line_gets_an_address_of_its_own(site):
    site.variables["oslo"]["branchline_fixed_address"] = OSLO
    assert site.apply()["lns1"] == [f"set {USER} static-ip {OSLO}"]
    carries(site)
    assert site.prove()[LINE]["rungs"][3]["evidence"]["lns1"]["address"] == OSLO


def test_a_second_run_changes_nothing_and_no_secret_was_told(site):
    assert not site.converge("lns1")["changed"]
    told = site.told()
    assert "commit-confirm" in told
    assert [path.name for path in STORE.iterdir() if path.read_text().strip() in told] == []


def test_a_session_that_is_cut_before_the_commit_touches_no_line(site, device):
    before, opened = list(device.config), session(site.hosts["oslo"])
    site.variables["lns1"]["branchline_dns"] = ["10.10.0.53"]
    device.faults["cut"] = ("name-server", 1)
    with (
        Pinging(site.hosts["oslo"], CORP1) as ping,
        pytest.raises(DeviceError, match="the session was cut at `set vpn"),
    ):
        site.converge("lns1")
    del site.variables["lns1"]["branchline_dns"]
    assert (ping.lost, ping.sent > 0) == (0, True)
    assert (device.config, device.timer) == (before, None)
    assert session(site.hosts["oslo"]) == opened


def test_a_commit_that_nobody_confirms_is_taken_back_and_the_line_with_it(site, device):
    """The plan without the branch is committed, the session cut; time is up, and the device starts again."""
    before, oslo = list(device.config), site.variables.pop("oslo")
    device.faults["cut"] = ("^exit$", 1)
    with pytest.raises(DeviceError, match="the device takes it back within 5 minutes"):
        site.converge("lns1")
    site.variables["oslo"] = oslo
    assert f"delete {USER}" in device.log
    until(lambda: not site.hosts["oslo"].reaches(CORP1), "the line is down, its user gone", 60)
    assert device.expire()
    assert device.config == before
    carries(site)
    assert site.prove()[LINE]["proven"]


def test_what_somebody_deletes_on_the_device_is_found_by_check_and_mended(site, device):
    somebody = site.session("lns1")
    for command in (
        "configure",
        f"delete {USER}",
        "delete vpn ipsec esp-group branchline proposal 1",
        "commit",
        "save",
    ):
        somebody.run(command)
    somebody.run("exit")
    somebody.close()
    drifted = list(device.config)
    until(lambda: not site.hosts["oslo"].reaches(CORP1), "the line is down, its user gone", 60)
    (line,) = site.verify(0)
    assert line["result"] == "failed"
    assert "the line is not configured" in line["rungs"][0]["what"]["lns1"]
    found = site.converge("lns1", check=True)
    assert any(f"set {USER} password" in command for command in found["commands"])
    assert any("esp-group branchline proposal 1" in command for command in found["commands"])
    assert device.config == drifted
    assert site.converge("lns1")["commands"] == found["commands"]
    site.hosts["oslo"].run(f"branchline reconnect {LINE}")  # at once, not after the pause that its refusals have earned
    carries(site)
    assert site.prove()[LINE]["proven"]


def test_a_branch_that_leaves_the_inventory_leaves_the_device(site, device):
    oslo = site.hosts["oslo"]
    del site.variables["oslo"]
    assert site.converge("lns1")["commands"] == [f"delete {USER}"]
    until(lambda: oslo.line(LINE)["state"] != "open", "its line is over", 60)
    assert any("lyon" in path for path in device.config)
    assert site.converge("lns1", "absent")["changed"]
    assert not site.converge("lns1", "absent")["changed"]
    assert [path for path in device.config if "branchline" in path] == []
    lns = site.hosts["lns1"]
    assert lns.run("ip xfrm state") == ""
    assert lns.try_(f"systemctl is-active strongswan {L2TP}").stdout.split() == ["inactive", "inactive"]
