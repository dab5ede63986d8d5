"""What is on the wire between the ends: IKE and ESP in UDP, and nothing else of ours."""

from __future__ import annotations

import re

import pytest
from hosts import BRANCHES, CORP1, LNS1, Host, guard

# The internet's side of isp: its management network is left out.
CAPTURE = (
    "timeout {seconds} tcpdump -i any -nn -q --immediate-mode 'ip and not net 192.0.2.0/24 {more}' 2>/dev/null; true"
)
PACKET = re.compile(r"IP (?P<src>[\d.]+?)(?:\.(?P<sport>\d+))? > (?P<dst>[\d.]+?)(?:\.(?P<dport>\d+))?: (?P<rest>.*)")


def seen(isp: Host, seconds: int, more: str = ""):
    """Start a capture on isp; call the result to get its packets."""
    process = isp.start(CAPTURE.format(seconds=seconds, more=more))
    isp.run("sleep 1")
    return lambda: [match for line in process.communicate()[0].splitlines() if (match := PACKET.search(line))]


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
def test_nothing_leaves_in_clear_without_charon(hosts, lns, branch):
    """With charon stopped the engine goes on trying; no datagram of it leaves, and no packet meant for the line."""
    host = hosts[branch]
    packets = seen(hosts["isp"], 9, f"and (udp port 1701 or host {CORP1})")
    host.run("systemctl stop strongswan")
    try:
        sent = host.python(CLEAR, LNS1)
        host.run(f"branchline reconnect {branch}-lns1")
        host.run(f"sleep 1; ping -nq -c10 -i0.2 -W1 {CORP1}; sleep 2; true")
    finally:
        host.run("systemctl start strongswan")
    assert packets() == []
    assert sent.split() == ["refused"] * 4


CLEAR = """
import socket, sys
for mark in (0, 0x1701):
    for port in (0, 1701):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, mark)
            s.bind(("", port))
            try:
                s.sendto(bytes.fromhex("c802000c00000000000000000000"), (sys.argv[1], 1701))
                print("sent")
            except OSError:
                print("refused")
"""

FLOOD = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for number in range(int(sys.argv[2])):
    s.sendto(bytes.fromhex("c8020014000000000000000080080000000000 01".replace(" ", "")), (sys.argv[1], 1701))
"""


def dropped(host: Host) -> int:
    """Return how many incoming packets the guard has dropped."""
    return guard(host, "dropped_in")


def test_cleartext_does_not_enter_the_lns(hosts, lns):
    before = dropped(lns)
    hosts["isp"].python(FLOOD, LNS1, "1000")
    assert dropped(lns) - before == 1000


def test_cleartext_does_not_enter_while_charon_is_stopped(hosts, lns):
    lns.run("systemctl stop strongswan")
    try:
        before = dropped(lns)
        hosts["isp"].python(FLOOD, LNS1, "100")
        assert dropped(lns) - before >= 100
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
