"""What breaks comes back by itself, and a rekey loses nothing, on the kernel's data path and ESP."""

from __future__ import annotations

import pytest
from lab_sites import CORP1, one_branch
from scenarios import recovery
from scenarios.host import Pinging, until
from scenarios.rekeying import rekey


@pytest.fixture(scope="module")
def site():
    return one_branch()


@pytest.fixture(autouse=True)
def _open(site):
    """Every test begins with the line open."""
    until(lambda: site.hosts["oslo"].reaches(CORP1), "the line is open", 60)


@pytest.mark.parametrize(("what", "times", "then"), [("child", 3, 2), ("ike", 2, 14)])
def test_rekeying_loses_nothing(site, what, times, then):
    assert rekey([site.hosts["oslo"]], CORP1, what, times, then) == {"oslo": 0}


def test_four_hours_of_rekeying_by_itself(site):
    """A child SA lives an hour at most, an IKE SA four: a ping each minute, and none is lost."""
    oslo = site.hosts["oslo"]
    before = oslo.run("swanctl --list-sas --raw")
    with Pinging(oslo, CORP1, interval=60) as ping:
        oslo.run(f"sleep {4 * 3600 + 600}", timeout=5 * 3600)
    assert (ping.lost, ping.sent > 240) == (0, True)
    assert oslo.line("oslo-lns1")["uptime"] > 4 * 3600
    assert spis(oslo.run("swanctl --list-sas --raw")).isdisjoint(spis(before))


def spis(raw: str) -> set[str]:
    """The SPIs of a list of SAs, of IKE and child."""
    return {word for word in raw.split() if word.startswith(("spi-in=", "initiator-spi="))}


KILLED = [
    # host    unit                  seconds within which the line carries packets again
    ("oslo", "branchline.service", 20),
    ("lns1", "branchline.service", 60),
    ("oslo", "strongswan.service", 40),
    ("lns1", "strongswan.service", 60),
]


@pytest.mark.parametrize(("host", "unit", "limit"), KILLED)
def test_a_killed_daemon(site, host, unit, limit):
    """The kernel goes on with what a dead charon had it do: packets pass at once, by SAs that one end knows no more.

    The other end asks after its peer (DPD) when none have come for a while, and makes new ones.
    """
    oslo = site.hosts["oslo"]
    recovery.kill(site.hosts[host], unit, lambda: oslo.reaches(CORP1), limit)
    oslo.run("sleep 60")
    site.prove()


def test_a_cut_link(site):
    isp = site.hosts["isp"]
    recovery.cut(isp, isp.device["wan-oslo"], 20, lambda: site.hosts["oslo"].reaches(CORP1))
