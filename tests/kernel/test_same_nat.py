"""Three clients of others behind one NAT, all from port 1701, in transport mode: our LNS keeps them apart by marks.

xl2tpd, pppd and strongSwan, configured by hand with what Windows offers. After decryption their packets are alike to
the last port; RFC 3193 has no answer to that.
"""

from __future__ import annotations

import pytest
from foreign import PASSWORD, PSK, Ppp, Strongswan, Xl2tpd
from lane import up
from lines import LNS, Site
from scenarios.host import until

NAMES = ("lyon", "rotterdam", "turin")
NAT, CORP1 = "198.51.100.18", "10.10.0.10"
CLIENT = {
    "branchline_managed": False,
    "branchline_ike_version": 1,
    "branchline_profile": "windows",
    "branchline_ppp_secret": PASSWORD,
}
WINDOWS = """
    version = 1
    proposals = aes256-sha1-ecp384, aes128-sha1-ecp256, aes256-sha1-modp2048
    remote_addrs = 203.0.113.10
    local { auth = psk }
    remote { auth = psk
      id = 203.0.113.10 }
    children { l2tp { mode = transport
      esp_proposals = aes256-sha1, aes128-sha1
      local_ts = dynamic[udp/1701]
      remote_ts = dynamic[udp/1701] } }
"""


class Client:
    """One of them: IPsec first, then a call, as their systems do it."""

    def __init__(self, host):
        self.host, self.ipsec, self.l2tp = host, Strongswan(host), Xl2tpd(host)

    def call(self):
        """Set everything up; the client's routes lead into the line."""
        if "installed" not in self.host.try_("swanctl --list-sas").stdout:
            self.ipsec.start(WINDOWS)
            said = self.ipsec.initiate()
            assert "completed successfully" in said, said
        self.l2tp.dial("203.0.113.10", self.host.name, Ppp(("refuse-pap", "refuse-eap"), self.host.name))
        self.l2tp.up()
        self.host.run("ip route replace 10.10.0.0/24 dev foreign")

    def works(self):
        """Whether ten packets of a size of its own come back."""
        return (
            " 0% packet loss" in self.host.try_(f"ping -nq -c10 -i0.1 -W2 -s{900 + len(self.host.name)} {CORP1}").stdout
        )


@pytest.fixture(scope="module")
def lns():
    """Return our LNS with three clients of others in its inventory."""
    hosts = up("isp", "lns1", "corp1", "nat1", *NAMES)
    site = Site(hosts, {"lns1": {**LNS, "branchline_ikev1_psk": PSK}, **dict.fromkeys(NAMES, CLIENT)})
    site.apply()
    return site


@pytest.fixture(scope="module")
def clients(lns):
    """Return them, all up."""
    found = [Client(lns.hosts[name]) for name in NAMES]
    for client in found:
        client.call()
    return found


def peers(lns):
    """The address and port at which the engine has each user."""
    lines = [line for line in lns.hosts["lns1"].status()["lines"] if line["state"] == "open"]
    return {line["user"]: (line["peer"]["address"], line["peer"]["port"]) for line in lines}


def test_three_at_once(lns, clients):
    found = peers(lns)
    assert sorted(found) == list(NAMES)
    assert {address for address, _port in found.values()} == {NAT}
    assert len(set(found.values())) == 3, "each has a port of its own for the LNS"
    running = [client.host.start(f"ping -nq -c20 -i0.2 -W2 {CORP1}") for client in clients]
    for client, pinging in zip(clients, running):
        assert " 0% packet loss" in pinging.communicate(timeout=120)[0], client.host.name


@pytest.mark.usefixtures("clients")
def test_their_policies_are_alike_but_for_marks(lns):
    text = lns.hosts["lns1"].run("ip xfrm policy list dir out")
    assert text.count(f"src 203.0.113.10/32 dst {NAT}/32 proto udp sport 1701 dport 1701") == 3
    assert len({line for line in text.splitlines() if line.strip().startswith("mark")}) == 3
    states = lns.hosts["lns1"].run("ip -s xfrm state")
    assert states.count("mode transport") == 6, "two each"


def test_rekeying_leaves_them_apart(lns, clients):
    before = peers(lns)
    for client in clients:
        assert "completed" in client.host.run("swanctl --rekey --child l2tp")
    assert all(client.works() for client in clients)
    assert peers(lns) == before


def test_one_leaves_and_the_others_do_not_notice(lns, clients):
    first, *others = clients
    before = peers(lns)
    running = [client.host.start(f"ping -nq -c40 -i0.2 -W2 {CORP1}") for client in others]
    first.l2tp.stop()
    first.ipsec.stop()
    for client, pinging in zip(others, running):
        assert " 0% packet loss" in pinging.communicate(timeout=120)[0], client.host.name
    until(lambda: len(peers(lns)) == 2, "the LNS has forgotten the one", 60)
    assert peers(lns) == {client.host.name: before[client.host.name] for client in others}


def test_and_it_comes_back(lns, clients):
    clients[0].call()
    until(lambda: len(peers(lns)) == 3, "the LNS has all three", 60)
    assert all(client.works() for client in clients)


def test_without_security_associations_nothing_leaves_the_lns(lns, clients):
    """The guard: a mark without a policy finds no IPsec, and the packet is dropped, not sent in clear."""
    lns.hosts["lns1"].run("ip xfrm state flush; ip xfrm policy flush")
    before = lns.hosts["lns1"].run("nft list counter inet branchline_guard passed_out")
    assert not any(client.works() for client in clients)
    assert lns.hosts["lns1"].run("nft list counter inet branchline_guard passed_out") == before
    dropped = lns.hosts["lns1"].run("nft list counter inet branchline_guard dropped_out")
    assert "packets 0 " not in dropped
