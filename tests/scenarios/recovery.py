"""What breaks comes back by itself: daemons killed, links cut. Each returns the seconds that it took."""

from __future__ import annotations

import time
from typing import Callable

from scenarios.host import Host, until


def kill(victim: Host, unit: str, back: Callable[[], bool], limit: float) -> float:
    """Kill a unit's main process; it is started again, and `back()` holds within `limit` seconds of the kill."""
    before = victim.pid(unit)
    assert before, f"{unit} does not run on {victim.name}"
    killed = time.monotonic()
    victim.run(f"kill -9 {before}")
    until(lambda: victim.pid(unit) not in (0, before), f"{unit} is started again", 10)
    until(back, f"the lines carry packets after {unit} of {victim.name} was killed", limit)
    took = time.monotonic() - killed
    assert took <= limit
    return took


def cut(router: Host, interface: str, seconds: float, back: Callable[[], bool], limit: float = 60) -> float:
    """Take an interface of a router away for some seconds; `back()` holds within `limit` seconds of its return."""
    routes = router.run(f"ip route show dev {interface}").splitlines()
    again = "; ".join(
        f"ip route replace {route.replace(' linkdown', '')} dev {interface}"
        for route in routes
        if "kernel" not in route
    )
    router.run(f"ip link set {interface} down; sleep {seconds}; ip link set {interface} up; {again or 'true'}")
    return until(back, f"the lines carry packets after {interface} of {router.name} is back", limit)
