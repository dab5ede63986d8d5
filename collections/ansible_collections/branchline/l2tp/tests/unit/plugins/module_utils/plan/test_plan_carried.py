"""Lines that others carry on: by a gateway (multi-hop), by a LAC (compulsory); and what contradicts itself there."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.plan.inventories import (
    CARRIED,
    errors,
    planned,
)

PLAN = planned(CARRIED)
LINES = {line["name"]: line for line in PLAN.lines}


def secret(ref):
    return {"$secret": ref}


def with_(group, host, **values):
    """CARRIED with variables of one host changed."""
    made = copy.deepcopy(CARRIED)
    made[group].setdefault(host, {}).update(values)
    return made


KINDS = [
    ("oslo-lns1", "voluntary", ["oslo", "lns1"], ["oslo-lns1"]),
    ("bergen-lns2", "multihop", ["bergen", "gw1", "lns2"], ["bergen-lns2", "gw1-lns2"]),
    ("home1-lns1", "compulsory", ["home1", "lac1", "lns1"], ["lac1-lns1"]),
]


@pytest.mark.parametrize(("name", "kind", "ends", "hops"), KINDS)
def test_the_ends_and_hops_of_each_kind(name, kind, ends, hops):
    line = LINES[name]
    assert (line["kind"], line["ends"], [hop["name"] for hop in line["hops"]]) == (kind, ends, hops)
    assert [tuple(hop["ends"]) for hop in line["hops"]] == list(zip(ends, ends[1:]))[-len(hops) :]


def test_the_branch_calls_the_gateway():
    line = PLAN.hosts["bergen"]["engine"]["lines"]["bergen-lns2"]
    assert (line["lns"], line["peer_host_name"], line["routes"]) == ("203.0.113.30", "gw1", ["10.11.0.0/24"])


def test_the_gateway_answers_the_branch_and_calls_the_lns():
    host = PLAN.hosts["gw1"]
    gateway = host["engine"]["gateway"]
    assert gateway["peers"] == {"bergen": {"secret": secret("bergen-lns2.tunnel.1")}}
    assert gateway["rules"] == [
        {"host_name": "bergen", "line": "bergen-lns2", "lns": [{"line": "gw1-lns2", "preference": 10, "weight": 1}]}
    ]
    assert gateway["lns"]["gw1-lns2"]["address"] == "203.0.113.20"
    assert gateway["lns"]["gw1-lns2"]["tunnel_secret"] == secret("gw1-lns2.tunnel.1")
    connections = {one["name"]: one["initiator"] for one in host["ipsec"]["connections"]}
    assert connections == {"lns-ikev2-psk-modern-esp": False, "gw1-lns2": True}
    assert host["ipsec"]["pools"] == [{"name": "branchline", "addresses": "10.98.0.0/24"}]
    addresses = ["203.0.113.30", "203.0.113.20"]
    guard = {"backend": "libipsec", "addresses": addresses, "cleartext": [], "bundles": [], "unique_marks": False}
    assert host["guard"] == guard


def test_the_lns_knows_the_gateway_and_the_user():
    lns = PLAN.hosts["lns2"]["engine"]["lns"]
    assert lns["peers"] == {"gw1": {"secret": secret("gw1-lns2.tunnel.1")}}
    assert {name: user["line"] for name, user in lns["users"].items()} == {"bergen": "bergen-lns2"}
    keys = {one["name"]: one["ids"] for one in PLAN.hosts["lns2"]["ipsec"]["secrets"]}
    assert keys == {"ike-gw1-lns2": ["gw1", "lns2"]}


def test_the_lac_knows_realm_and_caller():
    lac = PLAN.hosts["lac1"]["engine"]["lac"]
    assert lac["realms"] == {"corp.example": {"lns": [{"line": "lac1-lns1", "preference": 10, "weight": 1}]}}
    assert lac["callers"] == {"home1@corp.example": {"line": "home1-lns1"}}
    assert (lac["interfaces"], lac["mru"]) == ([{"interface": "eth2"}], 1360)


def test_the_remote_knows_nothing_of_l2tp():
    host = PLAN.hosts["home1"]
    line = host["engine"]["lines"]["home1-lns1"]
    assert (line["pppoe"], line["user"]) == ({"interface": "eth1", "ac": "lac1"}, "home1@corp.example")
    assert (host["ipsec"]["backend"], host["guard"], host["engine"]["mark"]) == ("none", {}, None)
    assert line["secret"] == PLAN.hosts["lns1"]["engine"]["lns"]["users"]["home1@corp.example"]["secret"]


def test_an_unmanaged_remote_is_a_user_and_a_rendered_half():
    plan = planned(with_("remotes", "home1", managed=False))
    assert "home1@corp.example" in plan.hosts["lns1"]["engine"]["lns"]["users"]
    assert ("home1" in plan.hosts, "home1" in plan.rendered) == (False, True)


def test_each_hop_has_its_own_policy():
    plan = planned(with_("gateways", "gw1", ike_version=1, profile="compatible"))
    first, second = next(line for line in plan.lines if line["kind"] == "multihop")["hops"]
    assert ((first["ike_version"], second["ike_version"]), second["profile"]) == ((2, 1), "compatible")


def test_a_hop_that_carries_less_makes_the_line_smaller():
    assert (
        next(line for line in planned(with_("gateways", "gw1", sequencing=True)).lines if line["kind"] == "multihop")[
            "mtu"
        ]
        == 1356
    )


REFUSED = [
    # group     host     variables                          the one error begins with
    ("branches", "bergen", {"via": "gw9"}, "bergen.branchline_via: unknown gateway 'gw9'"),
    ("gateways", "gw1", {"vip_pool": "10.97.0.0/16"}, "gw1.branchline_vip_pool: 10.97.0.0/16 overlaps 10.97.0.0/24"),
    ("gateways", "gw1", {"address": "203.0.113.20"}, "gw1.branchline_address: address '203.0.113.20' is that of lns2"),
    ("gateways", "gw1", {"lans": ["10.77.0.0/24"]}, "gw1.branchline_lans: no line ends at a gateway"),
    ("gateways", "gw1", {"access": ["eth2"]}, "gw1.branchline_access: is a variable of LACs"),
    ("lacs", "lac1", {"realms": {"corp.example": "lns9"}}, "lac1.branchline_realms: realm 'corp.example' has the"),
    ("lacs", "lac1", {"access": []}, "lac1.branchline_access: is empty"),
    ("remotes", "home1", {"lac": "lac9"}, "home1.branchline_lac: unknown LAC 'lac9'"),
    ("remotes", "home1", {"realm": "r"}, "home1.branchline_realm: unknown realm of lac1 'r'"),
    ("remotes", "home1", {"fixed_address": "10.30.0.1"}, "home1.branchline_fixed_address: 10.30.0.1 is outside pool"),
    ("remotes", "home1", {"line": "oslo-lns1"}, "home1.branchline_line: name of a line 'oslo-lns1' is that of oslo"),
    ("remotes", "home2", {"user": "home1"}, "home2.branchline_user: user 'home1@corp.example' is that of home1"),
    ("remotes", "oslo", {}, "oslo.branchline_groups: is in the group of branches and in that of remotes"),
]  # fmt: skip


@pytest.mark.parametrize(("group", "host", "values", "begins"), REFUSED)
def test_a_contradiction_is_named(group, host, values, begins):
    found = errors(with_(group, host, **values))
    assert [line for line in found if line.startswith(begins)], found


def trunks(plan):
    """The tunnels of gateway and LAC, by name, with the IPsec connection of each."""
    found = {}
    for host, role in (("gw1", "gateway"), ("lac1", "lac")):
        connections = {one["name"]: one for one in plan.hosts[host]["ipsec"]["connections"]}
        for name, trunk in plan.hosts[host]["engine"][role]["lns"].items():
            found[name] = trunk, connections[name]
    return found


def test_tunnels_in_transport_mode_have_ports_of_their_own():
    plan = planned(CARRIED, kernel_esp=True)
    ports = {name: trunk["source_port"] for name, (trunk, _connection) in trunks(plan).items()}
    lines = [host["engine"]["lines"] for host in plan.hosts.values()]
    taken = [line["source_port"] for own in lines for line in own.values() if "source_port" in line]
    assert {"gw1-lns2", "lac1-lns1"} <= set(ports)
    assert all(12288 <= port < 16384 for port in ports.values())
    assert len({*ports.values(), *taken}) == len(ports) + len(taken)
    for name, (trunk, connection) in trunks(plan).items():
        assert (connection["mode"], trunk["ipsec"]["virtual_ip"]) == ("transport", False), name
        assert connection["local_ts"] == f"dynamic[udp/{ports[name]}]"


def test_tunnels_with_a_virtual_ip_take_any_port():
    for trunk, connection in trunks(PLAN).values():
        assert (trunk["source_port"], connection["mode"], connection["local_ts"]) == (0, "tunnel", "dynamic[udp]")
