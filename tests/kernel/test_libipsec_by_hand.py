"""strongSwan with ESP in user space, configured by hand: tunnel mode and a virtual IP, xl2tpd and pppd within it."""

from __future__ import annotations

import pytest
from foreign import PASSWORD, PSK, SECRET, Ppp, Strongswan, Xl2tpd
from lane import up
from lines import LNS, Site
from scenarios.host import until

SECONDS = 600  # on a loaded machine
THE_LNS, CORP1 = "203.0.113.10", "10.10.0.10"
BRANCH = {
    "branchline_profile": "modern",
    "branchline_psk": PSK,
    "branchline_tunnel_secret": SECRET,
    "branchline_ppp_secret": PASSWORD,
    "branchline_hello": 5,
}
BY_HAND = {"branchline_managed": False, "branchline_ipsec_backend": "libipsec"}
OPTIONS = ("challenge = yes",)
# As strongSwan's manual says: what charon itself sends goes around the route into ipsec0.
SETTINGS = """\
charon-systemd { plugins {
  kernel-libipsec { load = 100
    allow_peer_ts = yes }
  kernel-netlink { fwmark = !0x42 }
  socket-default { fwmark = 0x42 }
} }
"""
COMMON = """
    version = 2
    mobike = no
    proposals = aes256gcm16-prfsha384-ecp384
"""
CLIENT = (
    COMMON
    + """
    remote_addrs = 203.0.113.10
    vips = 0.0.0.0
    local { auth = psk
      id = oslo }
    remote { auth = psk
      id = lns1 }
    children { l2tp { mode = tunnel
      esp_proposals = aes256gcm16
      local_ts = dynamic[udp]
      remote_ts = 203.0.113.10/32[udp/1701] } }
"""
)
SERVER = (
    COMMON
    + """
    local_addrs = 203.0.113.10
    pools = virtual
    local { auth = psk
      id = lns1 }
    remote { auth = psk }
    children { l2tp { mode = tunnel
      esp_proposals = aes256gcm16
      local_ts = 203.0.113.10/32[udp/1701]
      remote_ts = dynamic[udp] } }
  }
}
pools { virtual { addrs = 10.99.0.0/24 } }
connections {
  unused {
"""
)


@pytest.fixture
def hosts(_hosts):
    """Return the hosts, with nothing of others on them in the end."""
    yield _hosts
    for name in ("oslo", "lns1"):
        _hosts[name].run("pkill -KILL -x xl2tpd; pkill -KILL -x pppd; true")


@pytest.fixture(scope="module")
def _hosts():
    return up("isp", "lns1", "corp1", "oslo")


def both_ways(hosts, address):
    """Packets of a size that ipsec0 carries, from each side to the other."""
    for host, other in (("oslo", CORP1), ("corp1", address)):
        assert " 5 received" in hosts[host].run(f"ping -nq -c5 -i0.05 -W10 -s1272 -Mdo {other}")


def test_as_client_of_our_lns(hosts):
    Site(hosts, {"lns1": LNS, "oslo": {**BRANCH, **BY_HAND}}).apply()
    ipsec = Strongswan(hosts["oslo"])
    ipsec.start(CLIENT, settings=SETTINGS)
    assert "successfully" in ipsec.initiate(), ipsec.said()
    (virtual,) = [word.partition("/")[0] for word in hosts["oslo"].run("ip -o address").split() if word[:6] == "10.99."]
    xl2tpd = Xl2tpd(hosts["oslo"], virtual)
    words = ("refuse-pap", "refuse-eap", "refuse-mschap", "refuse-chap", "mtu 1360", "mru 1360")
    xl2tpd.dial(THE_LNS, "oslo", Ppp(words, "oslo"), OPTIONS)
    xl2tpd.up()
    ours = hosts["lns1"].line("oslo-lns1")
    assert (ours["state"], ours["auth"], ours["peer"]["address"]) == ("open", "mschapv2", virtual)
    hosts["oslo"].run(f"ip route replace {CORP1} dev foreign")
    both_ways(hosts, ours["address"])
    xl2tpd.hang_up()
    ipsec.stop()


def test_as_lns_of_our_client(hosts):
    hosts["lns1"].run("systemctl stop branchline; systemctl stop branchline-guard; nft flush ruleset")
    ipsec = Strongswan(hosts["lns1"])
    hosts["lns1"].run("rm -f /etc/swanctl/conf.d/* /etc/strongswan.d/branchline.conf")
    ipsec.start(SERVER, settings=SETTINGS)
    xl2tpd = Xl2tpd(hosts["lns1"])
    xl2tpd.serve("lns1", Ppp(("require-mschap-v2",), "oslo"), OPTIONS)
    Site(hosts, {"lns1": {**LNS, **BY_HAND}, "oslo": BRANCH}).apply()
    until(lambda: hosts["oslo"].line("oslo-lns1")["state"] == "open", "the line is open", 120)
    ours = hosts["oslo"].line("oslo-lns1")
    assert (ours["auth"], ours["peer"]["address"]) == ("mschapv2", THE_LNS)
    assert ours["ipsec"]["virtual_ip"].startswith("10.99.")
    xl2tpd.up()
    both_ways(hosts, ours["address"])
