"""Inventories for the tests of the plan: a small one that is right, and changes to it."""

from __future__ import annotations

import copy

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.compute import plan
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import PlanErrors
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Intent

CERTIFICATE = "-----BEGIN CERTIFICATE-----\n..."
X509 = {"ike_auth": "x509", "certificate": CERTIFICATE, "private_key": True, "ca": CERTIFICATE}
LNS1 = {
    "address": "203.0.113.10",
    "ppp_address": "10.20.0.1",
    "pools": {"branches": ["10.20.0.16-10.20.0.127"]},
    "lans": ["10.10.0.0/24"],
    "vip_pool": "10.99.0.0/24",
    "probe": "10.10.0.10",
}
LAB = {
    "lns": {"lns1": {**LNS1, "certificate": CERTIFICATE, "private_key": True, "ca": CERTIFICATE}},
    "branches": {
        "oslo": {"fixed_address": "10.20.0.20", "lans": ["192.168.50.0/24"], "probe": "192.168.50.10"},
        "lyon": X509,
        "rotterdam": {},
        "turin": {"ike_version": 1},
    },
}
LNS2 = {
    "address": "203.0.113.20",
    "ppp_address": "10.21.0.1",
    "pools": {"branches": ["10.21.0.16-10.21.0.31"]},
    "lans": ["10.11.0.0/24"],
    "vip_pool": "10.97.0.0/24",
}
CARRIED = {
    "lns": {"lns1": LNS1, "lns2": LNS2},
    "branches": {"oslo": {"lns": "lns1"}, "bergen": {"lns": "lns2", "via": "gw1"}},
    "gateways": {"gw1": {"address": "203.0.113.30", "vip_pool": "10.98.0.0/24"}},
    "lacs": {"lac1": {"access": ["eth2"], "realms": {"corp.example": "lns1"}}},
    "remotes": {"home1": {"access_interface": "eth1"}},
}
DIALLED = {
    "lns": {"lns1": LNS1, "lns2": LNS2},
    "branches": {},
    "lacs": {
        "lac1": {"access": ["eth2"], "realms": {"corp.example": "lns1", "b.example": "lns2", "c.example": "lns2"}}
    },
    "remotes": {"home1": {"realm": "corp.example", "access_interface": "eth1"}},
}
"""Two LNSs, and a LAC that knows both."""
SMALL = {"lns": {"lns1": LNS1}, "branches": {"oslo": {"lans": ["192.168.50.0/24"]}, "lyon": {}}}

GROUPS = {"lns": "lns", "lac": "lacs", "gw": "gateways", "home": "remotes"}


def changed(changes, base=None):
    """The inventory with changes {host: {variable: value}}; a host is a branch unless its name says something else."""
    made = copy.deepcopy(base or SMALL)
    for host, values in changes.items():
        found = [name for begins, name in GROUPS.items() if host.startswith(begins)]
        group = made.setdefault(found[0] if found else "branches", {})
        group[host] = {**group.get(host, {}), **values}
    return made


def intent(inventory):
    """The intent of an inventory that is written without the prefix."""
    hosts = {host: values for group in inventory.values() for host, values in group.items()}
    variables = {
        host: {f"branchline_{name}": value for name, value in values.items()} for host, values in hosts.items()
    }
    return Intent(variables=variables, **{group: list(hosts) for group, hosts in inventory.items()})


def facts(inventory, kernel_esp=False):
    """Facts of all hosts: none has ESP in its kernel, or all have."""
    return {host: {"kernel_esp": kernel_esp} for hosts in inventory.values() for host in hosts}


def planned(inventory, kernel_esp=False, **options):
    """The plan of an inventory all of whose hosts are alike: with ESP in their kernels, and asked to use it, or not."""
    if kernel_esp:
        inventory = {
            group: {host: {"ipsec_backend": "kernel", **values} for host, values in hosts.items()}
            for group, hosts in inventory.items()
        }
    return plan(intent(inventory), facts(inventory, kernel_esp), **options)


def errors(inventory, kernel_esp=False, **options):
    """The lines of the errors that planning an inventory gives."""
    try:
        planned(inventory, kernel_esp, **options)
    except PlanErrors as found:
        return [str(error) for error in found.errors]
    return []


def many(count):
    """An LNS with `count` branches, each with a LAN, every fourth with a fixed address."""
    lns = {
        "address": "203.0.113.10",
        "ppp_address": "10.20.0.1",
        "pools": {"branches": ["10.20.0.0/14"]},
        "lans": ["172.16.0.0/16"],
        "vip_pool": "10.96.0.0/12",
    }
    return {"lns": {"lns1": lns}, "branches": {f"branch{number:05}": _branch(number) for number in range(count)}}


def _branch(number):
    lan = {"lans": [f"10.{128 + number // 256}.{number % 256}.0/24"]}
    fixed = {"fixed_address": f"10.21.{number // 250}.{1 + number % 250}"}
    return lan if number % 4 else lan | fixed
