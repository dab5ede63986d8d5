"""Realms: which LNSs a gateway or LAC carries their users on to; VLANs, services and numbers of those who dial it."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.plan.inventories import (
    CARRIED,
    errors,
    planned,
)

BOTH = ["lns2", {"lns": "lns1", "preference": 20, "weight": 3}]
REALMS = copy.deepcopy(CARRIED)
REALMS["gateways"]["gw1"]["realms"] = {"corp.example": BOTH, "lab.example": "lns1"}
REALMS["branches"]["bergen"] = {"via": "gw1", "realm": "corp.example"}
REALMS["lacs"]["lac1"]["realms"] = {"corp.example": ["lns1", {"lns": "lns2", "preference": 20}]}


def with_(group, host, **values):
    """REALMS with variables of one host changed."""
    made = copy.deepcopy(REALMS)
    made[group].setdefault(host, {}).update(values)
    return made


def line_of(plan, name):
    return next(line for line in plan.lines if line["name"] == name)


WRITTEN = [
    # branchline_realms              the LNSs of the realm: name, preference, weight
    ("lns1",                                                [("lns1", 10, 1)]),
    (["lns1"],                                              [("lns1", 10, 1)]),
    ({"lns": "lns1", "weight": 2},                          [("lns1", 10, 2)]),
    (["lns1", "lns2"],                                      [("lns1", 10, 1), ("lns2", 10, 1)]),
    (["lns1", {"lns": "lns2", "preference": 20}],           [("lns1", 10, 1), ("lns2", 20, 1)]),
    ([{"lns": "lns1", "preference": 20}, "lns2"],           [("lns2", 10, 1), ("lns1", 20, 1)]),
    ([{"lns": "lns1", "preference": 0, "weight": 3}, "lns2"], [("lns1", 0, 3), ("lns2", 10, 1)]),
]  # fmt: skip


@pytest.mark.parametrize(("value", "wanted"), WRITTEN)
@pytest.mark.parametrize(("group", "host", "section"), [("lacs", "lac1", "lac"), ("gateways", "gw1", "gateway")])
def test_the_same_words_mean_the_same_at_a_lac_and_at_a_gateway(group, host, section, value, wanted):
    plan = planned(with_(group, host, realms={"corp.example": value}))
    engine = plan.hosts[host]["engine"][section]
    rule = engine["realms"]["corp.example"] if section == "lac" else engine["rules"][-1]
    assert [(one["line"], one["preference"], one["weight"]) for one in rule["lns"]] == [
        (f"{host}-{name}", *how) for name, *how in wanted
    ]
    line = line_of(plan, ("home1" if section == "lac" else "bergen") + "-" + wanted[0][0])
    assert (line["lns"], line["preference"], [one["lns"] for one in line["standby"]]) == (
        wanted[0][0], wanted[0][1], [name for name, *_ in wanted[1:]],
    )  # fmt: skip


PLAN = planned(REALMS)


def test_the_gateway_asks_by_name_and_realm_then_by_realm():
    gateway = PLAN.hosts["gw1"]["engine"]["gateway"]
    asked = [(rule.get("host_name"), rule.get("realm"), rule.get("line")) for rule in gateway["rules"]]
    assert asked == [
        ("bergen", "corp.example", "bergen-lns2"), (None, "corp.example", None), (None, "lab.example", None),
    ]  # fmt: skip
    assert (gateway["auth"], gateway["mru"]) == (["mschapv2", "chap-md5"], 1360)


def test_a_gateway_without_realms_asks_nobody():
    assert not {"auth", "mru"} & set(planned(CARRIED).hosts["gw1"]["engine"]["gateway"])


def test_what_is_asked_is_what_all_lnss_of_the_realms_have():
    made = with_("lns", "lns1", ppp_auth=["pap", "chap-md5"], mtu=1300)
    gateway = planned(made).hosts["gw1"]["engine"]["gateway"]
    assert (gateway["auth"], gateway["mru"]) == (["chap-md5"], 1300)


def test_the_branch_says_its_realm_and_each_lns_of_it_knows_the_user():
    assert PLAN.hosts["bergen"]["engine"]["lines"]["bergen-lns2"]["user"] == "bergen@corp.example"
    for lns in ("lns1", "lns2"):
        user = PLAN.hosts[lns]["engine"]["lns"]["users"]["bergen@corp.example"]
        assert (user["line"], user["secret"]) == ("bergen-lns2", {"$secret": "bergen-lns2.ppp.1"})
    line = line_of(PLAN, "bergen-lns2")
    assert (line["user"], line["realm"], line["standby"][0]["ends"]) == (
        "bergen@corp.example", "corp.example", ["bergen", "gw1", "lns1"],
    )  # fmt: skip


def test_a_remote_is_a_user_of_every_lns_of_its_realm():
    users = {lns: PLAN.hosts[lns]["engine"]["lns"]["users"]["home1@corp.example"] for lns in ("lns1", "lns2")}
    assert {user["line"] for user in users.values()} == {"home1-lns1"}
    line = line_of(PLAN, "home1-lns1")
    other = {**line, **line["standby"][0]}
    assert (other["ends"], [hop["name"] for hop in other["hops"]]) == (["home1", "lac1", "lns2"], ["lac1-lns2"])
    assert (other["lns_address"], other["pool_ranges"], other["routes"], other["connection"]) == (
        "10.21.0.1", ["10.21.0.16-10.21.0.31"], line["routes"], "lac1-lns2",
    )  # fmt: skip
    assert line_of(PLAN, "home1-lns1")["told"].endswith("; standby lns2")


def test_a_fixed_address_is_that_of_the_first_lns():
    plan = planned(with_("remotes", "home1", fixed_address="10.20.0.20"))
    given = [plan.hosts[lns]["engine"]["lns"]["users"]["home1@corp.example"]["address"] for lns in ("lns1", "lns2")]
    assert given == ["10.20.0.20", None]


def test_the_hop_that_carries_least_decides_the_mtu():
    made = with_("lns", "lns2", mtu=1280)
    assert (line_of(planned(made), "home1-lns1")["mtu"], line_of(planned(made), "bergen-lns2")["mtu"]) == (1280, 1280)


def test_vlans_and_services():
    made = with_(
        "lacs", "lac1", access=["eth2", {"interface": "eth3", "vlans": [0, 7], "realm": "corp.example"}],
        services={"office": "corp.example", "any": None}, failover={"setup": 3},
    )  # fmt: skip
    made["remotes"]["home1"].update(access_vlan=7, service="office")
    plan = planned(made)
    lac = plan.hosts["lac1"]["engine"]["lac"]
    vlans = {"interface": "eth3", "vlans": [0, 7], "realm": "corp.example"}
    assert lac["interfaces"] == [{"interface": "eth2"}, vlans]
    named = [{"name": "any", "realm": None}, {"name": "office", "realm": "corp.example"}]
    assert lac["services"] == [{"name": ""}, *named]
    assert (lac["setup"], lac["dead"]) == (3, 60)
    pppoe = plan.hosts["home1"]["engine"]["lines"]["home1-lns1"]["pppoe"]
    assert pppoe == {"interface": "eth1", "ac": "lac1", "vlan": 7, "service": "office"}


def test_a_service_says_the_realm():
    made = with_(
        "lacs", "lac1", realms={"corp.example": "lns1", "lab.example": "lns2"}, services={"lab": "lab.example"}
    )
    made["remotes"]["home1"]["service"] = "lab"
    assert line_of(planned(made), "home1-lns2")["user"] == "home1@lab.example"


CALLED = [
    # branchline_circuit                                      the number, and what else tells the host
    ("5551234", "5551234", {}),
    (5551234, "5551234", {}),
    ({"number": "7", "mac": "02:00:00:00:00:0A"}, "7", {"mac": "02:00:00:00:00:0a"}),
    ({"number": "7", "remote_id": "dsl 3/1", "mac": None}, "7", {"remote_id": "dsl 3/1"}),
]


@pytest.mark.parametrize(("value", "number", "facts"), CALLED)
def test_a_remote_that_is_called(value, number, facts):
    made = with_("remotes", "home2", circuit=value)
    made["lacs"]["lac1"]["dialler"] = "/usr/local/bin/dial"
    plan = planned(made)
    lac, user = plan.hosts["lac1"]["engine"]["lac"], "home2@corp.example"
    service = f"circuit-{number}"
    circuit = {"line": "home2-lns1", "service": service, "dialler": ["/usr/local/bin/dial"], **facts}
    assert lac["circuits"] == {number: circuit}
    assert lac["services"] == [{"name": ""}, {"name": service, "wait": True}]
    assert (list(lac["callers"]), lac["lns"]["lac1-lns1"]["outgoing"]) == (["home1@corp.example"], True)
    assert "outgoing" not in lac["lns"]["lac1-lns2"]
    dial = plan.hosts["lns1"]["engine"]["lns"]["users"][user]["dial"]
    assert dial == {"lac": "lac1", "number": number, "keep": True}
    assert user not in plan.hosts["lns2"]["engine"]["lns"]["users"]
    pppoe = plan.hosts["home2"]["engine"]["lines"]["home2-lns1"]["pppoe"]
    assert (pppoe["service"], pppoe["wait"]) == (service, True)
    assert line_of(plan, "home2-lns1")["circuit"] == number


REFUSED = [
    # group     host     variables                          the one error begins with
    ("branches", "bergen", {"realm": "x"}, "bergen.branchline_realm: unknown realm 'x' of gw1; name one of its realms"),
    ("branches", "bergen", {"lns": "lns2"}, "bergen.branchline_lns: the realm 'corp.example' says which LNS at gw1"),
    ("branches", "bergen", {"standby": ["lns1"]}, "bergen.branchline_standby: the realm 'corp.example' says which"),
    ("branches", "oslo", {"realm": "corp.example"}, "oslo.branchline_realm: is what a gateway goes by, and the line"),
    ("branches", "bergen", {"via": "gw9"}, "bergen.branchline_via: unknown gateway 'gw9'"),
    ("gateways", "gw1", {"realms": {"r": "lns9"}}, "gw1.branchline_realms: realm 'r' has the unknown LNS 'lns9'"),
    ("gateways", "gw1", {"realms": {"r": []}}, "gw1.branchline_realms: realm 'r' has no LNS, or one twice"),
    ("gateways", "gw1", {"realms": {"r": ["lns1", "lns1"]}}, "gw1.branchline_realms: realm 'r' has no LNS, or one"),
    ("gateways", "gw1", {"realms": ["lns1"]}, "gw1.branchline_realms: is not a mapping"),
    ("gateways", "gw1", {"realms": {"a b": "lns1"}}, "gw1.branchline_realms: 'a b' is no realm"),
    ("lacs", "lac1", {"realms": {}}, "lac1.branchline_realms: names no realm"),
    ("lacs", "lac1", {"realms": {"r": [{"lns": "lns1", "pool": "x"}]}}, "lac1.branchline_realms: an entry has pool"),
    ("lacs", "lac1", {"access": []}, "lac1.branchline_access: is empty"),
    ("lacs", "lac1", {"access": [{"interface": "eth1", "vlans": [4095]}]}, "lac1.branchline_access: 4095 is not"),
    ("lacs", "lac1", {"access": [{"interface": "eth1", "vlan": 7}]}, "lac1.branchline_access: has vlan; write"),
    ("lacs", "lac1", {"access": [{"interface": "eth1", "realm": "x"}]}, "lac1.branchline_access: 'eth1' has the"),
    ("lacs", "lac1", {"services": {"s": "x"}}, "lac1.branchline_services: 's' has the unknown realm 'x'"),
    ("lacs", "lac1", {"dialler": "dial"}, "lac1.branchline_dialler: 'dial' is not a path from the root"),
    ("remotes", "home1", {"service": "gold"}, "home1.branchline_service: lac1 does not offer the service 'gold'"),
    ("remotes", "home1", {"access_vlan": 7}, "home1.branchline_access_vlan: lac1 takes no hosts in on VLAN 7"),
    ("remotes", "home1", {"circuit": "5 5"}, "home1.branchline_circuit: '5 5' is not a number to call"),
    ("remotes", "home1", {"circuit": {"mac": "02:00:00:00:00:01"}}, "home1.branchline_circuit: has no number"),
    ("remotes", "home1", {"circuit": {"number": 1, "mac": "x"}}, "home1.branchline_circuit: 'x' is not an Ethernet"),
    ("remotes", "home2", {"circuit": "1", "service": "s"}, "home2.branchline_service: a remote that is called asks"),
    ("lns", "lns2", {"vip_pool": "10.99.0.0/25"}, "lns2.branchline_vip_pool: 10.99.0.0/25 overlaps 10.99.0.0/24 of"),
    ("lns", "lns2", {"pools": {"branches": ["10.21.0.16"]}}, "lns2.branchline_pools: pool 'branches' has 1 addresses"),
    ("lns", "lns2", {"ppp_auth": ["pap"]}, "home1.branchline_realm: lns2 wants pap of PPP, and lns1 mschapv2"),
]  # fmt: skip


@pytest.mark.parametrize(("group", "host", "values", "begins"), REFUSED)
def test_a_contradiction_is_named(group, host, values, begins):
    found = errors(with_(group, host, **values))
    assert [line for line in found if line.startswith(begins)], found


def test_a_number_is_one_remotes():
    made = with_("remotes", "home2", circuit="7")
    made["remotes"]["home3"] = {"circuit": "7"}
    found = errors(made)
    assert [line for line in found if line.startswith("home3.branchline_circuit: the number '7' is that of home2")]
