"""What a gateway costs a line: throughput and round trips beside the direct line's, in one run on one user-mode kernel.

    python -m lab.uml run --clock wall --memory 1G --seconds 900 -- .venv/bin/python tests/bench/relays.py

A branch and its LNS have all in the kernel, ESP as well; the gateway between them has its two sessions bridged by the
kernel, or carries frames on in user space. All hosts share one processor, so a hop costs at least what it computes.
"""

from __future__ import annotations

import re
from typing import Any, Callable

from kernel import LNS, PPP, Host, Site, throughput, until, up

LINE, ROUNDS, PINGS = "oslo-lns1", 3, 200
BRANCH = {"branchline_pool": "branches", "branchline_lns": "lns1"}
GATEWAY = {"branchline_address": "203.0.113.40"}
THROUGH = {**BRANCH, "branchline_via": "gw1"}
DIRECT, BRIDGED, RELAYED = "direct", "gateway, kernel", "gateway, user space"
SETUPS: dict[str, dict[str, dict[str, Any]]] = {
    DIRECT: {"oslo": BRANCH, "gw1": GATEWAY},
    BRIDGED: {"oslo": THROUGH, "gw1": GATEWAY},
    RELAYED: {"oslo": THROUGH, "gw1": {**GATEWAY, "branchline_datapath": "tun"}},
}


def opened(site: Site, name: str) -> None:
    """Bring the line into one of the set-ups."""
    site.variables.update(SETUPS[name])
    site.apply()
    ends = [site.hosts[end] for end in ("oslo", "lns1")]
    until(lambda: {host.line(LINE)["state"] for host in ends} == {"open"}, "the line is open", 240)
    until(lambda: ends[0].reaches(PPP), "the line carries packets", 60)
    if name != DIRECT:
        carried_by = site.hosts["gw1"].line(LINE)["datapath"]["name"]
        assert carried_by == ("kernel" if name == BRIDGED else "tun"), carried_by


def round_trip(host: Host) -> float:
    """Milliseconds of an echo through the line: the mean of many."""
    told = host.run(f"ping -nq -c{PINGS} -i0.01 {PPP}", timeout=120)
    return float(re.search(r"= [\d.]+/([\d.]+)/", told)[1])


def measure(say: Callable[[str], Any] = print) -> dict[str, tuple[float, float]]:
    """Mbit/s and milliseconds by set-up; a row for each round and set-up to `say`, at last the means."""
    hosts = up("isp", "lns1", "corp1", "gw1", "oslo")
    site = Site(hosts, {"lns1": LNS}, gateways=["gw1"])
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in SETUPS}
    for _ in range(ROUNDS):
        for name in SETUPS:
            opened(site, name)
            seen[name].append((throughput(hosts, PPP), round_trip(hosts["oslo"])))
            say(f"  {name:22} {seen[name][-1][0]:6.0f} Mbit/s {seen[name][-1][1]:8.3f} ms")
    means = {name: (_mean([row[0] for row in rows]), _mean([row[1] for row in rows])) for name, rows in seen.items()}
    say(f"{'':22} {'Mbit/s':>8} {'of direct':>10} {'ms':>8} {'of direct':>10}")
    for name, (rate, delay) in means.items():
        say(f"{name:22} {rate:8.0f} {rate / means[DIRECT][0]:10.0%} {delay:8.3f} {delay / means[DIRECT][1]:10.2f}")
    return means


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


if __name__ == "__main__":
    measure(lambda row: print(row, flush=True))
