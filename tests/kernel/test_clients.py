"""The built-in L2TP clients of others, behind a NAT: profile `windows` takes what they offer, `modern` clearly not."""

from __future__ import annotations

import clients
import pytest
from foreign import PASSWORD, PSK, Ppp, Strongswan, Xl2tpd, transport
from lane import up
from lines import LNS, Site

SECONDS = 600  # on a loaded machine
OUR_LNS, CORP1 = "203.0.113.10", "10.10.0.10"
CLIENT = {
    "branchline_managed": False,
    "branchline_ike_version": 1,
    "branchline_profile": "windows",
    "branchline_ppp_secret": PASSWORD,
}


@pytest.fixture(scope="module")
def hosts():
    """Return the hosts: the clients are played by `lyon`, behind `nat1`."""
    return up("isp", "lns1", "corp1", "nat1", "lyon")


@pytest.fixture(scope="module")
def lns(hosts):
    """Return our LNS, with the profile `windows` for one client."""
    Site(hosts, {"lns1": {**LNS, "branchline_ikev1_psk": PSK}, "lyon": CLIENT}).apply()
    return hosts["lns1"]


@pytest.fixture
def ipsec(hosts):
    """Return strongSwan of the client, to be configured; it ends with the test."""
    foreign = Strongswan(hosts["lyon"])
    yield foreign
    foreign.stop()


@pytest.mark.parametrize("client", clients.CLIENTS, ids=lambda client: client.name)
def test_windows_takes_it(hosts, lns, ipsec, client):
    ipsec.start(clients.connection(client, OUR_LNS))
    assert "successfully" in ipsec.initiate(), ipsec.said()
    assert "local host is behind NAT" in ipsec.said()
    xl2tpd = Xl2tpd(hosts["lyon"])
    xl2tpd.dial(OUR_LNS, "somebody's-laptop", Ppp(client.pppd, "lyon"))
    theirs, ours = xl2tpd.up(), lns.line("lyon-lns1")
    assert (ours["state"], ours["auth"], ours["user"]) == ("open", "mschapv2", "lyon")
    assert f"inet {ours['address']} peer {ours['peer_address']}/32" in theirs
    before = transport(lns)
    hosts["lyon"].run(f"ip route replace {CORP1} dev foreign")
    for host, other in (("lyon", CORP1), ("corp1", ours["address"])):
        assert " 5 received" in hosts[host].run(f"ping -nq -c5 -i0.05 -W10 -s1272 -Mdo {other}")
    assert all(now - then > 10 * 1300 for then, now in zip(before, transport(lns), strict=True))
    xl2tpd.hang_up()
    xl2tpd.stop()


REFUSING = [
    # what the line of the LNS speaks                  which of the clients it refuses, and why
    ({"branchline_profile": "modern", "branchline_ike_version": 2}, clients.CLIENTS, "the version of IKE"),
    ({"branchline_profile": "compatible"}, clients.CLIENTS[:1], "AES_CBC_256/HMAC_SHA1_96/PRF_HMAC_SHA1/ECP_384"),
]


@pytest.mark.parametrize(("fields", "refused", "why"), REFUSING, ids=["modern", "compatible"])
def test_another_profile_refuses_it_and_says_so(hosts, ipsec, fields, refused, why):
    Site(hosts, {"lns1": {**LNS, "branchline_ikev1_psk": PSK}, "lyon": {**CLIENT, **fields}}).apply()
    hosts["lns1"].run("systemctl restart branchline")
    for client in refused:
        ipsec.start(clients.connection(client, OUR_LNS))
        assert "NO_PROPOSAL_CHOSEN" in ipsec.initiate()
    (said,) = (line for line in journal(hosts["lns1"]) if "is refused, NO_PROPOSAL_CHOSEN" in line)
    assert "ipsec: 198.51.100.18 " in said
    assert why in said
    assert "branchline_profile windows" in said


def journal(lns):
    """What our engine has said since its last start."""
    lines = lns.run("cat /var/log/branchline.service.log").splitlines()
    starts = [number for number, line in enumerate(lines) if "branchline 0." in line]
    return lines[starts[-1] :]
