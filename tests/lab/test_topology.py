"""A topology file is read whole: its values, or all of its errors at once."""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path

import pytest

from lab import topology
from lab.system import LabError

ROOT = Path(__file__).resolve().parents[2]
GOOD = """
name: demo
networks: {mgmt: 192.0.2.1/24, wan: 203.0.113.0/28}
layers: {ipsec: {packages: [a]}, more: {packages: [b], over: ipsec}}
hosts:
  r: {nets: {mgmt: 192.0.2.10, wan: 203.0.113.1}, masquerade: wan}
  h: {nets: {mgmt: 192.0.2.11, wan: 203.0.113.2}, gateway: 203.0.113.1, layer: more}
"""
#  what is replaced in GOOD                     by                          what the error says
WRONG = [
    ("name: demo",                              "name: Demo_1",             "name: 'Demo_1' must be"),
    ("wan: 203.0.113.0/28}",                    "wan: 203.0.113.0/33}",     "networks.wan: "),
    ("wan: 203.0.113.2",                        "lan: 203.0.113.2",         "hosts.h.nets.lan: no such network"),
    ("wan: 203.0.113.2",                        "wan: 203.0.113.99",        "203.0.113.99 is not in 203.0.113.0/28"),
    ("wan: 203.0.113.2",                        "wan: 203.0.113.1",         "203.0.113.1 is r's already"),
    ("gateway: 203.0.113.1",                    "gateway: 10.0.0.1",        "hosts.h.gateway: 10.0.0.1 is on none"),
    ("gateway: 203.0.113.1",                    "gateway: router",          "hosts.h.gateway: Expected 4 octets"),
    ("layer: more",                             "routes: {10.0.0.1/8: x}",  "hosts.h.routes.10.0.0.1/8: "),
    ("masquerade: wan",                         "masquerade: lan",          "hosts.r.masquerade: 'lan' is none"),
    ("layer: more",                             "layer: less",              "hosts.h.layer: no layer 'less'"),
    ("over: ipsec",                             "over: late",               "layers.more.over: no layer 'late'"),
    ("gateway:",                                "gatway:",                  "hosts.h: unknown key 'gatway'"),
    ("mgmt: 192.0.2.11, ",                      "",                         "hosts.h.nets: the first must be"),
]  # fmt: skip


def load(folder, text):
    path = folder / "topology.yml"
    path.write_text(text)
    return topology.load(path)


def test_values(tmp_path):
    found = load(tmp_path, GOOD)
    assert (found.name, found.management, found.state) == ("demo", "mgmt", tmp_path / ".lab")
    assert found.hosts["r"].masquerade == "eth1"
    assert found.hosts["h"].gateway == IPv4Address("203.0.113.1")
    assert [str(link.address) for link in found.hosts["h"].links] == ["192.0.2.11/24", "203.0.113.2/28"]
    assert found.layers["more"].over == "ipsec"


@pytest.mark.parametrize(("old", "new", "message"), WRONG)
def test_errors(tmp_path, old, new, message):
    with pytest.raises(LabError) as caught:
        load(tmp_path, GOOD.replace(old, new))
    assert message in str(caught.value)


@pytest.mark.parametrize("text", ["", "- a list", "name: {"])
def test_what_is_no_topology(tmp_path, text):
    with pytest.raises(LabError, match=r"topology\.yml"):
        load(tmp_path, text)


def test_all_errors_at_once(tmp_path):
    text = GOOD.replace("gateway: 203.0.113.1", "gateway: 10.0.0.1").replace("layer: more", "layer: less")
    with pytest.raises(LabError, match=r"wrong in 2 places:\n.*gateway.*\n.*less"):
        load(tmp_path, text)


@pytest.mark.parametrize(
    "path", [*ROOT.glob("inventory/*/topology.yml"), *ROOT.glob("molecule/*/topology.yml")], ids=str
)
def test_the_topologies_of_this_repository(path):
    found = topology.load(path)
    assert found.hosts
    assert all(len(host.links) >= 2 for host in found.hosts.values())
