# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rungs 5 to 7: routes, traffic, what of it the SA's counters and the wire showed. Pure functions of facts."""

from __future__ import annotations

from typing import Any

from . import leaks, rungs_xfrm
from .echo import SMALL, Outcome, enough
from .facts import Facts
from .intent import first_host
from .rung import Fault, Rung, judged
from .rungs_control import dialled, unprotected
from .sas import Child, Ike

NOT_SAMPLED = "not in the sample: traffic was sent on other lines only"


def wanted_routes(facts: Facts) -> list[str]:
    """Addresses that must be reached through the line: the PPP peer, the far probe, one in each far network."""
    return list(dict.fromkeys([*facts.far_targets, *map(first_host, facts.end.far)]))


def routes(facts: Facts) -> Rung:
    """Rung 5: this end's direction, and the way to the peer's outer address outside of the line."""
    peer = facts.peer_outer
    through = {address: facts.routes.get(address) for address in wanted_routes(facts)}
    outer = facts.routes.get(peer) if peer else None
    evidence: dict[str, Any] = {
        "through_line": {address: route.as_dict() if route else None for address, route in through.items()},
        "to_peer_outside": {"address": peer, **(outer.as_dict() if outer else {})},
    }
    faults = []
    for address, route in through.items():
        if route is None or route.dev != facts.interface:
            goes = f"by {route.dev}" if route else "nowhere"
            what = f"{address} is routed {goes}, expected {facts.interface}"
            faults.append(Fault(what, "see `ip route get`; another route is more specific, or the line is not open"))
    if not through:
        faults.append(Fault("nothing to route: the far end has no address", "rung 4 comes first"))
    if not facts.end.dials and (outer is None or outer.dev == facts.interface):
        what = f"the peer's outer address {peer} is routed {'into the line itself' if outer else 'nowhere'}"
        faults.append(Fault(what, "pin a route to it outside of the line: `branchline reconnect` does"))
    return judged(5, evidence, faults)


def traffic(facts: Facts) -> Rung:
    """Rung 6: this end's pings, at an ordinary size, at the line's MTU with DF, and with one byte more."""
    if facts.traffic is None:
        return Rung(6, None, {}, NOT_SAMPLED)
    mtu = facts.end.mtu
    evidence = {
        "pings": {o.probe.target: o.as_dict() for o in facts.traffic if o.probe.size == SMALL},
        "full_mtu_df": {o.probe.target: o.as_dict() for o in facts.traffic if o.probe.size == mtu},
        "one_byte_more_df": {o.probe.target: _beyond(o) for o in facts.traffic if o.probe.size == mtu + 1},
        "mtu": mtu,
        "line_packets": _line_packets(facts),
    }
    faults = [fault for outcome in facts.traffic for fault in _traffic_faults(outcome, mtu)]
    if not facts.traffic:
        faults = [Fault("no traffic could be sent: the far end has no address", "rung 4 comes first")]
    return judged(6, evidence, faults)


def _beyond(outcome: Outcome) -> dict[str, Any]:
    carried = outcome.received > 0
    verdict = "carried" if carried else "refused by this host" if outcome.refused else "not carried"
    return {"verdict": verdict, **outcome.as_dict()}


def _traffic_faults(outcome: Outcome, mtu: int) -> list[Fault]:
    probe = outcome.probe
    if probe.size > mtu:
        what = f"a packet of {probe.size} bytes with DF was carried to {probe.target}: the MTU is not {mtu}"
        return [Fault(what, f"set the interface's MTU to {mtu}, or branchline_mtu to what it is")] * bool(
            outcome.received
        )
    full = probe.size == mtu and probe.df
    if enough(outcome.received, probe.count, full=full):
        return []
    answered = f"{outcome.received} of {probe.count} packets of {probe.size} bytes to {probe.target} were answered"
    if outcome.refused:
        answered += f" (refused by this host: {outcome.refused})"
    if outcome.told_mtu is not None:
        answered += f" ({outcome.told_by} says that its MTU is {outcome.told_mtu})"
    if full:
        return [Fault(answered, "lower branchline_mtu: the path below the line does not carry full packets")]
    return [Fault(answered, "does the target answer ping, and does it route back through the line?")]


def _line_packets(facts: Facts) -> dict[str, Any]:
    before = (facts.entry or {}).get("counters") or {}
    after = (facts.entry_after or {}).get("counters") or {}
    return {name: [before.get(name), after.get(name)] for name in ("tx_packets", "rx_packets", "tx_bytes", "rx_bytes")}


def encrypted(facts: Facts) -> Rung:
    """Rung 7: the SA's counters rose during the traffic, and the capture saw protected packets and none in clear."""
    end, capture = facts.end, facts.capture
    if end.dials:
        return dialled(7)
    if end.protection == "none":
        return unprotected(7, end)
    if facts.traffic is None or capture is None:
        return Rung(7, None, {}, NOT_SAMPLED)
    counters = _counters(facts.ike, facts.ike_after)
    kernel, kernel_faults = rungs_xfrm.counters(facts)
    seen = facts.share or leaks.Share()
    evidence = {
        "counters": {**counters, **kernel},
        "capture": {
            "interfaces": capture.interfaces,
            "seconds": capture.seconds,
            "unseen": capture.dropped,
            **seen.as_dict(),
        },
        "guard": facts.guard,
    }
    return judged(7, evidence, _counter_faults(counters) + kernel_faults + _capture_faults(capture.error, seen))


def _counters(before: Ike | None, after: Ike | None) -> dict[str, Any]:
    """Before and after, and what rose between; an SA that a rekey brought in counts from zero."""
    old, new = _by_spi(before), _by_spi(after)
    names = ("bytes_in", "bytes_out", "packets_in", "packets_out")
    found: dict[str, Any] = {name: [_total(old, name), _total(new, name)] for name in names}
    found["rose"] = {
        name: sum(max(0, getattr(child, name) - getattr(old.get(spi), name, 0)) for spi, child in new.items())
        for name in names
    }
    return found


def _by_spi(sa: Ike | None) -> dict[str, Child]:
    return {child.spi_in: child for child in sa.installed} if sa else {}


def _total(children: dict[str, Child], name: str) -> int:
    return sum(int(getattr(child, name)) for child in children.values())


def _counter_faults(counters: dict[str, Any]) -> list[Fault]:
    still = [name for name in ("bytes_in", "bytes_out") if not counters["rose"][name]]
    remedy = "the traffic does not take the SA: is the guard loaded, and does the L2TP socket carry its mark?"
    return [
        Fault(f"the SA's {name} did not rise: {counters[name][0]} -> {counters[name][1]}", remedy) for name in still
    ]


def _capture_faults(error: str, seen: leaks.Share) -> list[Fault]:
    if error:
        return [Fault(f"no capture: {error}", "verify needs to be root (become: true) and the outer interface")]
    faults = []
    if seen.cleartext:
        listing = ", ".join(f"{what} ({packets})" for what, packets in seen.clear.most_common(3))
        remedy = "stop the line, load the guard (`systemctl start branchline-guard`), then find what left in clear"
        faults.append(Fault(f"{seen.cleartext} packets in clear on the outer interface: {listing}", remedy))
    if not seen.protected_in or not seen.protected_out:
        what = f"the capture saw {seen.protected_out} protected packets leave and {seen.protected_in} come in"
        faults.append(Fault(what, "the line's packets take another interface or another SA than the expected one"))
    return faults
