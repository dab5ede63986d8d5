"""Lines that are carried on by the kernel of a gateway, with its ESP on both hops: no engine sees their frames."""

from __future__ import annotations

import pytest
from lane import up
from lines import LNS, Site
from scenarios.host import until

CORP1 = "10.10.0.10"
OSLO = {"branchline_pool": "branches", "branchline_lns": "lns1", "branchline_via": "gw1"}
GW1 = {"branchline_address": "203.0.113.40"}
LINE = "oslo-lns1"


@pytest.fixture(scope="module")
def site():
    """Return a branch whose gateway carries its line on to the LNS, all rungs proven."""
    hosts = up("isp", "lns1", "corp1", "gw1", "oslo")
    made = Site(hosts, {"lns1": LNS, "gw1": GW1, "oslo": OSLO}, gateways=["gw1"])
    made.apply()
    made.proven = made.prove()[LINE]
    return made


def test_every_rung_is_proven_with_esp_of_the_kernel_on_both_hops(site):
    esp = site.proven["rungs"][2]["evidence"]
    assert esp["oslo"]["esp"] == esp["lns1"]["esp"] == "kernel transport", esp
    states = site.hosts["gw1"].run("ip xfrm state").split("\nsrc ")
    assert len(states) >= 4
    assert all("mode transport" in state for state in states)


def test_the_gateways_kernel_carries_the_frames_on(site):
    gateway = site.hosts["gw1"]
    entry = gateway.line(LINE)
    assert entry["datapath"]["name"] == "kernel", entry["datapath"]
    assert "bridges the two sessions" in entry["datapath"]["reason"]
    assert gateway.run("cat /proc/net/pppol2tp").count("SESSION") == 2 + 1  # and in the heading
    before = entry["counters"]
    assert " 20 received" in site.hosts["oslo"].run(f"ping -nq -c20 -i0.05 {CORP1}")
    after = gateway.line(LINE)["counters"]
    assert after["rx_packets"] - before["rx_packets"] >= 20 <= after["tx_packets"] - before["tx_packets"]


@pytest.mark.parametrize("who", ["oslo", "gw1", "lns1"])
def test_whoever_ends_it_it_comes_back_and_nothing_is_left_in_the_kernel(site, who):
    oslo, gateway = site.hosts["oslo"], site.hosts["gw1"]
    before = gateway.line(LINE)["correlation"]
    site.hosts[who].run(f"branchline reconnect {LINE}")
    ends = [oslo, gateway, site.hosts["lns1"]]
    until(lambda: gateway.line(LINE)["correlation"] not in (None, before), "it is another call", 60)
    until(lambda: {host.line(LINE)["state"] for host in ends} == {"open"}, "it is open", 60)
    until(lambda: oslo.reaches(CORP1), "packets pass", 30)
    assert gateway.run("cat /proc/net/pppol2tp").count("SESSION") == 2 + 1
