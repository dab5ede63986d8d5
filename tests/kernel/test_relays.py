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
def hosts():
    """Return all hosts of both sites, which have the LNS in common."""
    return up("isp", "lns1", "corp1", "gw1", "oslo", "lac1", "home1")


@pytest.fixture(scope="module")
def site(hosts):
    """Return a branch whose gateway carries its line on to the LNS, all rungs proven."""
    made = Site(hosts, {"lns1": LNS, "gw1": GW1, "oslo": OSLO}, gateways=["gw1"])
    made.apply()
    made.proven = made.prove()[LINE]
    return made


@pytest.fixture(scope="module")
def concentrated(hosts):
    """Return a host that dials a concentrator by PPPoE, which carries its line on to the LNS."""
    lac = {"branchline_access": [hosts["lac1"].device["access"]], "branchline_realms": {"corp.example": "lns1"}}
    home = {"branchline_access_interface": hosts["home1"].device["access"], "branchline_pool": "branches"}
    made = Site(hosts, {"lns1": LNS, "lac1": lac, "home1": home}, lacs=["lac1"], remotes=["home1"])
    made.apply()
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


@pytest.mark.parametrize("who", ["oslo", "lns1"])
def test_whoever_ends_it_it_comes_back_and_nothing_is_left_in_the_kernel(site, who):
    oslo, gateway = site.hosts["oslo"], site.hosts["gw1"]
    before = gateway.line(LINE)["correlation"]
    site.hosts[who].run(f"branchline reconnect {LINE}")
    ends = [oslo, gateway, site.hosts["lns1"]]
    until(lambda: gateway.line(LINE)["correlation"] not in (None, before), "it is another call", 60)
    until(lambda: {host.line(LINE)["state"] for host in ends} == {"open"}, "it is open", 60)
    until(lambda: oslo.reaches(CORP1), "packets pass", 30)
    assert gateway.run("cat /proc/net/pppol2tp").count("SESSION") == 2 + 1


def test_a_branch_that_its_gateway_asks_for_its_realm_is_carried_on_as_well(hosts):
    gateway = {**GW1, "branchline_realms": {"corp.example": "lns1"}}
    branch = {"branchline_pool": "branches", "branchline_realm": "corp.example", "branchline_via": "gw1"}
    site = Site(hosts, {"lns1": LNS, "gw1": gateway, "oslo": branch}, gateways=["gw1"])
    site.apply()
    (line,) = site.prove()
    entry = hosts["gw1"].line(line)
    assert (entry["realm"], entry["datapath"]["name"]) == ("corp.example", "kernel")


def test_a_concentrators_kernel_carries_the_frames_of_a_pppoe_host_on(concentrated):
    proven = concentrated.prove()["home1-lns1"]
    assert proven["rungs"][2]["evidence"]["lns1"]["esp"] == "kernel transport"
    home, lac = concentrated.hosts["home1"], concentrated.hosts["lac1"]
    entry = lac.line("home1-lns1")
    assert entry["datapath"]["name"] == "kernel", entry["datapath"]
    assert "bridges the two sessions" in entry["datapath"]["reason"]
    assert entry["pppoe"]["mac"] in lac.run("cat /proc/net/pppoe")
    before = entry["counters"]
    assert " 20 received" in home.run(f"ping -nq -c20 -i0.05 -s1300 {CORP1}")
    after = lac.line("home1-lns1")["counters"]
    assert after["rx_packets"] - before["rx_packets"] >= 20 <= after["tx_packets"] - before["tx_packets"]


def test_a_host_that_hung_up_comes_back_and_nothing_is_left_in_the_kernel(concentrated):
    home, lac = concentrated.hosts["home1"], concentrated.hosts["lac1"]
    before = lac.line("home1-lns1")["correlation"]
    home.run("branchline reconnect home1-lns1")
    until(lambda: lac.line("home1-lns1")["correlation"] not in (None, before), "it is another call", 60)
    until(lambda: home.line("home1-lns1")["state"] == "open", "it is open", 60)
    until(lambda: home.reaches(CORP1), "packets pass", 30)
    assert lac.run("cat /proc/net/pppol2tp").count("SESSION") == 1 + 1
    assert len(lac.run("cat /proc/net/pppoe").splitlines()) == 1 + 1
