"""Bad networks: loss, delay and reordering; and no size of packet that disappears."""

from __future__ import annotations

import hashlib

import pytest
from lab_sites import CORP1, PC, mtu, one_branch
from scenarios.host import until

OCTETS = 300_000
NETEM = [
    # what               tc-netem, both ways
    ("loss",             "loss 10%"),
    ("delay",            "delay 150ms 50ms"),
    ("reordering",       "delay 20ms reorder 50% 50%"),
    ("all and doubles",  "delay 40ms 20ms loss 3% duplicate 3%"),
]  # fmt: skip
# ICMP that would say that a packet is too big is lost: a path MTU black hole.
HOLE = "nft 'add table inet hole; add chain inet hole out { type filter hook output priority 0; }; \
add rule inet hole out icmp type destination-unreachable drop'"


@pytest.fixture(scope="module")
def site():
    return one_branch()


@pytest.fixture
def bad(site):
    """Return what makes the network between the ends bad, both ways; it is good again afterwards."""
    ends = [site.hosts["isp"], site.hosts["oslo"]]

    def make(rule):
        for end in ends:
            end.netem("wan-oslo", rule)

    yield make
    for end in ends:
        end.netem("wan-oslo")


@pytest.mark.parametrize("rule", [rule for _what, rule in NETEM], ids=[what for what, _rule in NETEM])
def test_a_line_comes_up_and_carries_tcp(site, bad, rule):
    oslo = site.hosts["oslo"]
    bad(rule)
    oslo.run("branchline reconnect oslo-lns1")
    until(lambda: oslo.reaches(CORP1), "the line is open", 240)
    assert carried(site) == "all of it"
    oslo.run("swanctl --rekey --child l2tp")
    assert carried(site) == "all of it"


def carried(site) -> str:
    """Whether TCP from the corporate server to the branch's LAN arrives whole."""
    data = hashlib.shake_256(b"branchline").digest(OCTETS)
    site.hosts["corp1"].write("/tmp/data", data)
    server = site.hosts["corp1"].start("timeout 600 socat -u FILE:/tmp/data TCP-LISTEN:5000,reuseaddr")
    client = f"timeout 600 socat -u TCP:{CORP1}:5000,retry=30 - | sha256sum"
    got = site.hosts["oslo-pc"].run(client, timeout=900).split()[0]
    server.communicate()
    return "all of it" if got == hashlib.sha256(data).hexdigest() else "something else"


def test_no_size_disappears(site):
    """Every size up to the MTU passes with DF, whatever padding it has in ESP; one more is refused, not lost."""
    size = mtu(site.hosts["oslo"], "oslo-lns1")
    for octets in range(size - 36, size + 1):
        assert site.hosts["oslo"].reaches(CORP1, f"-M do -s {octets - 28}"), octets
    assert not site.hosts["oslo"].reaches(CORP1, f"-M do -s {size + 1 - 28}")


def test_tcp_through_a_black_hole(site):
    """The ends have 1500 octets each, the line less, and nobody may tell them: the line clamps TCP's segments."""
    for name in ("oslo", "lns1", "isp"):
        site.hosts[name].run(HOLE)
    try:
        assert not site.hosts["corp1"].reaches(PC, "-M do -s 1472")
        assert carried(site) == "all of it"
    finally:
        for name in ("oslo", "lns1", "isp"):
            site.hosts[name].run("nft delete table inet hole")
