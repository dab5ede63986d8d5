"""What is on the wire: ESP, and nothing else of ours, whatever runs and whatever does not."""

from __future__ import annotations

import pytest
from lab_sites import CORP1, LNS1, PC, one_branch
from scenarios import cleartext
from scenarios.host import until


@pytest.fixture(scope="module")
def site():
    return one_branch()


def test_only_ike_and_esp(site):
    packets = cleartext.seen(site.hosts["isp"], 5)
    site.hosts["oslo"].run(f"ping -nq -c20 -i0.05 -s600 {CORP1}")
    site.hosts["corp1"].run(f"ping -nq -c20 -i0.05 {PC}")
    found = packets()
    assert sum("ESP(" in packet["rest"] for packet in found) >= 2 * 2 * 20
    assert [
        packet[0] for packet in found if "ESP(" not in packet["rest"] and packet["dport"] not in ("500", "4500")
    ] == []


def test_nothing_leaves_in_clear_without_charon(site):
    hosts = site.hosts
    cleartext.nothing_leaves_without_charon(hosts["oslo"], hosts["isp"], LNS1, CORP1)
    until(lambda: hosts["oslo"].reaches(CORP1), "the line is open again", 60)


def test_cleartext_does_not_enter_the_lns(site):
    lns, isp = site.hosts["lns1"], site.hosts["isp"]
    cleartext.nothing_enters(lns, isp, LNS1, 200)
    lns.run("systemctl stop strongswan")
    try:
        cleartext.nothing_enters(lns, isp, LNS1, 50)
    finally:
        lns.run("systemctl start strongswan")
    until(lambda: site.hosts["oslo"].reaches(CORP1), "the line is open again", 90)
