"""A line between our own ends for each kind of protection: ESP and AH of the kernel, every rung proven."""

from __future__ import annotations

import pytest
from lane import up
from lines import LNS, Site

PROTECTIONS = [
    # name          what the branch says                                                what its SAs are
    ("AES-GCM",     {},                                                                 {"esp": "rfc4106(gcm(aes))"}),
    ("AES-CBC",     {"branchline_profile": "compatible"},                               {"esp": "cbc(aes)"}),
    ("AH",          {"branchline_protection": "ah"},                                    {"ah": "hmac(sha256)"}),
    ("ESP+AH",      {"branchline_protection": "esp+ah"},                                {"esp": "rfc4106(gcm(aes))", "ah": "hmac(sha256)"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def site():
    """Return an LNS and a branch with a LAN; the line is changed by each test."""
    oslo = {"branchline_pool": "branches", "branchline_lans": ["192.168.50.0/24"], "branchline_probe": "192.168.50.10"}
    return Site(up("isp", "lns1", "corp1", "oslo", "oslo-pc"), {"lns1": LNS, "oslo": oslo})


@pytest.mark.parametrize(("words", "sas"), [row[1:] for row in PROTECTIONS], ids=[row[0] for row in PROTECTIONS])
def test_every_rung_is_proven(site, words, sas):
    site.variables["oslo"].update(words)
    site.apply()
    site.prove()
    print(site.hosts["oslo"].run("ip -s xfrm state"))
    print(site.plan.warnings)
    print(site.hosts["oslo"].status())
