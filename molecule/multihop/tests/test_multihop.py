"""A branch's line goes through a gateway to an LNS that it has no tunnel to; both hops are protected."""

from __future__ import annotations

import json
import re

LINE, TRUNK = "gamma-lns2", "gw1-lns2"
STANDS = "ping -nq -c3 -W2 10.11.0.1"


def test_every_rung_is_proven(proven):
    assert proven[LINE]["proven"], proven[LINE]
    assert proven[LINE]["ends"] == ["gamma", "gw1", "lns2"]


def test_one_correlation_id_at_every_hop(hosts):
    branch, gateway, lns = (hosts.line(name, LINE) for name in ("gamma", "gw1", "lns2"))
    assert {branch["state"], gateway["state"], lns["state"]} == {"open"}
    assert branch["correlation"] == gateway["correlation"] == lns["correlation"]
    assert branch["session"]["peer_id"] == gateway["session"]["id"]
    assert gateway["onward"]["session"]["peer_id"] == lns["session"]["id"]


def test_the_gateway_goes_by_what_the_branch_says_and_the_lns_checks_it(hosts):
    gateway, lns = hosts.line("gw1", LINE), hosts.line("lns2", LINE)
    assert (gateway["user"], gateway["realm"], gateway["lns"]) == ("gamma@lab.example", "lab.example", TRUNK)
    assert (lns["user"], lns["auth"]) == (gateway["user"], gateway["auth"])


def test_explain_follows_the_line(hosts):
    rungs = json.loads(hosts["gw1"].check_output(f"branchline explain {LINE} --json"))
    assert [rung["ok"] for rung in rungs] == [True] * 5
    trunk = json.loads(hosts["gw1"].check_output(f"branchline explain {TRUNK} --json"))
    assert [rung["ok"] for rung in trunk] == [True] * 3


def test_packets_reach_the_network_behind_the_lns(hosts):
    assert f"dev {LINE} " in hosts["gamma"].check_output("ip route get 10.11.0.1")
    assert hosts["gamma"].run(STANDS).rc == 0


def dropped(host):
    """Packets that the guard has kept from leaving in clear."""
    return re.search(r"packets (\d+)", host.check_output("nft list counter inet branchline_guard dropped_out"))[1]


def test_nothing_would_leave_in_clear(hosts):
    before = dropped(hosts["gw1"])
    assert hosts["gamma"].run(STANDS).rc == 0
    assert dropped(hosts["gw1"]) == before


def test_a_gateway_that_was_killed_carries_on(hosts):
    gateway = hosts["gw1"]
    gateway.check_output("systemctl kill --signal=KILL branchline.service")
    hosts.until(lambda: hosts.line("gw1", LINE)["state"] == "open", "the gateway carries the line again", 90)
    hosts.until(lambda: hosts["gamma"].run(STANDS).rc == 0, "packets pass again")
