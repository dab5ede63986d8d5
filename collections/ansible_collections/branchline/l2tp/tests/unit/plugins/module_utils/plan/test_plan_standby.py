"""Lines with several LNSs: what the branch, its gateway and each LNS get of them, and what contradicts itself there."""

from __future__ import annotations

import copy
import time

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.compute import plan
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import driver
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.plan.inventories import (
    CARRIED,
    LNS1,
    LNS2,
    X509,
    errors,
    facts,
    intent,
    many,
    planned,
)


def secret(ref):
    return {"$secret": ref}


def with_(group, host, base=None, **values):
    """An inventory with variables of one host changed; oslo has a standby."""
    made = copy.deepcopy(base or CARRIED)
    made["branches"]["oslo"].setdefault("standby", ["lns2"])
    made[group].setdefault(host, {}).update(values)
    return made


def line_of(found, branch="oslo"):
    (line,) = found.hosts[branch]["engine"]["lines"].values()
    return line


ORDERS = [
    # branchline_standby, of the branch     own      what the others have: preference, weight
    (["lns2"],                              {},      (10, 1), [("lns2", 20, 1)]),
    (["lns2", "lns3"],                      {},      (10, 1), [("lns2", 20, 1), ("lns3", 30, 1)]),
    ([{"lns": "lns2"}, "lns3"],             {},      (10, 1), [("lns2", 20, 1), ("lns3", 30, 1)]),
    ([{"lns": "lns3", "preference": 10, "weight": 3}], {"weight": 2}, (10, 2), [("lns3", 10, 3)]),
    ([{"lns": "lns2", "preference": 5}],    {},      (10, 1), [("lns2", 5, 1)]),
    (["lns2"],                              {"preference": 15}, (15, 1), [("lns2", 20, 1)]),
]  # fmt: skip


@pytest.mark.parametrize(("standby", "values", "own", "others"), ORDERS)
def test_the_same_words_mean_the_same_with_a_gateway_and_without(standby, values, own, others):
    base = copy.deepcopy(CARRIED)
    base["lns"]["lns3"] = {
        **LNS2, "address": "203.0.113.21", "ppp_address": "10.22.0.1", "vip_pool": "10.96.0.0/24",
        "pools": {"branches": ["10.22.0.16-10.22.0.31"]}, "lans": [],
    }  # fmt: skip
    base["branches"]["bergen"]["lns"] = "lns1"
    for branch in ("oslo", "bergen"):
        base["branches"][branch].update(standby=standby, **values)
    found = planned(base)
    line = line_of(found)
    assert (line["preference"], line["weight"]) == own
    assert [(name, one["preference"], one["weight"]) for name, one in line["standby"].items()] == others
    (rule,) = found.hosts["gw1"]["engine"]["gateway"]["rules"]
    seen = [(one["line"], one["preference"], one["weight"]) for one in rule["lns"]]
    assert seen == [("gw1-lns1", *own), *((f"gw1-{name}", *how) for name, *how in others)]


def test_the_branch_has_a_tunnel_to_each():
    host = planned(with_("branches", "oslo")).hosts["oslo"]
    (line,) = host["engine"]["lines"].values()
    other = line["standby"]["lns2"]
    assert (other["lns"], other["peer_host_name"], other["routes"]) == ("203.0.113.20", "lns2", ["10.11.0.0/24"])
    assert other["tunnel_secret"] == secret("oslo-lns1.tunnel-lns2.1")
    assert not {"hello", "sequencing", "user", "secret", "mtu"} & set(other)
    connections = {one["name"]: one["remote_id"] for one in host["ipsec"]["connections"]}
    assert connections == {"oslo-lns1": "lns1", "oslo-lns1-lns2": "lns2"}
    assert other["ipsec"]["connection"] == "oslo-lns1-lns2"
    keys = {one["name"]: (one["ids"], one["secret"]) for one in host["ipsec"]["secrets"]}
    assert keys["ike-oslo-lns1-lns2"] == (["oslo", "lns2"], secret("oslo-lns1.psk-lns2.1"))
    assert host["guard"]["addresses"] == ["203.0.113.10", "203.0.113.20"]
    assert line["failover"] == {"setup": 6, "dead": 60, "return": 60, "spread": 3}


def test_a_line_without_others_is_as_it_was():
    assert not {"standby", "failover", "preference", "weight"} & set(line_of(planned(CARRIED)))


def test_each_lns_knows_the_line():
    found = planned(with_("branches", "oslo", lans=["192.168.50.0/24"]))
    lns = found.hosts["lns2"]["engine"]["lns"]
    user = {"line": "oslo-lns1", "secret": secret("oslo-lns1.ppp.1"), "address": None, "pool": "branches"}
    assert lns["users"]["oslo"] == {**user, "routes": ["192.168.50.0/24"]}
    assert lns["peers"]["oslo"] == {"secret": secret("oslo-lns1.tunnel-lns2.1")}
    assert "ike-oslo-lns1-lns2" in [one["name"] for one in found.hosts["lns2"]["ipsec"]["secrets"]]


def test_a_gateway_has_the_tunnels_for_its_branches():
    found = planned(with_("branches", "bergen", standby=["lns1"]))
    user = found.hosts["lns1"]["engine"]["lns"]["users"]["bergen"]
    assert (user["line"], user["pool"], user["secret"]) == ("bergen-lns2", "branches", secret("bergen-lns2.ppp.1"))
    assert "gw1" in found.hosts["lns1"]["engine"]["lns"]["peers"]
    assert "standby" not in line_of(found, "bergen")


ADDRESSES = [
    # branch, entry                                              at the branch  user at the LNS
    ("oslo", {"lns": "lns2"},                                    None,          (None, "branches")),
    ("oslo", {"lns": "lns2", "fixed_address": "10.21.0.20"},     "10.21.0.20",  ("10.21.0.20", "branches")),
    ("oslo", {"lns": "lns2", "pool": "guests"},                  None,          (None, "guests")),
    ("oslo", {"lns": "lns2", "fixed_address": "10.23.0.3"},      "10.23.0.3",   ("10.23.0.3", "guests")),
]  # fmt: skip


@pytest.mark.parametrize(("branch", "entry", "asked", "given"), ADDRESSES)
def test_a_standby_gives_an_address_of_its_own(branch, entry, asked, given):
    base = with_("branches", branch, standby=[entry], fixed_address="10.20.0.20")
    if {"pool", "fixed_address"} & set(entry) and entry.get("fixed_address") != "10.21.0.20":
        base["lns"]["lns2"]["pools"]["guests"] = ["10.23.0.0/29"]
        base["branches"]["bergen"]["pool"] = "branches"
    found = planned(base)
    user = found.hosts["lns2"]["engine"]["lns"]["users"][branch]
    assert line_of(found)["standby"]["lns2"]["address"] == asked
    assert (user["address"], user["pool"]) == given
    (line,) = [one for one in found.lines if one["name"] == "oslo-lns1"]
    assert (line["address"], line["standby"][0]["address"]) == ("10.20.0.20", asked)


def test_tunnels_in_transport_mode_have_a_port_at_each_lns():
    found = planned(with_("branches", "oslo"), kernel_esp=True)
    line = line_of(found)
    own, other = line["source_port"], line["standby"]["lns2"]["source_port"]
    assert own != other
    assert all(16384 <= port < 32768 for port in (own, other))
    selectors = {one["name"]: one["local_ts"] for one in found.hosts["oslo"]["ipsec"]["connections"]}
    assert selectors == {"oslo-lns1": f"dynamic[udp/{own}]", "oslo-lns1-lns2": f"dynamic[udp/{other}]"}


def test_two_tunnels_of_a_line_never_share_a_port(monkeypatch):
    monkeypatch.setattr("ansible_collections.branchline.l2tp.plugins.module_utils.plan.ports._digest", lambda *_: 5)
    line = line_of(planned(with_("branches", "oslo"), kernel_esp=True))
    assert {line["source_port"], line["standby"]["lns2"]["source_port"]} == {16384 + 5, 16384 + 6}


def test_the_hop_that_carries_least_decides_the_mtu():
    inventory = with_("branches", "oslo")
    known = {host: {"kernel_esp": host != "lns2"} for hosts in inventory.values() for host in hosts}
    found = plan(intent(inventory), known)
    (line,) = [one for one in found.lines if one["name"] == "oslo-lns1"]
    assert (line["mtu"], line["mode"], line["standby"][0]["mode"]) == (1360, "transport", "tunnel")


def test_a_line_of_its_own_connection_has_the_lines_name_at_each_lns():
    base = {"lns": {"lns1": {**LNS1, **X509}, "lns2": {**LNS2, **X509}}, "branches": {}}
    del base["lns"]["lns1"]["ike_auth"], base["lns"]["lns2"]["ike_auth"]
    base["branches"]["oslo"] = {"lns": "lns1", "standby": ["lns2"], **X509}
    found = planned(base)
    assert [one["name"] for one in found.hosts["lns2"]["ipsec"]["connections"]] == ["oslo-lns1"]
    assert [one["name"] for one in found.hosts["oslo"]["ipsec"]["connections"]] == ["oslo-lns1", "oslo-lns1-lns2"]


def test_ikev1_takes_the_key_of_each_lns():
    found = planned(with_("branches", "oslo", ike_version=1))
    keys = {one["name"]: one["secret"] for one in found.hosts["oslo"]["ipsec"]["secrets"]}
    assert keys == {"ike-lns1-ikev1": secret("lns1.ikev1.1"), "ike-lns2-ikev1": secret("lns2.ikev1.1")}


def described(found, name):
    (line,) = [one for one in found.lines if one["name"] == name]
    return line, {**line, **line["standby"][0]}


def test_a_line_tells_what_is_something_else_on_a_standby():
    base = with_("branches", "oslo")
    base["lns"]["lns2"]["probe"] = "10.11.0.1"
    line, other = described(planned(base), "oslo-lns1")
    assert (other["ends"], other["lns_address"], other["pool_ranges"]) == (
        ["oslo", "lns2"], "10.21.0.1", ["10.21.0.16-10.21.0.31"],
    )  # fmt: skip
    assert (other["connection"], other["remote_id"], other["routes"]) == ("oslo-lns1-lns2", "lns2", ["10.11.0.0/24"])
    assert (other["lns_probe"], other["mtu"], line["preference"]) == ("10.11.0.1", line["mtu"], 10)


def test_a_gateways_branch_keeps_its_routes():
    line, other = described(planned(with_("branches", "bergen", standby=["lns1"])), "bergen-lns2")
    assert (other["ends"], [hop["name"] for hop in other["hops"]]) == (
        ["bergen", "gw1", "lns1"], ["bergen-lns2", "gw1-lns1"],
    )  # fmt: skip
    assert (other["routes"], other["lns_probe"], other["connection"]) == (line["routes"], None, line["connection"])


def test_the_times_are_the_lines_or_the_gateways():
    base = with_("branches", "oslo", failover={"setup": 4, "spread": 10})
    base["gateways"]["gw1"]["failover"] = {"setup": 9}
    found = planned(base)
    assert line_of(found)["failover"] == {"setup": 4, "dead": 60, "return": 60, "spread": 10}
    gateway = found.hosts["gw1"]["engine"]["gateway"]
    assert (gateway["setup"], gateway["dead"]) == (9, 60)


def test_times_of_a_branch_behind_a_gateway_are_warned_about():
    found = planned(with_("branches", "bergen", standby=["lns1"], failover={"setup": 4}))
    assert [line for line in found.warnings if line.startswith("bergen.branchline_failover: its line goes through gw1")]


REFUSED = [
    # group     host     variables                          the one error begins with
    ("branches", "oslo", {"standby": ["lns9"]}, "oslo.branchline_standby: 'lns9' is no LNS"),
    ("branches", "oslo", {"standby": ["lns1"]}, "oslo.branchline_standby: 'lns1' is the branch's own LNS"),
    ("branches", "bergen", {"standby": ["lns9"]}, "bergen.branchline_standby: 'lns9' is no LNS"),
    ("branches", "bergen", {"standby": ["lns2"]}, "bergen.branchline_standby: 'lns2' is the branch's own LNS"),
    ("branches", "oslo", {"standby": ["lns2", {"lns": "lns2"}]}, "oslo.branchline_standby: has a name twice"),
    ("branches", "oslo", {"standby": "lns2"}, "oslo.branchline_standby: is not a list"),
    ("branches", "oslo", {"standby": [{"preference": 1}]}, "oslo.branchline_standby: an entry names no lns"),
    ("branches", "oslo", {"standby": [{"lns": "lns2", "prio": 1}]}, "oslo.branchline_standby: an entry has prio"),
    ("branches", "oslo", {"standby": [{"lns": "lns2", "weight": 0}]}, "oslo.branchline_standby: 0 is not a whole"),
    ("branches", "oslo", {"standby": [{"lns": "lns2", "pool": "x"}]}, "oslo.branchline_pool: unknown pool 'x' of lns2"),
    ("branches", "oslo", {"standby": [{"lns": "lns2", "fixed_address": "10.20.0.20"}]},
     "oslo.branchline_standby: the fixed_address 10.20.0.20 is outside pool 'branches' of lns2"),
    ("branches", "oslo", {"failover": {"retry": 1}}, "oslo.branchline_failover: has retry; only setup, dead, return"),
    ("branches", "oslo", {"failover": {"setup": 0}}, "oslo.branchline_failover: 0 is not a whole number from 1 to 300"),
    ("gateways", "gw1", {"failover": {"spread": 1}}, "gw1.branchline_failover: has spread; only setup, dead"),
    ("gateways", "gw1", {"weight": 2}, "gw1.branchline_weight: is a variable of branches"),
    ("branches", "oslo", {"ike_version": 1, "psk": True}, "oslo.branchline_psk: IKEv1 main mode cannot select a key"),
    ("branches", "bergen", {"line": "oslo-lns1-lns2"}, "oslo.branchline_groups: name of a line 'oslo-lns1-lns2' is"),
    ("lns", "lns2", {"vip_pool": "10.99.0.0/25"},
     "lns2.branchline_vip_pool: 10.99.0.0/25 overlaps 10.99.0.0/24 of lns1.branchline_vip_pool, and lyon has both"),
    ("lns", "lns2", {"vip_pool": "10.97.0.0/31"}, "lns2.branchline_vip_pool: 10.97.0.0/31 has 2 virtual IPs for 3"),
    ("lns", "lns2", {"pools": {"branches": ["10.21.0.16"]}}, "lns2.branchline_pools: pool 'branches' has 1 addresses"),
    ("lns", "lns2", {"ppp_auth": ["pap"]}, "oslo.branchline_standby: lns2 wants pap of PPP, and lns1 mschapv2"),
    ("lns", "lns2", {"ppp_address": "10.20.0.1"}, "lns2.branchline_ppp_address: 10.20.0.1 is that of lns1 too"),
]  # fmt: skip


@pytest.mark.parametrize(("group", "host", "values", "begins"), REFUSED)
def test_a_contradiction_is_named(group, host, values, begins):
    base = with_("branches", "bergen", standby=["lns1"])
    base["branches"]["lyon"] = {"lns": "lns1", "standby": ["lns2"]}
    found = errors(with_(group, host, base, **values))
    assert [line for line in found if line.startswith(begins)], found


DEVICES = [
    # group     host     variables                          the one error begins with
    ("branches", "oslo", {"platform": "mikrotik_routeros"}, "oslo.branchline_standby: MikroTik RouterOS 7 has one LNS"),
    ("lns", "lns2", {"platform": "mikrotik_routeros"}, "oslo.branchline_standby: lns2 is MikroTik RouterOS 7, which"),
]  # fmt: skip


@pytest.mark.parametrize(("group", "host", "values", "begins"), DEVICES)
def test_a_device_has_no_standby_and_is_none(group, host, values, begins):
    inventory = with_(group, host, **values)
    found = errors_of(inventory)
    assert [line for line in found if line.startswith(begins)], found


def errors_of(inventory):
    try:
        plan(intent(inventory), facts(inventory, kernel_esp=True), platforms=driver.all_capabilities())
    except Exception as found:
        return [str(error) for error in found.errors]
    return []


def test_ten_thousand_lines_with_standbys_in_seconds():
    inventory = many(10_000)
    inventory["lns"]["lns2"] = {
        **LNS2, "pools": {"branches": ["10.12.0.0/14"]}, "vip_pool": "10.64.0.0/12", "lans": [],
    }  # fmt: skip
    for branch in inventory["branches"].values():
        branch.update(lns="lns1", standby=["lns2"])
    start = time.process_time()
    made = planned(inventory)
    assert len(made.hosts["lns2"]["engine"]["lns"]["users"]) == 10_000
    assert time.process_time() - start < 20
