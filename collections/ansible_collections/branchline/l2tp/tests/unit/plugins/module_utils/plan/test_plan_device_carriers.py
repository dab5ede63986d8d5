"""Devices between the ends of lines: a LAC that is one, what each platform cannot do there, and the other end of it."""

from __future__ import annotations

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.compute import plan
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import PlanErrors
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import driver
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.plan.inventories import (
    CARRIED,
    DIALLED,
    changed,
    intent,
)

CAN = driver.all_capabilities()
KERNEL = {"ipsec_backend": "kernel"}
TWO = {"lns1": KERNEL, "lns2": KERNEL}
XE = {"platform": "cisco_iosxe", "outer_interface": "GigabitEthernet0/0/0"}
IOS = {**XE, "platform": "cisco_ios"}
VYOS = {"platform": "vyos", "outer_interface": "eth0"}
V1 = {"ike_version": 1}
CHAP, PAP = {**KERNEL, "ppp_auth": ["chap-md5"]}, {**KERNEL, "ppp_auth": ["pap"]}


def planned(changes, base=None):
    return plan(intent(changed(changes, base or DIALLED)), {}, platforms=CAN)


def told(changes, base=None):
    try:
        planned(changes, base)
    except PlanErrors as found:
        return [str(error) for error in found.errors]
    return []


SEVERAL = {"corp.example": ["lns1", {"lns": "lns2", "preference": 20}]}

REFUSED = [
    # Who can be what.
    ({"lac1": VYOS}, "lac1.branchline_platform: VyOS 1.4 cannot be a LAC here (VyOS has no LAC; its PPPoE server ends"),
    ({"lac1": {"platform": "mikrotik_routeros"}}, "MikroTik RouterOS 7 cannot be a LAC here (RouterOS has no LAC, as "),
    ({"lac1": {"platform": "linux_ssh"}}, "Linux over ssh (xl2tpd, strongSwan) cannot be a LAC here (Of Linux this is"),
    ({"lac1": {"platform": "cisco_ioss"}}, "lac1.branchline_platform: there is no platform 'cisco_ioss'; did you me"),
    ({"home1": IOS}, "home1.branchline_platform: Cisco IOS 15 cannot be a PPPoE client that dials a LAC here (It can "),
    # What a LAC needs.
    ({"lac1": {"platform": "cisco_ios"}}, "lac1.branchline_outer_interface: is missing, and Cisco IOS 15 binds IPsec"),
    ({"lac1": {**IOS, "interface": "ppp0"}}, "lac1.branchline_interface: 'ppp0' is not an interface of Cisco IOS 15"),
    ({"lac1": XE}, "lac1.branchline_platform: Cisco IOS XE does ESP in transport mode only, and the line has tunnel"),
    ({"lac1": XE}, "set branchline_ipsec_backend of lns2 to kernel, whose kernel must have ESP"),
    ({**TWO, "lac1": {**IOS, "profile": "modern"}}, "lac1.branchline_profile: profile 'modern' has no proposal for"),
    ({**TWO, "lac1": {**XE, "ike_auth": "x509"}}, "lac1.branchline_ike_auth: is x509, and lac1 is Cisco IOS XE, whi"),
    ({**TWO, "lac1": {**XE, "sequencing": True}}, "lac1.branchline_sequencing: Cisco IOS XE has no sequence numbers"),
    ({**TWO, "lns2": {**KERNEL, "profile": "compatible"}, "lac1": XE},
     "lac1.branchline_profile: Cisco IOS XE has one set of proposals for all its tunnels, and there are compatible,"),
    ({"lns1": CHAP, "lns2": PAP, "lac1": XE},
     "lac1.branchline_platform: Cisco IOS XE asks all hosts for the same of chap-md5, pap (lns1 wants chap-md5; lns"),
    # Several LNSs of a realm; who is called; VLANs.
    ({**TWO, "lac1": {**XE, "realms": SEVERAL}}, "lac1.branchline_tunnel_secret: Cisco IOS XE has one for all LNSs"),
    ({**TWO, "lac1": {**XE, "realms": {"corp.example": [{"lns": "lns1", "weight": 3}]}}},
     "lac1.branchline_realms: Cisco IOS XE knows the order of LNSs, and no weights"),
    ({**TWO, "lns2": {"platform": "mikrotik_routeros"}, "lac1": {**KERNEL, "profile": "compatible", "realms": SEVERAL}},
     "lac1.branchline_realms: lns2 is MikroTik RouterOS 7, which cannot be one of several LNSs yet"),
    ({**TWO, "lac1": XE, "home1": {"circuit": "5551234"}},
     "home1.branchline_circuit: lac1 is Cisco IOS XE, which calls no host"),
    ({**TWO, "lac1": {**XE, "access": [{"interface": "GigabitEthernet0/1", "vlans": [7]}]}},
     "lac1.branchline_access: Cisco IOS XE has a subinterface for each VLAN"),
    ({**TWO, "lac1": {**XE, "services": {"office": None}}}, "lac1.branchline_services: Cisco IOS XE offers no serv"),
    # Linux writes its interfaces otherwise than a device.
    ({"lac1": {"access": ["GigabitEthernet0/0/2"]}}, "lac1.branchline_access: 'GigabitEthernet0/0/2' is not an inte"),
    # An LNS that is a device takes the tunnels of branches.
    ({"lns1": {**XE, **KERNEL}, "lac1": KERNEL},
     "lns1.branchline_platform: Cisco IOS XE takes the tunnels of branches alone (A branch is known to its LNS by a v"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "line"), REFUSED)
def test_what_a_platform_cannot_do_is_named(changes, line):
    assert [error for error in told(changes) if line in error], told(changes)


GATEWAYS = [
    (
        "cisco_iosxe",
        "gw1.branchline_platform: Cisco IOS XE cannot be a gateway here (Its `vpdn multihop` is not in this",
    ),
    (
        "vyos",
        "gw1.branchline_platform: VyOS 1.4 cannot be a gateway here (Its L2TP server (accel-ppp) ends every session",
    ),
]


@pytest.mark.parametrize(("platform", "line"), GATEWAYS)
def test_a_gateway_that_is_a_device_is_refused_with_the_reason(platform, line):
    assert [error for error in told({"gw1": {**XE, "platform": platform}}, CARRIED) if error.startswith(line)]


def test_an_lns_behind_a_gateway_that_is_a_device_is_refused():
    found = told({"lns2": {**XE, **KERNEL}, "gw1": KERNEL}, CARRIED)
    assert [error for error in found if "takes the tunnels of branches alone" in error and "and gw1 calls" in error]


def test_a_device_that_is_a_lac_has_its_realms_and_both_tunnels():
    found = planned({**TWO, "lac1": XE})
    assert "lac1" not in found.hosts
    state = found.devices["lac1"]["device"]["lac"]
    assert {name: group["domains"] for name, group in state["groups"].items()} == {
        "lns1": ["corp.example"],
        "lns2": ["b.example", "c.example"],
    }
    assert (state["auth"], state["access"], state["outer_interface"]) == (["chap-md5"], ["eth2"], XE["outer_interface"])


def test_both_ends_of_its_tunnel_say_the_same():
    found = planned({**TWO, "lac1": XE})
    state, lns = found.devices["lac1"]["device"]["lac"], found.hosts["lns1"]
    group, peer = state["groups"]["lns1"], state["peers"]["lac1-lns1"]
    assert lns["engine"]["lns"]["peers"] == {"lac1": {"secret": group["tunnel_secret"]}}
    assert state["host_name"] == "lac1"
    (key,) = [one for one in lns["ipsec"]["secrets"] if one["ids"] == ["lac1", "lns1"]]
    assert (peer["key"], peer["id"], {peer["address"]: 1}) == (key["secret"], "lns1", group["lns"])
    (connection,) = lns["ipsec"]["connections"]
    assert (connection["mode"], state["ipsec"]["mode"]) == ("transport", "transport")
    assert set(state["ipsec"]["esp_proposals"]) <= set(connection["esp_proposals"])
    assert "home1@corp.example" in lns["engine"]["lns"]["users"]


def test_a_remote_dials_it_as_any_other_lac():
    found = planned({**TWO, "lac1": {**XE, "ac_name": "access-1"}})
    (line,) = found.hosts["home1"]["engine"]["lines"].values()
    assert line["pppoe"] == {"interface": "eth1", "ac": "access-1"}
    assert found.devices["lac1"]["device"]["lac"]["mtu"] >= line["mtu"]
    (described,) = found.lines
    assert (described["ends"], described["hops"][0]["mode"]) == (["home1", "lac1", "lns1"], "transport")
    assert described["platform"] == {"home1": "linux", "lac1": "cisco_iosxe", "lns1": "linux"}


def test_in_clear_it_has_no_peers_and_binds_nothing_outside():
    state = planned({**TWO, "lac1": {**XE, "protection": "none"}}).devices["lac1"]["device"]["lac"]
    assert (state["peers"], state["ipsec"], state["outer_interface"]) == ({}, None, None)


def test_an_unmanaged_one_is_rendered():
    found = planned({**TWO, "lac1": {**IOS, **V1, "managed": False}})
    assert ("lac1" in found.devices, found.rendered["lac1"]["platform"]) == (False, "cisco_ios")


BEHIND = {"gw1": KERNEL, "lns2": KERNEL}


@pytest.mark.parametrize("own", [XE, {"platform": "linux_ssh"}], ids=lambda own: own["platform"])
def test_a_branch_that_is_a_device_may_be_behind_a_gateway(own):
    found = planned({**BEHIND, "bergen": own}, CARRIED)
    (line,) = found.devices["bergen"]["device"]["lines"].values()
    assert (line["lns"], line["host_name"], line["ipsec"]["remote_id"]) == ("203.0.113.30", "bergen", "gw1")
    gateway = found.hosts["gw1"]["engine"]["gateway"]
    assert gateway["peers"] == {"bergen": {"secret": line["tunnel_secret"]}}
    assert [rule["host_name"] for rule in gateway["rules"]] == ["bergen"]
    (described,) = [one for one in found.lines if one["branch"] == "bergen"]
    asked = " ".join(driver.checks(own["platform"], described, "bergen", {}).values())
    assert "203.0.113.20" not in asked  # its SA is that with the gateway


def test_one_that_says_a_name_of_its_own_may_not():
    found = told({**BEHIND, "bergen": {"platform": "mikrotik_routeros"}}, CARRIED)
    (error,) = [
        error for error in found if error.startswith("bergen.branchline_via: gw1 knows a line by its Host Name")
    ]
    assert "MikroTik RouterOS 7 says its own (The name in the L2TP messages is that of /system identity)" in error


def test_an_lns_that_is_a_device_has_the_users_that_a_lac_brings():
    lac1 = {**KERNEL, "profile": "compatible"}
    found = planned({"lns1": {"platform": "mikrotik_routeros"}, "lac1": lac1, "lns2": KERNEL})
    own, lac = found.devices["lns1"]["device"]["lns"], found.hosts["lac1"]
    (name, user), *others = own["users"].items()
    assert (name, user["line"], user["id"], others) == ("home1@corp.example", "home1-lns1", None, [])
    (key,) = [one["secret"] for one in lac["ipsec"]["secrets"] if one["ids"] == ["lac1", "lns1"]]
    assert own["peers"] == {"lac1": {"id": "lac1", "key": key}}
    assert lac["engine"]["lac"]["lns"]["lac1-lns1"]["tunnel_secret"] is None


def test_one_behind_a_gateway_has_its_branches():
    changes = {"lns2": VYOS, "gw1": {**KERNEL, **V1}, "bergen": {"lans": []}}
    own = planned(changes, CARRIED).devices["lns2"]["device"]["lns"]
    assert (list(own["users"]), own["peers"], own["ipsec"]["secret"]) == (["bergen"], {}, {"$secret": "lns2.ikev1.1"})


def test_what_it_cannot_do_for_those_is_named_too():
    found = told({"lns1": VYOS, "lac1": {**KERNEL, **V1}, "lns2": KERNEL, "home1": {"lans": ["192.168.9.0/24"]}})
    assert [
        error for error in found if error.startswith("home1.branchline_lans: lns1 is VyOS 1.4, which has no routes")
    ]


def test_several_lnss_of_a_realm_are_asked_in_order_with_one_secret():
    realms = {**SEVERAL, "b.example": ["lns1", "lns2"], "c.example": "lns2"}
    found = planned({**TWO, "lac1": {**XE, "realms": realms, "tunnel_secret": True}})
    groups = found.devices["lac1"]["device"]["lac"]["groups"]
    assert {name: group["lns"] for name, group in groups.items()} == {
        "lns1+lns2": {"203.0.113.10": 1, "203.0.113.20": 2},
        "lns1=lns2": {"203.0.113.10": 1, "203.0.113.20": 1},
        "lns2": {"203.0.113.20": 1},
    }
    refs = {group["tunnel_secret"]["$secret"] for group in groups.values()}
    assert {found.secrets[ref]["var"][1] for ref in refs} == {"branchline_tunnel_secret"}
    assert "home1@corp.example" in found.hosts["lns2"]["engine"]["lns"]["users"]
