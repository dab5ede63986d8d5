"""The lines carry traffic, by the addresses and services that the inventory asks for; a second run spares them."""

from __future__ import annotations

import json

import pytest
from conftest import STATE

MTU = 1360
HEADERS = 28  # IPv4 and ICMP
ADDRESS = {"alpha-lns1": "10.20.0.20"}  # beta's is from the pool


def lines(host):
    """Lines of one host by name, as its engine tells them."""
    return {line["line"]: line for line in json.loads(host.check_output("branchline status --json"))["lines"]}


@pytest.mark.parametrize("name", ["branchline", "strongswan", "branchline-guard"])
def test_services_run_and_start_at_boot(managed, name):
    assert managed.service(name).is_running
    assert managed.service(name).is_enabled


def test_the_engine_is_not_root(managed):
    pid = managed.check_output("systemctl show --property=MainPID --value branchline")
    assert managed.check_output(f"ps -o user= -p {pid}") == "branchline"


def test_line_is_open_on_both_ends(branch, lns):
    here, there = lines(branch)[branch.line], lines(lns)[branch.line]
    assert (here["state"], there["state"]) == ("open", "open")
    assert here["address"] == there["address"] == ADDRESS.get(branch.line, there["address"])
    assert here["ipsec"]


def test_interface_has_the_address(branch):
    line = lines(branch)[branch.line]
    interface = branch.interface(line["interface"])
    assert line["address"] in interface.addresses
    assert branch.file(f"/sys/class/net/{line['interface']}/mtu").content_string.strip() == str(MTU)


def test_routes_to_the_corporate_network(branch):
    assert f"dev {lines(branch)[branch.line]['interface']} " in branch.check_output("ip route get 10.10.0.1")


@pytest.mark.parametrize("size", [56, MTU - HEADERS])
def test_traffic_up_to_the_full_mtu(branch, size):
    branch.check_output(f"ping -q -c 3 -i 0.2 -W 2 -M do -s {size} 10.10.0.1")


def test_traffic_to_the_network_behind_a_branch(lns):
    lns.check_output("ping -q -c 3 -i 0.2 -W 2 -I 10.10.0.1 192.168.50.1")


def test_branches_have_addresses_of_their_own(lns):
    given = [line["address"] for line in lines(lns).values() if line["state"] == "open"]
    assert len(given) == len(set(given)) >= 2


def test_the_guard_stands_on_both_ways(managed):
    rules = managed.check_output("nft list ruleset")
    assert "hook input" in rules
    assert "hook output" in rules
    assert "1701" in rules


def test_second_run_restarts_nothing(runs):
    for host, answers in runs.items():
        assert len(answers) >= 2, host
        first, last = ({"pid": a["pid"], **{line["line"]: line["since"] for line in a["lines"]}} for a in answers[-2:])
        assert first == last, host


def test_every_line_is_proven():
    proof = json.loads((STATE / "reports/verify.json").read_text())
    proven = {line["name"]: line["proven"] for line in proof["lines"]}
    assert {"alpha-lns1", "beta-lns1"} <= set(proven)
    assert set(proven.values()) == {True}
