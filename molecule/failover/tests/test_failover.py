"""gamma's line is on lns2; while that is silent the gateway has it on lns1. Times are told, with generous limits."""

from __future__ import annotations

import time

LINE = "gamma-lns2"


def carried_by(hosts, lns):
    """Whether the branch reaches that LNS's own end of the line."""
    address = {"lns1": "10.20.0.1", "lns2": "10.21.0.1"}[lns]
    line = hosts.line("gamma", LINE)
    return line["state"] == "open" and line["peer_address"] == address and ping(hosts, address)


def ping(hosts, address):
    return hosts["gamma"].run(f"ping -nq -c1 -W1 -I {LINE} {address}").rc == 0


def timed(hosts, lns, seconds):
    """Seconds until the line is carried by `lns`."""
    started = time.monotonic()
    hosts.until(lambda: carried_by(hosts, lns), f"{LINE} is carried by {lns}", seconds)
    return time.monotonic() - started


def test_the_line_moves_away_and_back(hosts, capsys):
    timed(hosts, "lns2", 200)
    hosts["lns2"].check_output("systemctl stop branchline.service")
    try:
        away = timed(hosts, "lns1", 120)
    finally:
        hosts["lns2"].check_output("systemctl start branchline.service")
    back = timed(hosts, "lns2", 300)  # a silent LNS is remembered for a minute, and there is jitter
    with capsys.disabled():
        print(f"\n  {LINE}: on lns1 after {away:.1f} s, back on lns2 {back:.1f} s after that came back")
    assert hosts.line("gw1", LINE)["lns"] == "gw1-lns2"
    hosts.until(lambda: hosts.line("lns1", LINE)["state"] == "down", "lns1 has let go of it")
