"""Devices at an end of a line: what each side gets, and what a platform cannot do, by device and feature."""

from __future__ import annotations

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.compute import plan
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import PlanErrors
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import driver
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.plan.inventories import (
    CERTIFICATE,
    changed,
    intent,
)

CAN = driver.all_capabilities()
KERNEL = {"ipsec_backend": "kernel"}
IOS = {"platform": "cisco_ios", "outer_interface": "GigabitEthernet0/0"}
XE = {**IOS, "platform": "cisco_iosxe"}
ROS = {"platform": "mikrotik_routeros"}
SSH = {"platform": "linux_ssh"}
VYOS = {"platform": "vyos", "outer_interface": "eth0"}
ALIKE = {"oslo": {**KERNEL, "ike_version": 1, "lans": []}, "lyon": {**KERNEL, "ike_version": 1}}
OWN_CERTIFICATE = {"certificate": CERTIFICATE, "private_key": True, "ca": CERTIFICATE}
X509 = {name: {**one, "ike_auth": "x509", **OWN_CERTIFICATE} for name, one in ALIKE.items()}
TRANSPORT = "does ESP in transport mode only, and the line has tunnel mode with a virtual IP"


def planned(changes):
    return plan(intent(changed(changes)), {}, platforms=CAN)


def told(changes):
    try:
        planned(changes)
    except PlanErrors as found:
        return [str(error) for error in found.errors]
    return []


REFUSED = [
    # The platform itself, and the role.
    ({"bergen": {"platform": "cisco_iso"}}, "bergen.branchline_platform: there is no platform 'cisco_iso'; did you"),
    ({"bergen": {"platform": "nokia"}}, "bergen.branchline_platform: there is no platform 'nokia'; name one of"),
    ({"bergen": VYOS}, "bergen.branchline_platform: VyOS 1.4 cannot be an L2TP client here (VyOS has no L2TPv2 client"),
    ({"lns1": SSH}, "lns1.branchline_platform: Linux over ssh (xl2tpd, strongSwan) cannot be an LNS here (An LNS on"),
    ({"bergen": {"platform": "windows", "ike_version": 1}},
     "bergen.branchline_managed: Windows 10 and 11 (PowerShell) is not configured from here, only rendered for"),
    ({"bergen": {"platform": "cisco_ios"}}, "bergen.branchline_outer_interface: is missing, and Cisco IOS 15 binds"),
    ({"bergen": {**IOS, "id": "CN=bergen, O=x"}},
     "bergen.branchline_id: 'CN=bergen, O=x' is not an identity that Cisco IOS 15 can have"),
    ({"bergen": {**IOS, "interface": "ppp0"}},
     "bergen.branchline_interface: 'ppp0' is not an interface of Cisco IOS 15 for this; write it as in Virtual-PPP1"),
    ({"bergen": {**IOS, "line": "lns"}}, "bergen.branchline_line: a line of Cisco IOS 15 cannot be called lns"),
    ({"bergen": {**IOS, "line": "lac"}}, "bergen.branchline_line: a line of Cisco IOS 15 cannot be called lac"),
    # IPsec.
    ({"bergen": IOS}, f"bergen.branchline_platform: Cisco IOS 15 {TRANSPORT}"),
    ({"bergen": ROS}, "set branchline_ipsec_backend of lns1 to kernel, whose kernel must have ESP"),
    ({"lns1": XE}, f"lns1.branchline_platform: Cisco IOS XE {TRANSPORT}"),
    ({"lns1": XE}, "set branchline_ipsec_backend of lyon to kernel"),
    ({"bergen": {**IOS, "ipsec_backend": "libipsec"}},
     "bergen.branchline_ipsec_backend: is libipsec, and Cisco IOS 15 does ESP by kernel only; remove it"),
    ({"lns1": KERNEL, "bergen": {**IOS, "profile": "modern"}},
     "bergen.branchline_profile: profile 'modern' has no proposal for IKE that Cisco IOS 15 can speak; it lacks"),
    ({"lns1": KERNEL, "bergen": {**IOS, "profile": "modern"}},
     "bergen.branchline_profile: profile 'modern' has no proposal for ESP that Cisco IOS 15 can speak; it lacks"),
    ({"lns1": KERNEL, "bergen": {**ROS, "profile": "modern"}},
     "bergen.branchline_profile: profile 'modern' has no proposal for IKE that MikroTik RouterOS 7 can speak"),
    ({"lns1": VYOS, "oslo": {**KERNEL, "lans": []}, "lyon": KERNEL},
     "oslo.branchline_ike_version: is 2, and lns1 is VyOS 1.4, which has 1 only"),
    ({"bergen": {**XE, "ike_auth": "x509", "certificate": CERTIFICATE, "private_key": True, "ca": CERTIFICATE}},
     "bergen.branchline_ike_auth: is x509, and bergen is Cisco IOS XE, which has psk only (A private"),
    ({"lns1": {**VYOS, **OWN_CERTIFICATE}, **X509},
     "lns1.branchline_id: is 'lns1', and the identity of VyOS 1.4 is the subject of its certificate; write that"),
    ({"lns1": {**VYOS, **OWN_CERTIFICATE, "id": "CN=lns1", "ca": CERTIFICATE * 2}, **X509},
     "lns1.branchline_ca: VyOS 1.4 takes one certificate, and there are several; leave one"),
    ({"lns1": {**VYOS, **OWN_CERTIFICATE, "id": "CN=lns1"}, **X509, "oslo": ALIKE["oslo"]},
     "lns1.branchline_platform: VyOS 1.4 serves all lines alike, and there are IKEv1 by psk with compatible, IKEv1 b"),
    ({"lns1": KERNEL, "bergen": {**ROS, "protection": "ah"}},
     "bergen.branchline_protection: is ah, and bergen is MikroTik RouterOS 7, which has esp or none only"),
    # L2TP and PPP.
    ({"lns1": {"ppp_auth": ["mschapv2"]}, "bergen": IOS},
     "bergen.branchline_platform: Cisco IOS 15 answers chap-md5, pap, and lns1 wants mschapv2 of PPP"),
    ({"bergen": {**IOS, "default_route": True}}, "bergen.branchline_default_route: Cisco IOS 15 has no default route"),
    ({"bergen": {**ROS, "sequencing": True}}, "bergen.branchline_sequencing: MikroTik RouterOS 7 has no sequence"),
    ({"bergen": {**SSH, "hello": 30}}, "bergen.branchline_hello: Linux over ssh (xl2tpd, strongSwan) has no setting"),
    ({"lns1": {**VYOS}, **ALIKE, "oslo": {**KERNEL, "ike_version": 1}},
     "oslo.branchline_lans: lns1 is VyOS 1.4, which has no routes to the networks of a branch"),
    # What an LNS can say only once.
    ({"lns1": {**XE, "pools": {"a": ["10.20.0.16"], "b": ["10.20.0.17"]}}, "oslo": {"pool": "a"},
      "lyon": {"pool": "b"}},
     "lns1.branchline_pools: Cisco IOS XE takes one pool for all, and there are 2; keep one"),
    ({"lns1": XE, "oslo": KERNEL, "lyon": {**KERNEL, "ike_version": 1}},
     "lns1.branchline_platform: Cisco IOS XE serves all lines alike, and there are IKEv1 by psk with "),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "line"), REFUSED)
def test_what_a_platform_cannot_do_is_named(changes, line):
    assert [error for error in told(changes) if line in error], told(changes)


GOOD = [
    # changes, the device, backend and mode of its line
    ({"bergen": SSH}, "bergen", "libipsec", "tunnel"),
    ({"lns1": KERNEL, "bergen": SSH}, "bergen", "libipsec", "tunnel"),
    ({"bergen": {**SSH, **KERNEL}}, "bergen", "kernel", "tunnel"),
    ({"lns1": KERNEL, "bergen": {**SSH, **KERNEL}}, "bergen", "kernel", "transport"),
    ({"lns1": KERNEL, "bergen": IOS}, "bergen", "kernel", "transport"),
    ({"lns1": KERNEL, "bergen": XE}, "bergen", "kernel", "transport"),
    ({"lns1": KERNEL, "bergen": ROS}, "bergen", "kernel", "transport"),
    ({"lns1": XE, "oslo": KERNEL, "lyon": KERNEL}, "lns1", "kernel", "transport"),
    ({"lns1": VYOS, **ALIKE}, "lns1", "kernel", "transport"),
]


@pytest.mark.parametrize(("changes", "device", "backend", "mode"), GOOD)
def test_a_device_has_a_part_of_the_plan_of_its_own(changes, device, backend, mode):
    found = planned(changes)
    assert device in found.devices
    assert device not in found.hosts
    assert set(found.hosts) | set(found.devices) == {"lns1", "oslo", "lyon", *changes}
    (line,) = [line for line in found.lines if device in line["ends"]][:1]
    assert (line["backend"][device], line["mode"]) == (backend, mode)
    assert line["platform"][device] == found.devices[device]["platform"]


def test_both_ends_say_the_same():
    found = planned({"lns1": KERNEL, "bergen": XE})
    own = found.devices["bergen"]["device"]["lines"]["bergen-lns1"]
    lns = found.hosts["lns1"]
    user = lns["engine"]["lns"]["users"]["bergen"]
    assert own["secret"] == user["secret"]
    assert own["tunnel_secret"] == lns["engine"]["lns"]["peers"]["bergen"]["secret"]
    (key,) = [one for one in lns["ipsec"]["secrets"] if one["ids"] == ["bergen", "lns1"]]
    assert own["ipsec"]["secret"] == key["secret"]
    (connection,) = [one for one in lns["ipsec"]["connections"] if one["mode"] == "transport"]
    assert set(own["ipsec"]["proposals"]) <= set(connection["proposals"])
    assert set(own["ipsec"]["esp_proposals"]) <= set(connection["esp_proposals"])
    assert {own["ipsec"]["remote_id"], own["lns"]} == {connection["local_id"], connection["local_address"]}


def test_both_ends_say_the_same_of_certificates():
    found = planned({"lns1": {**VYOS, **OWN_CERTIFICATE, "id": "CN=lns1, O=x"}, **X509})
    own = found.devices["lns1"]["device"]["lns"]["ipsec"]
    assert (own["auth"], own["secret"]) == ("x509", {"$secret": "lns1.key.1"})
    assert own["certificate"].startswith(CERTIFICATE)
    (connection,) = found.hosts["oslo"]["ipsec"]["connections"]
    assert (connection["auth"], connection["version"], connection["remote_id"]) == ("x509", 1, "CN=lns1, O=x")
    assert found.secrets["lns1.key.1"] == {"var": ["lns1", "branchline_private_key"]}


def test_a_branch_of_an_lns_that_tells_no_name_demands_none():
    found = planned({"lns1": ROS, "oslo": KERNEL, "lyon": KERNEL})
    (line,) = found.hosts["oslo"]["engine"]["lines"].values()
    assert (line["peer_host_name"], line["tunnel_secret"], line["hide_avps"]) == (None, None, False)


def test_a_platform_without_tunnel_secret_is_warned_about():
    found = planned({"lns1": KERNEL, "bergen": ROS})
    assert found.hosts["lns1"]["engine"]["lns"]["require_tunnel_secret"] is False
    assert "bergen" not in found.hosts["lns1"]["engine"]["lns"]["peers"]
    assert [line for line in found.warnings if "MikroTik RouterOS 7 has no tunnel secret: lns1 lets in" in line]


def test_an_unmanaged_device_is_rendered_for_whoever_configures_it():
    found = planned({"lns1": KERNEL, "bergen": {**XE, "managed": False}})
    assert "bergen" not in found.devices
    assert found.rendered["bergen"]["platform"] == "cisco_iosxe"


def test_an_inventory_without_devices_has_none():
    assert planned({}).devices == {}


@pytest.mark.parametrize("platform", driver.platforms())
def test_every_table_of_capabilities_is_complete(platform):
    can = CAN[platform]
    words = {"title", "managed", "roles", "ike_versions", "ike_auth", "protection", "esp", "ppp_auth", "options"}
    assert set(can) >= words | {
        "interface",
        "outer_interface",
        "profile",
        "proposals",
        "algorithms",
        "notes",
        "sources",
    }
    assert set(can["roles"]) <= {"client", "lns", "lac"}
    assert all(modes and set(modes) <= {"tunnel", "transport"} for modes in can["esp"].values())
    assert {"ike", "esp"} <= set(can["algorithms"])
    assert all(url.startswith("http") for url in can["sources"].values())
    assert [role for role in ("client", "lns", "lac") if role in can["roles"] and not can["ppp_auth"][role]] == []
