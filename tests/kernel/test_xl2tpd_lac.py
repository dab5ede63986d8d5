"""xl2tpd with pppd calls our LNS: the kernel's L2TP and PPP at both ends, in clear and in strongSwan's transport mode.

strongSwan at their end is configured by hand. Every test compares what both ends say, and sends packets both ways.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from foreign import PASSWORD, PSK, SECRET, Ppp, Strongswan, Xl2tpd, transport
from lane import up
from lines import LNS, Site
from scenarios.host import until

SECONDS = 600  # on a loaded machine
OUR_LNS, CORP1 = "203.0.113.10", "10.10.0.10"
BRANCH = {
    "branchline_managed": False,
    "branchline_tunnel_secret": SECRET,
    "branchline_ppp_secret": PASSWORD,
    "branchline_hello": 5,
}


@dataclass(frozen=True)
class Protection:
    """What the inventory says of the line, and strongSwan's connection at their end."""

    name: str
    branch: dict[str, object]
    connection: str = ""


CHILD = """
    children { l2tp { mode = transport
      esp_proposals = %s
      local_ts = dynamic[udp/1701]
      remote_ts = dynamic[udp/1701] } }
"""
PROTECTIONS = [
    Protection(
        "ikev2",
        {"branchline_profile": "modern", "branchline_psk": PSK},
        """
    version = 2
    proposals = aes256gcm16-prfsha384-ecp384
    remote_addrs = 203.0.113.10
    local { auth = psk
      id = oslo }
    remote { auth = psk
      id = lns1 }"""
        + CHILD % "aes256gcm16",
    ),
    Protection(
        "ikev1",
        {"branchline_profile": "compatible", "branchline_ike_version": 1},
        """
    version = 1
    proposals = aes256-sha256-modp2048
    remote_addrs = 203.0.113.10
    local { auth = psk
      id = oslo }
    remote { auth = psk
      id = 203.0.113.10 }"""
        + CHILD % "aes256-sha256",
    ),
    Protection("clear", {"branchline_protection": "none"}),
]
METHODS = [
    # pppd refuses                                                    what is used
    (("refuse-pap", "refuse-eap", "refuse-mschap", "refuse-chap"), "mschapv2"),
    (("refuse-pap", "refuse-eap", "refuse-mschap", "refuse-mschap-v2"), "chap-md5"),
]
OPTIONS = ("challenge = yes", "hidden bit = yes", "length bit = yes")


@pytest.fixture(scope="module")
def hosts():
    return up("isp", "lns1", "corp1", "oslo")


@pytest.fixture(scope="module", params=PROTECTIONS, ids=lambda protection: protection.name)
def site(request, hosts):
    """Our LNS, and at their end strongSwan with its SA, if there is one."""
    protection = request.param
    lns = {**LNS, "branchline_ikev1_psk": PSK}
    site = Site(hosts, {"lns1": lns, "oslo": {**BRANCH, **protection.branch}})
    site.apply()
    if protection.connection:
        ipsec = Strongswan(hosts["oslo"])
        ipsec.start(protection.connection)
        assert "successfully" in ipsec.initiate(), ipsec.said()
    yield protection.name
    if protection.connection:
        ipsec.stop()


@pytest.fixture
def xl2tpd(hosts):
    foreign = Xl2tpd(hosts["oslo"])
    yield foreign
    foreign.stop()


def carried(host):
    """The packets that our LNS has counted."""
    counters = host.line("oslo-lns1")["counters"]
    return counters["rx_packets"], counters["tx_packets"]


@pytest.mark.parametrize(("refused", "method"), METHODS, ids=[method for _, method in METHODS])
def test_a_line_comes_up_and_carries_packets(hosts, site, xl2tpd, refused, method):
    xl2tpd.dial(OUR_LNS, "oslo", Ppp(refused, "oslo"), OPTIONS)
    theirs, ours = xl2tpd.up(), hosts["lns1"].line("oslo-lns1")
    assert (ours["state"], ours["auth"], ours["user"], ours["pool"]) == ("open", method, "oslo", "branches")
    assert (ours["peer"]["address"], ours["peer"]["host_name"]) == ("198.51.100.10", "oslo")
    assert ours["datapath"]["name"] == "kernel"
    assert f"inet {ours['address']} peer {ours['peer_address']}/32" in theirs
    ends = ("oslo", "lns1") if site != "clear" else ()
    before = {end: transport(hosts[end]) for end in ends}
    hosts["oslo"].run(f"ip route replace {CORP1} dev foreign")
    for host, other in (("oslo", CORP1), ("corp1", ours["address"])):
        assert " 5 received" in hosts[host].run(f"ping -nq -c5 -i0.05 -W10 -s1332 -Mdo {other}")
    until(lambda: carried(hosts["lns1"]) == (10, 10), "our end has counted them", 30)
    xl2tpd.hang_up()
    for end in ends:
        assert all(now - then > 10 * 1360 for then, now in zip(before[end], transport(hosts[end]), strict=True))


def test_the_address_comes_back(hosts, site, xl2tpd):
    xl2tpd.dial(OUR_LNS, "oslo", Ppp(METHODS[0][0], "oslo"), OPTIONS)
    xl2tpd.up()
    assert used(hosts["lns1"]) == 1
    xl2tpd.hang_up()
    until(lambda: used(hosts["lns1"]) == 0, "the address is back", 60)


def used(host):
    """How many addresses of its pool our LNS has given."""
    (pool,) = host.status()["pools"]
    return pool["used"]
