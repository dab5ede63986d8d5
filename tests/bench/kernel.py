"""How fast a line is on the kernel's data path, as ratios in one run, all on one user-mode kernel.

    python -m lab.uml run --clock wall --memory 1G --seconds 600 -- .venv/bin/python tests/bench/kernel.py

TCP for some seconds from a branch to its LNS over a router: without anything, ESP alone (AES-GCM, by hand), lines of
ours in the kernel and in user space, and one of xl2tpd and pppd. The numbers are of a machine that does one thing at a
time; it is their ratio that tells.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Callable

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / path) for path in (".", "tests", "tests/kernel", "collections")]

from foreign import Ppp, Xl2tpd  # noqa: E402 - the path above is needed for it
from lane import Host, up  # noqa: E402 - as above
from lines import LNS, Site  # noqa: E402 - as above
from scenarios.host import until  # noqa: E402 - as above

SECONDS = 2
LNS1, OSLO, PPP = "203.0.113.10", "198.51.100.10", "10.20.0.1"
KEY = "0x" + "1f" * 20
BRANCH = {"branchline_pool": "branches"}
PLAIN, ESP, OURS, CLEAR, THEIRS, TUN = (
    "plain veth",
    "kernel ESP alone",
    "our line, kernel, ESP",
    "our line, kernel, no IPsec",
    "xl2tpd and pppd, kernel, ESP",
    "our line, user space (tun), ESP",
)


def throughput(hosts: dict[str, Host], address: str, seconds: int = SECONDS) -> float:
    """Mbit/s of one TCP connection from oslo to an address of lns1."""
    server = hosts["lns1"].start("timeout 300 iperf3 -s -1 -p 5201")
    try:
        until(lambda: hosts["lns1"].try_("ss -Hltn sport = 5201").stdout, "iperf3 listens", 120)
        told = hosts["oslo"].run(f"iperf3 -J -c {address} -p 5201 -t {seconds}", timeout=300)
    finally:
        server.terminate()
        server.communicate()
    return float(json.loads(told)["end"]["sum_received"]["bits_per_second"]) / 1e6


def esp(hosts: dict[str, Host], selector: str) -> None:
    """Have the kernels protect what `selector` says between the two, without IKE."""
    for host, out in ((hosts["oslo"], True), (hosts["lns1"], False)):
        rules = []
        for source, target, spi in ((OSLO, LNS1, 1), (LNS1, OSLO, 2)):
            ends = f"src {source} dst {target}"
            template = f"tmpl {ends} proto esp mode transport"
            rules.append(f"state add {ends} proto esp spi {spi} mode transport aead 'rfc4106(gcm(aes))' {KEY} 128")
            way = "out" if out == (source == OSLO) else "in"
            rules.append(f"policy add {ends} {selector} dir {way} {template}")
        host.run("; ".join(f"ip xfrm {rule}" for rule in ("state flush", "policy flush", *rules)))


def line(site: Site, **words: Any) -> float:
    """Mbit/s through our line, changed by these words of both ends."""
    own = {f"branchline_{name}": value for name, value in words.items()}
    site.variables["lns1"] = {**LNS, **{name: own[name] for name in own if name == "branchline_datapath"}}
    site.variables["oslo"] = {**BRANCH, **own}
    site.apply()
    lns, oslo = site.hosts["lns1"], site.hosts["oslo"]
    until(lambda: {host.line("oslo-lns1")["state"] for host in (oslo, lns)} == {"open"}, "the line is open", 240)
    until(lambda: oslo.reaches(PPP), "the line carries packets", 60)
    wanted = words.get("datapath", "kernel")
    assert [host.line("oslo-lns1")["datapath"]["name"] for host in (oslo, lns)] == [wanted, wanted]
    return throughput(site.hosts, PPP)


def theirs(hosts: dict[str, Host]) -> float:
    """Mbit/s through a line of xl2tpd and pppd, instead of ours."""
    for name in ("oslo", "lns1"):
        hosts[name].run("systemctl stop branchline strongswan; nft flush ruleset", timeout=300)
    esp(hosts, "proto udp sport 1701 dport 1701")
    account = Ppp(("require-mschap-v2",), "oslo")
    lns, branch = Xl2tpd(hosts["lns1"]), Xl2tpd(hosts["oslo"])
    lns.serve("lns1", account, ("require authentication = yes",))
    branch.dial(LNS1, "oslo", Ppp((), "oslo"))
    branch.up()
    until(lambda: hosts["oslo"].reaches(PPP), "xl2tpd's line carries packets", 60)
    try:
        return throughput(hosts, PPP)
    finally:
        branch.stop()
        lns.stop()


def by_hand(hosts: dict[str, Host]) -> float:
    """Mbit/s of TCP in ESP."""
    esp(hosts, "proto tcp")
    try:
        return throughput(hosts, LNS1)
    finally:
        for name in ("oslo", "lns1"):
            hosts[name].run("ip xfrm state flush; ip xfrm policy flush")


def measure(say: Callable[[str], Any] = print) -> dict[str, float]:
    """All of it; Mbit/s by what carried it, and a row for each to `say`."""
    hosts = up("isp", "lns1", "corp1", "oslo")
    site = Site(hosts, {"lns1": LNS, "oslo": BRANCH})
    found: dict[str, float] = {}
    steps: dict[str, Callable[[], float]] = {
        PLAIN: lambda: throughput(hosts, LNS1),
        ESP: lambda: by_hand(hosts),
        OURS: lambda: line(site),
        TUN: lambda: line(site, datapath="tun"),
        CLEAR: lambda: line(site, protection="none"),
        THEIRS: lambda: theirs(hosts),
    }
    say(f"{'':32} {'Mbit/s':>8} {'of plain':>9} {'of ESP':>7}")
    for name, step in steps.items():
        found[name] = step()
        of_esp = f"{found[name] / found[ESP]:6.0%}" if ESP in found else ""
        say(f"{name:32} {found[name]:8.0f} {found[name] / found[PLAIN]:9.1%} {of_esp:>7}")
    return found


if __name__ == "__main__":
    measure(lambda row: print(row, flush=True))
