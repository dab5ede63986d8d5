"""An LNS goes and comes back: gamma's line moves at its gateway, beta's by itself; the times, with generous limits."""

from __future__ import annotations

import time

import pytest

OWN_ADDRESS = {"lns1": "10.20.0.1", "lns2": "10.21.0.1"}
STOPS = {"stopped": "systemctl stop branchline.service", "silent": "systemctl kill -s STOP branchline.service"}
LINES = [
    # branch, its line, its LNS, the other one, what becomes of its LNS's engine
    ("gamma", "gamma-lns2", "lns2", "lns1", "stopped"),
    ("beta", "beta-lns1", "lns1", "lns2", "silent"),
]


def carried_by(hosts, branch, line, lns):
    """Whether the branch reaches that LNS's own end of the line."""
    found, address = hosts.line(branch, line), OWN_ADDRESS[lns]
    return found["state"] == "open" and found["peer_address"] == address and ping(hosts, branch, line, address)


def ping(hosts, branch, line, address):
    return hosts[branch].run(f"ping -nq -c1 -W1 -I {line} {address}").rc == 0


def proven_elsewhere(line, own, other):
    """Every rung holds at the LNS that carries it, and the report says which one that is and why."""
    assert (line["result"], line["standby"], line["ends"][-1]) == ("proven", other, other), line["rungs"]
    assert [rung["ok"] for rung in line["rungs"]] == [True] * 7
    assert line["notes"][0].startswith(f"on standby {other}, because of {own}: ")


def timed(hosts, branch, line, lns, seconds):
    """Seconds until the line is carried by `lns`."""
    started = time.monotonic()
    hosts.until(lambda: carried_by(hosts, branch, line, lns), f"{line} is carried by {lns}", seconds)
    return time.monotonic() - started


ASKED = {"gamma": ("gamma", "gw1", "lns1", "lns2"), "beta": ("beta", "lns2")}
"""Who is asked for the proof; an engine that has been stopped in its tracks would keep everybody waiting."""


@pytest.mark.parametrize("case", LINES)
def test_the_line_moves_away_and_back(hosts, capsys, verified, case):
    branch, line, own, other, how = case
    timed(hosts, branch, line, own, 200)
    hosts[own].check_output(STOPS[how])
    try:
        away = timed(hosts, branch, line, other, 120)
        proven_elsewhere(verified(*ASKED[branch])[line], own, other)
    finally:
        hosts[own].check_output("systemctl restart branchline.service")
    back = timed(hosts, branch, line, own, 300)  # a silent LNS is remembered, and there is jitter
    with capsys.disabled():
        print(f"\n  {line}: on {other} {away:.1f} s after {own} was {how}, back {back:.1f} s after that came back")
    hosts.until(lambda: hosts.line(other, line)["state"] == "down", f"{other} has let go of it")


def test_who_carries_a_line_is_told(hosts):
    hosts.until(lambda: hosts.line("gw1", "gamma-lns2")["lns"] == "gw1-lns2", "the gateway says so")
    found = hosts.line("beta", "beta-lns1")
    assert (found["standby"], [each["standby"] for each in found["choices"]]) == (None, [None, "lns2"])


def test_no_line_is_left_down(hosts, proven):
    """Those that were proven before are open now, wherever they begin."""
    for line in proven.values():
        begin = line["name"].split("-")[0]
        if begin in ("alpha", "beta", "gamma"):
            hosts.until(lambda: hosts.line(begin, line["name"])["state"] == "open", f"{line['name']} is open")  # noqa: B023 - called in this round
