"""Devices in inventories, a case for each feature of the plan; the golden files are what is rendered for them.

Run as a module it writes the golden files anew: look at what git says about them.
"""

from __future__ import annotations

from pathlib import Path

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.compute import plan
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import driver
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.plan.inventories import (
    DIALLED,
    SMALL,
    changed,
    intent,
)

GOLDEN = Path(__file__).parent / "golden"
CAN = driver.all_capabilities()
KERNEL = {"ipsec_backend": "kernel"}
LNS = {"lns1": KERNEL}
OUTER = {"outer_interface": "GigabitEthernet0/0/1"}
V1 = {"ike_version": 1}
CLEAR = {"protection": "none"}
UNMANAGED = {"managed": False, **V1}
SERVED = {"oslo": {**KERNEL, "fixed_address": "10.20.0.20"}, "lyon": {**KERNEL, "secret_generation": 2}}
SERVED_V1 = {"oslo": {**KERNEL, **V1, "fixed_address": "10.20.0.20", "lans": []}, "lyon": {**KERNEL, **V1}}
PEM = "-----BEGIN CERTIFICATE-----\nMIIBaa+/BB==\n-----END CERTIFICATE-----\n"
X509 = {"ike_auth": "x509", "certificate": PEM, "private_key": True, "ca": PEM.replace("aa", "cc")}
LNS_X509 = {name: value for name, value in X509.items() if name != "ike_auth"}
SERVED_X509 = {"oslo": {**KERNEL, **V1, **X509, "lans": []}, "lyon": {**KERNEL, **V1, **X509}}
NO_LAN = {**CLEAR, "lans": []}
ETH0 = {"outer_interface": "eth0"}
TWO_DNS = {"dns": ["10.10.0.53", "10.10.0.54"]}
LONGER = {"hello": 20, "mtu": 1300, "routes": ["10.10.0.0/24", "10.11.0.0/16"]}
TUNED = {**LONGER, "sequencing": True, "interface": "Virtual-PPP7", "id": "a@b.example"}
TUNED_ROS = {**LONGER, "default_route": True, "id": "198.51.100.7"}
BOTH = {"ppp_auth": ["chap-md5", "pap"]}

TWO = {"lns1": KERNEL, "lns2": KERNEL}
LAC = {**OUTER, "access": ["GigabitEthernet0/0/2", "GigabitEthernet0/0/3.10"]}
LATER = {"lns": "lns1", "preference": 20}
ORDERED = {
    "b.example": ["lns2", LATER],
    "c.example": ["lns1", "lns2"],
    "corp.example": "lns1",
    "e.example": ["lns2", LATER],
}

CASES = {
    # platform and feature             device    changes to the inventory of a Linux LNS with two Linux branches
    "linux_ssh/tunnel":               ("bergen", {}),
    "linux_ssh/transport":            ("bergen", {**LNS, "bergen": KERNEL}),
    "linux_ssh/ikev1":                ("bergen", {"bergen": V1}),
    "linux_ssh/x509":                 ("bergen", {"lns1": LNS_X509, "bergen": X509}),
    "linux_ssh/clear":                ("bergen", {"bergen": CLEAR}),
    "linux_ssh/default_route":        ("bergen", {"bergen": {"default_route": True, "fixed_address": "10.20.0.30"}}),
    "linux_ssh/pap":                  ("bergen", {"lns1": BOTH, "bergen": {"routes": [], "mtu": 1300}}),
    "cisco_ios/ikev2":                ("bergen", {**LNS, "bergen": OUTER}),
    "cisco_ios/ikev1":                ("bergen", {**LNS, "bergen": {**OUTER, **V1}}),
    "cisco_ios/clear":                ("bergen", {**LNS, "bergen": {**OUTER, **CLEAR}}),
    "cisco_ios/options":              ("bergen", {"lns1": {**KERNEL, **BOTH}, "bergen": {**OUTER, **TUNED}}),
    "cisco_ios/lns":                  ("lns1",   {"lns1": OUTER, **SERVED}),
    "cisco_ios/lns_ikev1":            ("lns1",   {"lns1": {**OUTER, **TWO_DNS, "hello": 90}, **SERVED_V1}),
    "cisco_ios/lns_clear":            ("lns1",   {"lns1": OUTER, "oslo": CLEAR, "lyon": CLEAR}),
    "cisco_ios/lac":                  ("lac1",   {**TWO, "lac1": {**LAC, **V1, "hello": 30, "ac_name": "access-1"}}),
    "cisco_ios/lac_clear":            ("lac1",   {**TWO, "lac1": {**LAC, **CLEAR, "interface": "Virtual-Template7"}}),
    "cisco_ios/lac_several":          ("lac1",   {**TWO, "lac1": {**LAC, "realms": ORDERED, "tunnel_secret": True}}),
    "cisco_iosxe/lac":                ("lac1",   {**TWO, "lac1": {**LAC, "secret_generation": 3}}),
    "cisco_iosxe/gcm":                ("bergen", {**LNS, "bergen": OUTER}),
    "cisco_iosxe/cbc":                ("bergen", {**LNS, "bergen": {**OUTER, "profile": "compatible"}}),
    "cisco_iosxe/lns":                ("lns1",   {"lns1": OUTER, **SERVED}),
    "mikrotik_routeros/ikev2":        ("bergen", LNS),
    "mikrotik_routeros/ikev1":        ("bergen", {**LNS, "bergen": {**V1, "profile": "windows"}}),
    "mikrotik_routeros/clear":        ("bergen", {**LNS, "bergen": CLEAR}),
    "mikrotik_routeros/options":      ("bergen", {"lns1": {**KERNEL, **BOTH}, "bergen": TUNED_ROS}),
    "mikrotik_routeros/lns":          ("lns1",   SERVED),
    "mikrotik_routeros/lns_ikev1":    ("lns1",   {"lns1": TWO_DNS, **SERVED_V1}),
    "mikrotik_routeros/lns_clear":    ("lns1",   {"oslo": CLEAR, "lyon": CLEAR}),
    "mikrotik_routeros/lns_carried":  ("lns1",   {"lns2": KERNEL, "lac1": {**KERNEL, "profile": "compatible"}}),
    "vyos/lns":                       ("lns1",   {"lns1": {**ETH0, "dns": ["10.10.0.53"]}, **SERVED_V1}),
    "vyos/lns_x509":                  ("lns1",   {"lns1": {**ETH0, **LNS_X509, "id": "CN=lns1"}, **SERVED_X509}),
    "vyos/lns_carried":               ("lns1",   {"lns1": ETH0, "lns2": KERNEL, "lac1": {**KERNEL, **V1}}),
    "vyos/lns_clear":                 ("lns1",   {"lns1": {**ETH0, **BOTH}, "oslo": NO_LAN, "lyon": CLEAR}),
    "windows/psk":                    ("bergen", {**LNS, "bergen": UNMANAGED}),
    "macos/psk":                      ("bergen", {**LNS, "bergen": {**UNMANAGED, "default_route": True}}),
    "networkmanager/psk":             ("bergen", {**LNS, "bergen": UNMANAGED}),
    "networkmanager/clear":           ("bergen", {**LNS, "bergen": {**UNMANAGED, **CLEAR}}),
}  # fmt: skip
MANAGED = {name: case for name, case in CASES.items() if CAN[name.partition("/")[0]]["managed"]}


def inventory(name):
    """The inventory of a case: the device bears the case's platform."""
    device, changes = CASES[name]
    base = changed(
        {device: {"platform": name.partition("/")[0]}},
        DIALLED if device == "lac1" or name.endswith("carried") else SMALL,
    )
    return changed(changes, base)


def planned(name):
    """The plan of a case."""
    return plan(intent(inventory(name)), {}, platforms=CAN)


def desired(name):
    """The device's part of the plan of a case."""
    found = planned(name)
    return {**found.devices, **found.rendered}[CASES[name][0]]


def rendered():
    """The text of each golden file by its path below the folder."""
    return {f"{name}.txt": driver.text(name.partition("/")[0], desired(name)["device"]) for name in CASES}


if __name__ == "__main__":
    for place, text in rendered().items():
        (GOLDEN / place).parent.mkdir(parents=True, exist_ok=True)
        (GOLDEN / place).write_text(text, encoding="utf-8")
