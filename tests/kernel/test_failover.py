"""A line in the kernel that turns to another LNS and back: one interface and one session, whoever has the line."""

from __future__ import annotations

import json

import pytest
from lane import up
from lines import LNS, Site
from scenarios.host import until

OTHER = {
    "branchline_address": "203.0.113.11",
    "branchline_ppp_address": "10.21.0.1",
    "branchline_pools": {"others": ["10.21.0.16-10.21.0.31"]},
    "branchline_lans": ["10.11.0.0/24"],
}
BRANCH = {
    "branchline_lns": "lns1",
    "branchline_pool": "branches",
    "branchline_standby": [{"lns": "lns2", "pool": "others"}],
    "branchline_failover": {"setup": 6, "dead": 5, "return": 2, "spread": 1},
}


@pytest.fixture(scope="module")
def site():
    """Return two LNSs and a branch that knows both."""
    site = Site(up("isp", "lns1", "lns2", "oslo"), {"lns1": LNS, "lns2": OTHER, "oslo": BRANCH})
    site.apply()
    return site


def carried_by(site, name: str) -> bool:
    """Whether the line is open to this LNS, and reaches it."""
    oslo, address = site.hosts["oslo"], {"lns1": "10.20.0.1", "lns2": "10.21.0.1"}[name]
    line = oslo.line("oslo-lns1")
    return line["state"] == "open" and line["peer_address"] == address and oslo.reaches(address)


def test_the_interface_moves_to_the_other_lns_and_back(site):
    lns1, oslo = site.hosts["lns1"], site.hosts["oslo"]
    until(lambda: carried_by(site, "lns1"), "the line is on lns1", 60)
    lns1.run("systemctl stop branchline")
    try:
        until(lambda: carried_by(site, "lns2"), "the line is on lns2", 120)
        assert oslo.line("oslo-lns1")["standby"] == "lns2"
        assert shape(oslo) == ("kernel", 1, 1)
    finally:
        lns1.run("systemctl start branchline")
    until(lambda: carried_by(site, "lns1"), "the line is on lns1 again", 120)
    until(lambda: site.hosts["lns2"].line("oslo-lns1")["state"] == "down", "lns2 has let go of it", 30)
    assert oslo.line("oslo-lns1")["standby"] is None
    assert shape(oslo) == ("kernel", 1, 1)


def shape(host) -> tuple[str, int, int]:
    """What carries the line, and how many sessions the kernel and interfaces the host have for it."""
    sessions = host.run("cat /proc/net/pppol2tp").partition("Nothing")[0]
    links = [link["ifname"] for link in json.loads(host.run("ip -j link"))]
    return host.line("oslo-lns1")["datapath"]["name"], sessions.count("SESSION '"), links.count("oslo-lns1")
