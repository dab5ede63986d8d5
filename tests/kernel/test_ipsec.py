"""One LNS on the kernel's ESP for every kind of branch at once; without it nothing leaves or enters in clear."""

from __future__ import annotations

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils import control
from lane import up
from lines import LNS, Site
from scenarios.host import until

POOL = {"branchline_pool": "branches"}
BRANCHES = {
    # name       what the inventory says                                                    (ESP of the branch, mode)
    "oslo":      ({"branchline_ike_version": 1, "branchline_ipsec_backend": "libipsec"},    ("libipsec", "tunnel")),
    "lyon":      ({"branchline_ipsec_backend": "libipsec"},                                 ("libipsec", "tunnel")),
    "rotterdam": ({"branchline_ike_version": 1},                                            ("kernel", "transport")),
    "turin":     ({},                                                                       ("kernel", "transport")),
}  # fmt: skip
WITNESS = """
table ip witness {
  counter clear { }
  chain forward {
    type filter hook forward priority 0; policy accept;
    udp sport 1701 counter name clear
    udp dport 1701 counter name clear
  }
}
"""


@pytest.fixture(scope="module")
def site():
    """Return them all; three of the branches are behind one NAT, and the router between counts L2TP in clear."""
    hosts = up("isp", "lns1", "corp1", "oslo", "nat1", "lyon", "rotterdam", "turin")
    hosts["isp"].write("/root/witness", WITNESS.encode(), "nft -f /root/witness")
    return Site(hosts, {"lns1": LNS, **{name: {**POOL, **words} for name, (words, _found) in BRANCHES.items()}})


def clear(site):
    """The packets of L2TP in clear that the router has seen."""
    return int(site.hosts["isp"].run("nft list counter ip witness clear").split("packets ")[1].split()[0])


def lines(site):
    """The lines of the plan by branch."""
    return {line["branch"]: line for line in site.plan.lines}


def test_every_kind_of_branch_at_once(site):
    site.apply()
    found = {name: (line["backend"][name], line["mode"]) for name, line in lines(site).items()}
    assert found == {name: found for name, (_words, found) in BRANCHES.items()}
    proven = site.prove()
    for line in proven.values():
        kernel = line["rungs"][2]["evidence"]["lns1"]["kernel"]
        assert len(kernel["policies"]) in (2, 3), "in, out, and in tunnel mode fwd"
    assert clear(site) == 0


def test_our_own_behind_one_nat_have_ports_of_their_own(site):
    peers = {line["user"]: line["peer"] for line in site.hosts["lns1"].status()["lines"]}
    for name in ("rotterdam", "turin"):
        (own,) = site.plan.hosts[name]["engine"]["lines"].values()
        assert (peers[name]["address"], peers[name]["port"]) == ("198.51.100.18", own["source_port"])
    assert peers["rotterdam"]["port"] != peers["turin"]["port"]


def test_tunnel_mode_where_it_is_asked_for(site):
    site.variables["turin"] = {**POOL, "branchline_ipsec_mode": "tunnel"}
    site.apply()
    assert lines(site)["turin"]["mode"] == "tunnel"
    third = site.prove()["turin-lns1"]["rungs"][2]["evidence"]
    assert third["turin"]["mode"] == third["lns1"]["mode"] == "tunnel"
    assert any(": esp tunnel" in policy for policy in third["turin"]["kernel"]["policies"])


@pytest.mark.parametrize("end", ["rotterdam", "lns1"])
def test_nothing_leaves_in_clear_when_security_associations_are_gone(site, end):
    """As when somebody flushes them, or charon's are gone at one end: the guard lets nothing out."""
    before = clear(site)
    host = site.hosts[end]
    host.run("ip xfrm state flush; ip xfrm policy flush")
    host.try_("ping -nq -c5 -i0.2 -W1 10.20.0.1; ping -nq -c5 -i0.2 -W1 10.20.0.16")
    assert clear(site) == before
    dropped = host.run("nft list counter inet branchline_guard dropped_out").split("packets ")[1].split()[0]
    assert int(dropped) > 0
    for name in BRANCHES if end == "lns1" else (end,):
        site.hosts[name].call(control.call, "reconnect", line=f"{name}-lns1")
    back(site)


def back(site):
    """Wait until every line is open and carries packets again."""
    for name in BRANCHES:
        until(lambda name=name: site.hosts[name].reaches("10.10.0.10"), f"{name} is back", 120)


def test_nothing_leaves_in_clear_while_charon_is_dead(site):
    before, host = clear(site), site.hosts["rotterdam"]
    host.run("systemctl stop strongswan", timeout=300)
    until(lambda: host.line("rotterdam-lns1")["state"] != "open", "the line is down", 120)
    assert clear(site) == before
    host.run("systemctl start strongswan", timeout=300)
    back(site)
    assert clear(site) == before


def test_nothing_enters_in_clear(site):
    """A datagram from the network itself, to the port that the engine listens on."""
    host = site.hosts["lns1"]
    counter = "nft list counter inet branchline_guard dropped_in"
    before = int(host.run(counter).split("packets ")[1].split()[0])
    site.hosts["isp"].run("printf x | socat - UDP4:203.0.113.10:1701,sourceport=1701 || true")
    until(lambda: int(host.run(counter).split("packets ")[1].split()[0]) > before, "the guard has dropped it", 30)
