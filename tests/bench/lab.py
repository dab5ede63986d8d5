"""python tests/bench/lab.py: what a line of the lab costs, measured side by side in one run; the lab must be up.

Throughput is one TCP stream for some seconds, oslo to lns1 (plain, through isp) and oslo to corp1 (through the line:
TUN, engine, user-space ESP). What a gateway costs is the same stream to the LNS's own end of PPP, and the round trip of
a ping: bergen to lns2 (through gw1) against oslo to lns1. Set-up is from the start of the engine to its line being
open, by the journal's clock.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "system"))
from hosts import BRANCHES, CORP1, LNS1, Host

SECONDS, ROUNDS, PORT = 5, 3, 5001

SINK = f"""
import socket, time
server = socket.create_server(("", {PORT}))
server.settimeout(20)
peer, _ = server.accept()
count, started = 0, time.monotonic()
while data := peer.recv(1 << 20):
    count += len(data)
print(count * 8 / (time.monotonic() - started))
"""

SOURCE = f"""
import socket, sys, time
peer = socket.create_connection((sys.argv[1], {PORT}), 5)
peer.settimeout(None)
until, data = time.monotonic() + {SECONDS}, bytes(1 << 18)
while time.monotonic() < until:
    peer.sendall(data)
"""


def throughput(source: Host, sink: Host, address: str) -> float:
    """Bits per second of one TCP stream."""
    process = sink.start("python3 -c '" + SINK.replace("'", '"') + "'")
    time.sleep(1)
    source.python(SOURCE, address)
    return float(process.communicate(timeout=60)[0])


def round_trip(host: Host, address: str) -> float:
    """Milliseconds, the mean of many pings."""
    return float(host.run(f"ping -nq -c200 -i0.01 {address}").rsplit("= ", 1)[1].split("/")[1])


def through_the_gateway(hosts: dict[str, Host]) -> None:
    """Print what a second hop costs."""
    direct, switched = (hosts["oslo"], hosts["lns1"], "10.20.0.1"), (hosts["bergen"], hosts["lns2"], "10.21.0.1")
    rates = [(throughput(*direct), throughput(*switched)) for _ in range(ROUNDS)]
    times = [(round_trip(direct[0], direct[2]), round_trip(switched[0], switched[2])) for _ in range(ROUNDS)]
    one, two = (statistics.median(each) for each in zip(*rates))
    fast, slow = (statistics.median(each) for each in zip(*times))
    print(f"through a gateway: {two / 1e6:.0f} Mbit/s, {two / one:.2f} of a direct line's {one / 1e6:.0f}")
    print(
        f"round trip: {slow:.2f} ms, {slow / fast:.2f} of a direct line's {fast:.2f}: a hop adds {slow - fast:.2f} ms"
    )


def set_up(branch: Host) -> float:
    """Seconds from the engine's start to its line being open."""
    branch.run("systemctl restart branchline.service")
    time.sleep(4)
    entries = branch.run("journalctl -u branchline -o json --no-pager -n 40").splitlines()
    messages = [(int(entry["__REALTIME_TIMESTAMP"]), str(entry["MESSAGE"])) for entry in map(json.loads, entries)]
    started = max(when for when, text in messages if text.startswith("Starting branchline.service"))
    opened = next(when for when, text in messages if when > started and re.search(r" open address=", text))
    return (opened - started) / 1e6


def main() -> None:
    """Print the table."""
    hosts = {name: Host(name) for name in (*BRANCHES, "bergen", "lns1", "lns2", "corp1")}
    plain, line = [], []
    for _ in range(ROUNDS):
        plain.append(throughput(hosts["oslo"], hosts["lns1"], LNS1))
        line.append(throughput(hosts["oslo"], hosts["corp1"], CORP1))
    ratio = statistics.median(line) / statistics.median(plain)
    print(f"plain veth: {statistics.median(plain) / 1e9:.2f} Gbit/s (of {ROUNDS} rounds of {SECONDS} s, the median)")
    print(f"the line:   {statistics.median(line) / 1e6:.0f} Mbit/s, {ratio:.3f} of plain")
    through_the_gateway(hosts)
    for name in BRANCHES:
        seconds = sorted(set_up(hosts[name]) for _ in range(ROUNDS))
        print(f"set-up of {name}-lns1, engine start to open: {seconds[0]:.2f} to {seconds[-1]:.2f} s")


if __name__ == "__main__":
    main()
