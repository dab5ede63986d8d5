"""A line that dials on demand, in the kernel and in user space: no packet is lost, sockets live on."""

from __future__ import annotations

import re
import time

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils import control
from lane import up
from lines import LNS, Site
from scenarios.host import until

CLOCK = "wall"  # the first answer's time is told
SECONDS = 600  # on a loaded machine
LINE, CORP, PC = "oslo-lns1", "10.10.0.10", "192.168.50.10"
IDLE = 4  # seconds
DEMAND = {
    "branchline_pool": "branches",
    "branchline_fixed_address": "10.20.0.20",
    "branchline_lans": ["192.168.50.0/24"],
    "branchline_probe": PC,
    "branchline_dial": "demand",
    "branchline_idle": IDLE,
}
WAYS = [
    # datapath   default route
    ("kernel", True),
    ("tun", False),
]
ECHO = """\
import socket
server = socket.create_server(("{address}", 5001))
peer, _ = server.accept()
while data := peer.recv(100):
    peer.sendall(data)
"""
TALK = """\
import os, socket, time
peer = socket.create_connection(("{address}", 5001), 60)
peer.settimeout(60)
peer.sendall(b"first")
print(peer.recv(100).decode())
while not os.path.exists("/tmp/again"):
    time.sleep(0.1)
peer.sendall(b"second")
print(peer.recv(100).decode())
"""


@pytest.fixture(scope="module")
def hosts():
    return up("isp", "lns1", "corp1", "oslo", "oslo-pc")


@pytest.fixture(scope="module")
def site(hosts, request):
    """Return an LNS and a branch whose line waits."""
    datapath, default_route = request.param
    more = {"branchline_datapath": datapath, "branchline_default_route": default_route}
    made = Site(hosts, {"lns1": LNS, "oslo": {**DEMAND, **more}})
    made.apply()
    stands(made, "waiting")
    return made


each_way = pytest.mark.parametrize("site", WAYS, indirect=True, ids=[way[0] for way in WAYS])
in_the_kernel = pytest.mark.parametrize("site", WAYS[:1], indirect=True, ids=["kernel"])


def stands(site, state: str, seconds: float = 60) -> None:
    """Wait until oslo's line is in this state."""

    def reached() -> bool:
        try:
            return site.hosts["oslo"].line(LINE)["state"] == state
        except AssertionError:  # the engine starts
            return False

    until(reached, f"the line is {state}", seconds)


def hung_up(site) -> None:
    """Have the line hung up, if it is open."""
    site.hosts["oslo"].call(control.call, "hangup", line=LINE)
    stands(site, "waiting")


def index(host) -> int:
    """Number of the line's interface."""
    return int(host.run(f"cat /sys/class/net/{LINE}/ifindex"))


def pinged(host, more: str) -> tuple[list[int], float]:
    """The numbers of the answered pings in their order, and how long the first answer took, in seconds."""
    said = host.run(f"ping -n -W30 {more} {CORP}")
    found = re.findall(r"icmp_seq=(\d+) ttl=\d+ time=([\d.]+)", said)
    return [int(number) for number, _ms in found], float(found[0][1]) / 1000


@each_way
def test_the_first_packets_are_answered_and_the_idle_line_hangs_up(site):
    oslo, lns1, pc = (site.hosts[name] for name in ("oslo", "lns1", "oslo-pc"))
    hung_up(site)
    interface = index(oslo)
    for _dial in range(2):
        assert lns1.line(LINE)["state"] == "down"
        answered, first = pinged(pc, "-c10 -i0.1")
        assert answered == list(range(1, 11))
        started = time.monotonic()
        stands(site, "waiting")
        idle = time.monotonic() - started
        print(f"{oslo.line(LINE)['datapath']['name']}: first answer after {first:.2f} s, hung up after {idle:.1f} s")
        until(lambda: "no longer wanted" in lns1.line(LINE)["last_error"]["what"], "the LNS has heard of it", 60)
        until(lambda: not lns1.run("swanctl --list-sas").strip(), "no SA", 60)
    line = oslo.line(LINE)
    assert (index(oslo), line["last_error"], line["counters"]["tx_dropped"]) == (interface, None, 0)


@each_way
def test_a_waiting_device_that_is_removed_comes_back_and_dials(site):
    oslo, pc = site.hosts["oslo"], site.hosts["oslo-pc"]
    hung_up(site)
    before = index(oslo)
    oslo.run(f"ip link del {LINE}")
    until(lambda: oslo.try_(f"test $(cat /sys/class/net/{LINE}/ifindex) -ne {before}").returncode == 0, "a new one", 60)
    stands(site, "waiting")
    assert pinged(pc, "-c1")[0] == [1]


@in_the_kernel
def test_a_connection_outlives_the_hanging_up(site):
    oslo, pc, corp = (site.hosts[name] for name in ("oslo", "oslo-pc", "corp1"))
    hung_up(site)
    pc.write("/tmp/talk.py", TALK.format(address=CORP).encode())
    corp.write("/tmp/echo.py", ECHO.format(address=CORP).encode())
    echoing = corp.start("python3 /tmp/echo.py")
    until(lambda: ":5001" in corp.run("ss -Hltn"), "the server listens", 60)
    talking = pc.start("python3 /tmp/talk.py")
    until(lambda: ":5001" in corp.run("ss -Htn"), "they are connected", 60)
    stands(site, "waiting")  # nothing passes
    pc.run("touch /tmp/again")
    assert talking.communicate(timeout=90)[0] == "first\nsecond\n"
    echoing.communicate(timeout=60)
    assert index(oslo)


@in_the_kernel
def test_the_verification_dials_a_line_that_waits(site):
    hung_up(site)
    site.prove()


@in_the_kernel
def test_outside_of_its_hours_packets_go_nowhere_and_nothing_is_wrong(site):
    oslo, pc, isp = (site.hosts[name] for name in ("oslo", "oslo-pc", "isp"))
    today = time.strptime(oslo.run("date +%Y-%m-%d").strip(), "%Y-%m-%d").tm_wday
    far = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[(today + 3) % 7]
    site.variables["oslo"]["branchline_hours"] = [{"days": [far]}]
    site.apply()
    stands(site, "resting")
    refused = oslo.try_(f"branchline dial {LINE}")
    assert (refused.returncode, "outside of its hours" in refused.stderr) == (1, True)
    isp.run("iptables -I FORWARD -d 10.10.0.0/24")
    assert not pc.reaches(CORP)
    assert not oslo.reaches(CORP)
    assert re.search(r"\n +0 +0 ", isp.run("iptables -nvxL FORWARD"))
    isp.run("iptables -D FORWARD 1")
    assert oslo.line(LINE)["counters"]["tx_dropped"] >= 2
    assert [line["result"] for line in site.verify(wait=1)] == ["resting"]
