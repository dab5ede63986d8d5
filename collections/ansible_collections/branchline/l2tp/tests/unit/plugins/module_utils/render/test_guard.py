"""The guard: which rules each backend has, that nft takes the text, and that the role's own file is its closed form."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.render.guard import render_guard

CLEAR = ["203.0.113.10", "2001:db8::10", "203.0.113.9"]
RULES = [
    # backend     cleartext  inward and outward, before the drop
    ("libipsec",  [],        ['iifname "ipsec0"'], ['oifname "ipsec0"']),
    ("kernel",    [],        ["meta ipsec exists"], ["rt ipsec exists"]),
    ("none",      [],        [], []),
    ("none",      CLEAR,     ["ip saddr { 203.0.113.9, 203.0.113.10 }", "ip daddr { 203.0.113.9, 203.0.113.10 }",
                              "ip6 saddr { 2001:db8::10 }", "ip6 daddr { 2001:db8::10 }"], None),
]  # fmt: skip


def chain(text, name):
    """The rules of a chain that end in a verdict."""
    block = text.split(f"chain {name} {{\n")[1].split("  }\n")[0]
    return [row.strip() for row in block.splitlines()]


@pytest.mark.parametrize(("backend", "clear", "inward", "outward"), RULES)
def test_rules(backend, clear, inward, outward):
    text = render_guard({"backend": backend, "cleartext": clear})
    outward = inward if outward is None else outward
    assert chain(text, "inward") == [f"{match} counter name passed_in accept" for match in inward] + [
        "counter name dropped_in drop"
    ]
    assert chain(text, "outward") == [f"{match} counter name passed_out accept" for match in outward] + [
        "counter name dropped_out drop"
    ]
    for direction in ("inward", "outward"):
        assert text.count(f"udp dport 1701 jump {direction}") == text.count(f"udp sport 1701 jump {direction}") == 1


def test_only_what_comes_out_of_ipsec0_gets_the_mark():
    assert render_guard({"backend": "libipsec"}).count("meta mark set 0x1701") == 2
    assert "meta mark" not in render_guard({"backend": "kernel"})


def test_clients_of_others_are_kept_apart_by_their_marks():
    text = render_guard({"backend": "kernel", "unique_marks": True})
    assert chain(text, "zones")[1] == (
        "meta ipsec exists meta mark != 0 udp dport 1701 ct original zone set jhash meta mark mod 65535 seed 1 offset 1"
    )
    assert chain(text, "marks_in")[1] == "meta ipsec exists meta mark != 0 udp dport 1701 ct mark set meta mark"
    assert chain(text, "ports") == ["type nat hook input priority 100; policy accept;"]
    assert chain(text, "marks_out")[1] == "udp sport 1701 ct direction reply ct mark != 0 meta mark set ct mark"


@pytest.mark.parametrize("address", ["nowhere", "203.0.113.0/24", "203.0.113.1 } accept"])
def test_only_addresses_may_be_clear(address):
    with pytest.raises(ValueError, match="address"):
        render_guard({"backend": "none", "cleartext": [address]})


def test_an_unknown_backend():
    with pytest.raises(ValueError, match=r"guard\.backend: 'other' is none of libipsec, kernel, none"):
        render_guard({"backend": "other"})


def test_the_role_installs_the_closed_form():
    role = Path(__file__).parents[5] / "roles/ipsec/files/guard.nft"
    assert role.read_text() == render_guard({"backend": "none"})


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("nft"), reason="asks the kernel, as root")
@pytest.mark.parametrize("backend", ["libipsec", "kernel", "none"])
def test_nft_takes_it(backend):
    text = render_guard({"backend": backend, "cleartext": CLEAR})
    done = subprocess.run(
        ["nft", "--check", "--file", "-"], input=text + text, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("backend", ["libipsec", "kernel", "none"])
def test_an_icmp_error_about_l2tp_goes_the_way_of_l2tp(backend):
    """It quotes the datagram: a port that is closed must not tell in clear what came through IPsec."""
    text = render_guard({"backend": backend, "cleartext": []})
    about = [line.split() for line in text.splitlines() if line.lstrip().startswith(("icmp type", "icmpv6 type"))]
    assert len(about) == 4
    assert all(words[-2:] == ["jump", "outward"] for words in about)
