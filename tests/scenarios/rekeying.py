"""Rekeying under traffic: who loses how many packets."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import ExitStack

from scenarios.host import Host, Pinging


def rekey(branches: Iterable[Host], address: str, what: str, times: int, then: float) -> dict[str, int]:
    """Rekey each branch's `child` or `ike` SA some times while it pings `address`, and go on for `then` seconds.

    Returns how many pings each lost. The lines keep their sessions.
    """
    hosts = {host.name: host for host in branches}
    before = {name: session(host) for name, host in hosts.items()}
    pings = {name: Pinging(host, address, interval=0.02) for name, host in hosts.items()}
    with ExitStack() as stack:
        for each in pings.values():
            stack.enter_context(each)
        for name in [*hosts] * times:
            hosts[name].run(f"sleep 0.2; swanctl --rekey --{what} {'l2tp' if what == 'child' else f'{name}-lns1'}")
        time.sleep(then)
    assert {name: session(host) for name, host in hosts.items()} == before
    assert all(each.sent > 50 for each in pings.values())
    return {name: each.lost for name, each in pings.items()}


def session(branch: Host) -> dict[str, object]:
    """Return the L2TP session of a branch's line to lns1."""
    return branch.line(f"{branch.name}-lns1")["session"]
