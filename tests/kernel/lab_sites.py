"""The sites that several files of tests begin with."""

from __future__ import annotations

from typing import Any

from lane import Host, up
from lines import LNS, Site, certificate

CORP1, PC, LNS1 = "10.10.0.10", "192.168.50.10", "203.0.113.10"
OSLO = {"branchline_pool": "branches", "branchline_lans": ["192.168.50.0/24"], "branchline_probe": PC}


def one_branch(**words: Any) -> Site:
    """An LNS and a branch with a LAN on the open internet, their line proven."""
    site = Site(up("isp", "lns1", "corp1", "oslo", "oslo-pc"), {"lns1": LNS, "oslo": {**OSLO, **words}})
    site.apply()
    site.prove()
    return site


def behind_nat() -> Site:
    """An LNS and two branches behind one NAT: lyon with a certificate, rotterdam with IKEv1 and a shared key."""
    hosts = up("isp", "lns1", "corp1", "nat1", "lyon", "rotterdam")
    lyon = {"branchline_pool": "branches", "branchline_ike_auth": "x509", **certificate("lyon")}
    rotterdam = {"branchline_pool": "branches", "branchline_ike_version": 1, "branchline_profile": "compatible"}
    site = Site(hosts, {"lns1": {**LNS, **certificate("lns1")}, "lyon": lyon, "rotterdam": rotterdam})
    site.apply()
    site.prove()
    return site


def mtu(host: Host, line: str) -> int:
    """The MTU of a line's interface at one end."""
    return int(host.run(f"cat /sys/class/net/{host.line(line)['interface']}/mtu"))
