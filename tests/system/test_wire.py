"""What is on the wire between the ends: IKE and ESP in UDP, and nothing else of ours."""

from __future__ import annotations

import pytest
from hosts import BRANCHES, CORP1, LNS1
from scenarios import cleartext
from scenarios.cleartext import seen


def test_only_ike_and_esp_pass_the_isp(hosts):
    packets = seen(hosts["isp"], 6)
    for branch in BRANCHES:
        hosts[branch].run(f"ping -nq -c20 -i0.05 -s600 {CORP1}")
    hosts["corp1"].run("ping -nq -c10 -i0.05 192.168.50.10")
    found = packets()
    ports = {frozenset({int(packet["sport"] or 0), int(packet["dport"] or 0)}) for packet in found}
    assert len(found) > 2 * 20 * len(BRANCHES)
    strange = [packet[0] for packet in found if not {packet["sport"], packet["dport"]} & {"500", "4500"}]
    assert strange == []
    assert all(pair & {500, 4500} for pair in ports)


@pytest.mark.parametrize("branch", BRANCHES)
def test_nothing_leaves_in_clear_without_charon(hosts, branch):
    cleartext.nothing_leaves_without_charon(hosts[branch], hosts["isp"], LNS1, CORP1)


def test_cleartext_does_not_enter_the_lns(hosts, lns):
    cleartext.nothing_enters(lns, hosts["isp"], LNS1, 1000)


def test_cleartext_does_not_enter_while_charon_is_stopped(hosts, lns):
    lns.run("systemctl stop strongswan")
    try:
        cleartext.nothing_enters(lns, hosts["isp"], LNS1, 100)
    finally:
        lns.run("systemctl start strongswan")


def test_two_branches_at_one_private_address_never_see_each_others_packets(hosts, lns):
    """lyon behind nat1 and turin behind nat2 both have 192.168.1.10."""
    lines = {name: lns.line(f"{name}-lns1") for name in ("lyon", "turin")}
    assert lines["lyon"]["peer"]["address"] != lines["turin"]["peer"]["address"]
    for name, other in (("lyon", "turin"), ("turin", "lyon")):
        address = lines[name]["address"]
        process = hosts[other].start(f"timeout 5 tcpdump -i any -nn -q 'host {address}' 2>/dev/null; true")
        hosts["corp1"].run(f"ping -nq -c50 -i0.02 {address}")
        hosts[name].run(f"ping -nq -c50 -i0.02 {CORP1}")
        assert process.communicate()[0].split() == []


def test_a_branch_cannot_speak_for_another(hosts, lns):
    """An inner source that is not the session's is dropped and counted."""
    other = lns.line("lyon-lns1")["address"]
    before = lns.line("oslo-lns1")["counters"]["rx_dropped"]
    oslo = hosts["oslo"]
    oslo.run(f"ip address add {other}/32 dev lo")
    try:
        assert not oslo.reaches(CORP1, f"-I {other}")
    finally:
        oslo.run(f"ip address del {other}/32 dev lo")
    assert lns.line("oslo-lns1")["counters"]["rx_dropped"] > before
