"""The kernel's data path: with the one in user space at the other end, in sequence, for several peers, after crashes.

These lines have no IPsec, so that what is seen is L2TP's alone; tests/kernel/test_lines.py has them with it.
"""

from __future__ import annotations

import json
import re

import pytest
from lane import up
from lines import LNS, Site
from scenarios.host import until

CORP, PC = "10.10.0.10", "192.168.50.10"
BRANCH = {
    "branchline_pool": "branches",
    "branchline_protection": "none",
    "branchline_lans": ["192.168.50.0/24"],
    "branchline_probe": PC,
}
BEHIND_NAT = {"branchline_pool": "branches", "branchline_protection": "none"}
MIXES = [
    # oslo      lns1      sequence numbers
    ("kernel", "tun",    False),
    ("tun",    "kernel", True),
    ("kernel", "kernel", True),
    ("kernel", "kernel", False),
]  # fmt: skip


@pytest.fixture(scope="module")
def site():
    """Return an LNS, a branch with a LAN, and two branches behind one NAT."""
    return Site(up("isp", "lns1", "corp1", "oslo", "oslo-pc", "nat1", "lyon", "rotterdam"), {"lns1": LNS})


@pytest.fixture(scope="module")
def line(site):
    """Return the site with one line, oslo's, in the kernel at both ends."""
    return changed(site)


def changed(site, branch: str = "kernel", lns: str = "kernel", **more):
    """Bring oslo's line to be carried like this, and wait until it is open at both ends."""
    site.variables["lns1"] = {**LNS, "branchline_datapath": lns}
    site.variables["oslo"] = {**BRANCH, "branchline_datapath": branch, **more}
    site.apply()
    opened(site, "oslo")
    return site


def opened(site, *branches: str, seconds: float = 60) -> None:
    """Wait until the lines of these branches are open at both ends."""
    wanted = {f"{branch}-lns1" for branch in branches}
    for name in (*branches, "lns1"):
        own = wanted if name == "lns1" else {f"{name}-lns1"}
        until(lambda own=own, name=name: own <= open_lines(site.hosts[name]), f"{own} open at {name}", seconds)


def open_lines(host) -> set[str]:
    """The lines that are open on a host; none while its engine starts."""
    try:
        return {line["line"] for line in host.status()["lines"] if line["state"] == "open"}
    except AssertionError:
        return set()


def sessions(host) -> str:
    """What the kernel says of the host's sessions."""
    return host.run("cat /proc/net/pppol2tp").partition("Nothing")[0].partition("\nTUNNEL '")[2]


def links(host) -> list[str]:
    """Names of the host's interfaces."""
    return [link["ifname"] for link in json.loads(host.run("ip -j link"))]


def table(host) -> bool:
    """Whether the host has the engine's nftables table."""
    return "branchline_lines" in host.run("nft list tables")


@pytest.mark.parametrize(("branch", "lns", "sequencing"), MIXES)
def test_each_end_carries_the_line_its_way(site, branch, lns, sequencing):
    changed(site, branch, lns, branchline_sequencing=sequencing)
    oslo, lns1, pc, corp = (site.hosts[name] for name in ("oslo", "lns1", "oslo-pc", "corp1"))
    for host, name in ((oslo, branch), (lns1, lns)):
        line = host.line("oslo-lns1")
        assert (line["datapath"]["name"], host.status()["datapath"]["name"]) == (name, name)
        assert bool(sessions(host)) is (name == "kernel") is table(host)
        if name == "kernel":
            role = "LNS" if host is lns1 else "LAC"
            assert f"/{'R/S' if sequencing else '-/-'}/{role} " in sessions(host)
            assert f"interface {line['interface']}" in sessions(host)
    size = oslo.line("oslo-lns1")["mtu"] - 28
    assert pc.reaches(CORP, f"-M do -s {size}")
    assert corp.reaches(PC, f"-M do -s {size}")
    assert not pc.reaches(CORP, f"-M do -s {size + 1}")


def test_counters_are_the_kernels(line):
    oslo, lns1 = line.hosts["oslo"], line.hosts["lns1"]
    before = [host.line("oslo-lns1")["counters"] for host in (oslo, lns1)]
    line.hosts["oslo-pc"].run(f"ping -nq -c20 -i0.02 -s 972 {CORP}")
    after = [host.line("oslo-lns1")["counters"] for host in (oslo, lns1)]
    for way in ("tx", "rx"):
        for then, now in zip(before, after):
            assert now[f"{way}_packets"] - then[f"{way}_packets"] >= 20
            assert now[f"{way}_bytes"] - then[f"{way}_bytes"] >= 20_000
    assert after[0]["tx_packets"] == after[1]["rx_packets"]


def test_reordered_packets_come_in_order_where_they_are_numbered(site):
    changed(site, branchline_sequencing=True)
    oslo, lns1 = site.hosts["oslo"], site.hosts["lns1"]
    oslo.netem("wan-oslo", "delay 20ms reorder 60% 50%")
    try:
        said = oslo.run(f"ping -n -c60 -i0.01 -W3 {CORP}")
    finally:
        oslo.netem("wan-oslo")
    order = [int(number) for number in re.findall(r"icmp_seq=(\d+)", said)]
    assert order == sorted(order)
    assert len(order) >= 50, said  # some may have been too late
    assert "/R/S/LNS " in sessions(lns1)


def test_a_source_that_is_not_the_lines_is_dropped_at_the_lns(line):
    oslo, lns1 = line.hosts["oslo"], line.hosts["lns1"]
    oslo.run("ip addr add 172.16.7.7/32 dev lo")
    try:
        assert not oslo.reaches(CORP, "-I 172.16.7.7")
    finally:
        oslo.run("ip addr del 172.16.7.7/32 dev lo")
    assert re.search(r"counter packets [1-9]\d* bytes \d+ drop", lns1.run("nft list table ip branchline_lines"))
    assert line.hosts["oslo-pc"].reaches(CORP)


SERVE = """\
import socket
server = socket.create_server(("{address}", 5001))
peer, _ = server.accept()
print(peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG))
"""
CALL = """\
import socket, time
for _ in range(100):
    try:
        peer = socket.create_connection(("{address}", 5001), 5)
        break
    except OSError:
        time.sleep(0.1)
print(peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG))
"""


@pytest.mark.parametrize(("client", "server"), [("oslo-pc", "corp1"), ("corp1", "oslo-pc")])
def test_tcp_segments_fit_the_line_both_ways(line, client, server):
    address = {"corp1": CORP, "oslo-pc": PC}[server]
    serving = line.hosts[server].start(f"python3 -c '{SERVE.format(address=address)}'")
    there = int(line.hosts[client].python(CALL.format(address=address)))
    here = int(serving.communicate(timeout=60)[0])
    mtu = line.hosts["oslo"].line("oslo-lns1")["mtu"]
    assert 0 < there <= mtu - 40
    assert 0 < here <= mtu - 40


@pytest.mark.parametrize("name", ["oslo", "lns1"])
def test_a_removed_interface_comes_back(line, name):
    host = line.hosts[name]
    before = host.line("oslo-lns1")["session"]
    host.run("ip link del oslo-lns1")
    until(lambda: host.line("oslo-lns1")["session"] not in (None, before), "a new session", 60)
    opened(line, "oslo")
    assert line.hosts["oslo-pc"].reaches(CORP)


@pytest.mark.parametrize("name", ["oslo", "lns1"])
def test_a_killed_engine_comes_back_and_nothing_of_the_dead_one_stays(line, name):
    host = line.hosts[name]
    pid = host.pid("branchline")
    host.run(f"kill -9 {pid}")
    until(lambda: host.pid("branchline") not in (0, pid), "the engine is started again", 60)
    opened(line, "oslo", seconds=120)
    until(lambda: sessions(host).count("SESSION '") == 1, "one session in the kernel", 60)
    assert links(host).count("oslo-lns1") == 1
    assert line.hosts["oslo-pc"].reaches(CORP)


def test_an_engine_that_is_stopped_takes_all_away(line):
    oslo = line.hosts["oslo"]
    oslo.run("systemctl stop branchline")
    until(lambda: not sessions(oslo), "no session in the kernel", 60)
    assert "oslo-lns1" not in links(oslo)
    assert not table(oslo)
    assert "proto 66" not in oslo.run("ip route")
    oslo.run("systemctl start branchline")
    opened(line, "oslo", seconds=120)


def test_several_peers_each_with_an_interface_and_a_socket_of_its_own(site):
    site.variables |= dict.fromkeys(("lyon", "rotterdam"), BEHIND_NAT)
    changed(site)
    opened(site, "oslo", "lyon", "rotterdam")
    lns1, corp = site.hosts["lns1"], site.hosts["corp1"]
    lines = {line["line"]: line for line in lns1.status()["lines"]}
    assert {line["interface"] for line in lines.values()} == {"oslo-lns1", "lyon-lns1", "rotterdam-lns1"}
    for name in ("oslo", "lyon", "rotterdam"):
        assert site.hosts[name].reaches(CORP)
        assert corp.reaches(lines[f"{name}-lns1"]["address"])
    sockets = lns1.run("ss -Huan state established sport = :1701").split("\n")
    assert len([each for each in sockets if each]) == 3
    site.hosts["lyon"].run("systemctl stop branchline")
    until(lambda: "lyon-lns1" not in links(lns1), "the interface of a line that ended goes", 60)
    assert len(lns1.run("ss -Huan state established sport = :1701").splitlines()) == 2
    assert site.hosts["rotterdam"].reaches(CORP)
    for name in ("lyon", "rotterdam"):
        site.hosts[name].run("systemctl stop branchline")
        del site.variables[name]
    changed(site)


def test_a_forced_kernel_that_cannot_work_is_refused_and_nothing_is_touched(line):
    oslo = line.hosts["oslo"]
    before = oslo.line("oslo-lns1")
    config = json.loads(oslo.run("cat /etc/branchline/engine.json"))
    oslo.run("chmod 000 /dev/ppp")
    try:
        oslo.write("/tmp/engine.json", json.dumps({**config, "host_name": "other"}).encode())
        refused = oslo.try_("cp /tmp/engine.json /etc/branchline/engine.json && branchline apply")
    finally:
        oslo.run("chmod 660 /dev/ppp")
        oslo.write("/etc/branchline/engine.json", json.dumps(config).encode())
    assert refused.returncode != 0
    assert "is kernel, but /dev/ppp: Permission denied" in refused.stderr + refused.stdout
    after = oslo.line("oslo-lns1")
    assert (after["session"], after["since"]) == (before["session"], before["since"])
    changed(line)
