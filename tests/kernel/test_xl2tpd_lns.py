"""Our client calls xl2tpd with pppd: the kernel's L2TP and PPP at both ends, in transport mode and in clear.

strongSwan at their end is configured by hand.
"""

from __future__ import annotations

import pytest
from foreign import PASSWORD, PSK, SECRET, Ppp, Strongswan, Xl2tpd, transport
from lane import up
from lines import LNS, Site
from scenarios.host import until

SECONDS = 600  # on a loaded machine
THEIR_LNS, CORP1 = "203.0.113.10", "10.10.0.10"
OPTIONS = ("challenge = yes", "hidden bit = yes", "length bit = yes")
BRANCH = {
    "branchline_tunnel_secret": SECRET,
    "branchline_ppp_secret": PASSWORD,
    "branchline_hello": 5,
}
CONNECTION = """
    version = {version}
    proposals = {ike}
    local_addrs = 203.0.113.10
    local {{ auth = psk
      id = {own} }}
    remote {{ auth = psk }}
    children {{ l2tp {{ mode = transport
      esp_proposals = {esp}
      local_ts = dynamic[udp/1701]
      remote_ts = dynamic[udp] }} }}
"""
PROTECTIONS = {
    # what the inventory says of the line, and strongSwan's connection at their end
    "ikev2": (
        {"branchline_profile": "modern", "branchline_psk": PSK},
        CONNECTION.format(version=2, ike="aes256gcm16-prfsha384-ecp384", own="lns1", esp="aes256gcm16"),
    ),
    "ikev1": (
        {"branchline_profile": "compatible", "branchline_ike_version": 1},
        CONNECTION.format(version=1, ike="aes256-sha256-modp2048", own=THEIR_LNS, esp="aes256-sha256"),
    ),
    "clear": ({"branchline_protection": "none"}, ""),
}
METHODS = [
    # pppd demands         what is used
    ("require-mschap-v2", "mschapv2"),
    ("require-chap", "chap-md5"),
]


@pytest.fixture(scope="module")
def hosts():
    """Return the hosts: ours is the branch."""
    return up("isp", "lns1", "corp1", "oslo")


@pytest.fixture(scope="module", params=PROTECTIONS)
def protection(request, hosts):
    """Return its name, with strongSwan at their end if there is to be any; our branch is told in each test."""
    _, connection = PROTECTIONS[request.param]
    if connection:
        ipsec = Strongswan(hosts["lns1"])
        ipsec.start(connection)
    yield request.param
    if connection:
        ipsec.stop()


@pytest.fixture
def xl2tpd(hosts):
    """Return xl2tpd on the LNS, not running; what a test started is ended."""
    foreign = Xl2tpd(hosts["lns1"])
    yield foreign
    foreign.stop()


@pytest.mark.parametrize(("demand", "method"), METHODS, ids=[method for _, method in METHODS])
def test_a_line_comes_up_and_carries_packets(hosts, protection, xl2tpd, demand, method):
    words = (demand, "nopcomp", "noaccomp")
    xl2tpd.serve("lns1", Ppp(words, "oslo"), OPTIONS)
    lns = {**LNS, "branchline_managed": False, "branchline_ikev1_psk": PSK}
    branch = {**BRANCH, **PROTECTIONS[protection][0]}
    site = Site(hosts, {"lns1": lns, "oslo": branch})
    site.apply()
    hosts["oslo"].run("branchline reconnect oslo-lns1")
    until(lambda: hosts["oslo"].line("oslo-lns1")["auth"] == method, f"the line is open with {method}", 120)
    until(lambda: hosts["oslo"].line("oslo-lns1")["state"] == "open", f"the line is open with {method}", 120)
    ours, theirs = hosts["oslo"].line("oslo-lns1"), xl2tpd.up()
    assert ours["peer"] == {"address": THEIR_LNS, "port": 1701, "host_name": "lns1"}
    assert ours["datapath"]["name"] == "kernel"
    assert f"inet 10.20.0.1 peer {ours['address']}/32" in theirs
    ends = () if protection == "clear" else ("oslo", "lns1")
    before = {end: transport(hosts[end]) for end in ends}
    for host, other in (("oslo", CORP1), ("corp1", ours["address"])):
        assert " 5 received" in hosts[host].run(f"ping -nq -c5 -i0.05 -W10 -s1332 -Mdo {other}")
    for end in ends:
        assert all(now - then > 10 * 1360 for then, now in zip(before[end], transport(hosts[end]), strict=True))


def test_a_wrong_password_is_said(hosts, xl2tpd):
    xl2tpd.serve("lns1", Ppp(("require-mschap-v2",), "oslo", "another"), OPTIONS)
    lns = {**LNS, "branchline_managed": False}
    Site(hosts, {"lns1": lns, "oslo": {**BRANCH, "branchline_protection": "none"}}).apply()
    hosts["oslo"].run("branchline reconnect oslo-lns1")
    told = "the peer refused our name or secret"
    until(lambda: told in str(hosts["oslo"].line("oslo-lns1")["last_error"]), "our client says what is wrong", 120)
