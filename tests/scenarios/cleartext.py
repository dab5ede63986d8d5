"""L2TP never passes in clear: what a capture between the ends shows, and what the guard lets nobody do."""

from __future__ import annotations

import re
from typing import Callable

from scenarios.host import Host, guard

# The internet's side of isp: the labs' management network is left out.
CAPTURE = (
    "timeout {seconds} tcpdump -i any -nn -q --immediate-mode 'ip and not net 192.0.2.0/24 {more}' 2>/dev/null; true"
)
PACKET = re.compile(r"IP (?P<src>[\d.]+?)(?:\.(?P<sport>\d+))? > (?P<dst>[\d.]+?)(?:\.(?P<dport>\d+))?: (?P<rest>.*)")

# Sends L2TP marked and unmarked, from port 1701 and another.
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


def seen(isp: Host, seconds: int, more: str = "") -> Callable[[], list[re.Match[str]]]:
    """Start a capture on isp; call the result to get its packets."""
    process = isp.start(CAPTURE.format(seconds=seconds, more=more))
    isp.run("sleep 1")
    return lambda: [match for line in process.communicate()[0].splitlines() if (match := PACKET.search(line))]


def nothing_leaves_without_charon(branch: Host, isp: Host, lns: str, behind: str) -> None:
    """With charon stopped the engine goes on trying; no datagram of it leaves, and no packet meant for the line.

    `lns` is the LNS' address, `behind` one behind it.
    """
    packets = seen(isp, 9, f"and (udp port 1701 or host {behind})")
    branch.run("systemctl stop strongswan")
    try:
        sent = branch.python(CLEAR, lns)
        branch.run(f"branchline reconnect {branch.name}-lns1")
        branch.run(f"sleep 1; ping -nq -c10 -i0.2 -W1 {behind}; sleep 2; true")
    finally:
        branch.run("systemctl start strongswan")
    assert packets() == []
    assert sent.split() == ["refused"] * 4


def nothing_enters(lns: Host, isp: Host, address: str, count: int) -> None:
    """What comes to the LNS in clear is dropped and counted, whether charon runs or not."""
    before = guard(lns, "dropped_in")
    isp.python(FLOOD, address, str(count))
    assert guard(lns, "dropped_in") - before >= count
