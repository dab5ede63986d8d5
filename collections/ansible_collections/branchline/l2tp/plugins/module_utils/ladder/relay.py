# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host between the ends of a line proves: a gateway of both its tunnels, a LAC of its one and of PPPoE."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from . import rungs_control, rungs_path
from .facts import Facts
from .rung import NAMES, Fault, Rung, judged
from .sas import Ike

POLL = 0.5  # seconds
PATIENCE = 15.0  # seconds: LCP echoes of the ends pass every ten, also when nobody else sends
CALL = ("state", "lns", "realm", "user", "peer", "local", "tunnel", "session", "onward", "pppoe", "correlation", "mtu")
SHOWN = (*CALL, "datapath")
THE_ENDS = "this host reads no PPP: the two ends answer"


def session(facts: Facts) -> Rung:
    """Rung 4: both sides of it are up, and frames pass."""
    entry = facts.entry
    if entry is None:
        return judged(4, {}, [Fault("the engine does not know the line", "run site.yml for all hosts of the line")])
    evidence = {name: entry[name] for name in SHOWN if entry.get(name) is not None}
    evidence["counters"] = entry.get("counters")
    faults = [] if entry.get("state") == "open" else [rungs_control.not_open(entry)]
    return judged(4, evidence, faults)


def routes(facts: Facts) -> Rung:
    """Rung 5: the way to the peer's outer address."""
    peer = facts.peer_outer
    outer = facts.routes.get(peer) if peer else None
    faults = [] if outer else [Fault(f"the peer's outer address {peer} is routed nowhere", "see `ip route get`")]
    return judged(5, {"to_peer_outside": {"address": peer, **(outer.as_dict() if outer else {})}}, faults)


def traffic(_facts: Facts) -> Rung:
    """Rung 6: nothing is sent from here into the line."""
    return Rung(6, None, {}, THE_ENDS)


RUNGS: tuple[Callable[[Facts], Rung], ...] = (
    rungs_control.daemons,
    rungs_control.ike_sa,
    rungs_control.child_sa,
    session,
    routes,
    traffic,
    rungs_path.encrypted,
)


def joined(parts: dict[str, list[Rung]]) -> list[Rung]:
    """The rungs of all tunnels of one host as one ladder: evidence by tunnel, a fault of one is the host's."""
    return [_joined(number, {hop: rungs[number - 1] for hop, rungs in parts.items()}) for number in NAMES]


def _joined(number: int, by_hop: dict[str, Rung]) -> Rung:
    answers = [rung.ok for rung in by_hop.values() if rung.ok is not None]
    evidence = {hop: rung.evidence for hop, rung in by_hop.items()}
    whats = [f"{hop}: {rung.what}" for hop, rung in by_hop.items() if rung.what and rung.ok is False]
    remedies = list(dict.fromkeys(rung.remedy for rung in by_hop.values() if rung.remedy))
    told = "; ".join(whats) or next((rung.what for rung in by_hop.values()), "")
    return Rung(number, all(answers) if answers else None, evidence, told, "; ".join(remedies))


def rose(now: Callable[[], list[Ike | None]]) -> None:
    """Wait until every SA has carried packets both ways from now on: the ends send, this host only relays."""
    started, old = time.monotonic(), [_carried(sa) for sa in now()]
    while time.monotonic() - started < PATIENCE:
        new = [_carried(sa) for sa in now()]
        if all(more[0] > less[0] and more[1] > less[1] for less, more in zip(old, new)):
            break
        time.sleep(POLL)
    time.sleep(POLL)  # for the last of them to be in the capture


def _carried(sa: Any) -> tuple[int, int]:
    children = sa.installed if sa else []
    return sum(child.bytes_in for child in children), sum(child.bytes_out for child in children)
