# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The climb: observe, send traffic under a capture, observe again, and judge each rung of each line."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from . import echo, intent, leaks, observe, relay, rungs_control, rungs_path, standby, xfrm
from .capture import Capture, Recorder
from .facts import Facts
from .kernel import observe_guard
from .rung import Rung
from .sas import Ike, Index

YOUNG = 10.0  # seconds since a line opened

RUNGS: tuple[Callable[[Facts], Rung], ...] = (
    rungs_control.daemons,
    rungs_control.ike_sa,
    rungs_control.child_sa,
    rungs_control.session,
    rungs_path.routes,
    rungs_path.traffic,
    rungs_path.encrypted,
)


@dataclass(frozen=True)
class Request:
    """What to climb: this host's lines of the plan; `wait` in seconds; `sample` lines get traffic (0: all of them)."""

    host: str
    lines: list[dict[str, Any]]
    wait: float = 60.0
    sample: int = 0
    pings: int = 5
    paths: observe.Paths = field(default_factory=observe.Paths)


def climb(request: Request) -> list[dict[str, Any]]:
    """Each line with this end's rungs: {"name", "end", "role", "ok", "rungs": [...]}."""
    facts = observe.settle(_observer(request), _settled)
    chosen = sampled([one.end.line for one in facts], request.sample)
    _exercise([one for one in facts if one.end.line in chosen], request)
    by_line: dict[str, list[Facts]] = {}
    for one in facts:
        by_line.setdefault(one.end.line, []).append(one)
    planned = {line["name"]: line for line in request.lines}
    return [judge(*some) | _because(planned[name], some[0]) for name, some in by_line.items()]


def _because(line: dict[str, Any], facts: Facts) -> dict[str, Any]:
    """Why the line is not on the LNS that it is meant to be on, where this host knows; and when it is to be open."""
    because = standby.because(line, facts.entry, facts.daemons.engine.get("trunks") or ())
    return {"because": because, "dial": (facts.entry or {}).get("dial")}


def _settled(facts: Facts) -> bool:
    return facts.end.relays or bool(rungs_path.routes(facts).ok)


def _observer(request: Request) -> Callable[[], list[Facts]]:
    """Waits for open lines the first time only."""
    waits = iter([standby.waits(request.lines, request.host, request.wait)])
    return lambda: observe.gather(request.paths, partial(_ends, request), next(waits, []))


def _ends(request: Request, entries: dict[str, dict[str, Any]]) -> list[intent.End]:
    """What this host has to prove of each line, as the LNS has it that the line is on."""
    seen = (standby.as_seen(line, request.host, entries.get(line["name"])) for line in request.lines)
    return [end for line in seen for end in intent.ends_of(line, request.host)]


def judge(facts: Facts, *more: Facts) -> dict[str, Any]:
    """One line's result; a host between has facts of each of its tunnels."""
    if facts.end.relays:
        parts = {one.end.hop: [rung(one) for rung in relay.RUNGS] for one in (facts, *more)}
        rungs = relay.joined(parts)
    else:
        rungs = [rung(facts) for rung in RUNGS]
    state = (facts.entry or {}).get("state", "unknown")
    return {
        "name": facts.end.line,
        "end": facts.end.host,
        "role": facts.end.role,
        "state": state,
        "carried_by": facts.end.lns if state == "open" else None,
        "ok": all(rung.ok is not False for rung in rungs),
        "rungs": [rung.as_dict() for rung in rungs],
    }


def sampled(names: list[str], size: int) -> set[str]:
    """Which lines get traffic: all for 0, else the same ones in every run, spread by a digest of their names."""
    if not size:
        return set(names)
    return set(sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest())[:size])


def probes(facts: Facts, pings: int) -> list[echo.Probe]:
    """The traffic of one end of one line: ordinary pings, full packets with DF, and one that must not fit.

    An LNS may have one interface for lines of several MTUs: where it is larger, its packets may well fit.
    """
    targets, mtu = [] if facts.end.relays else facts.far_targets, facts.end.mtu
    wanted = [echo.Probe(target, count=pings) for target in targets]
    wanted += [echo.Probe(target, size=mtu, df=True, count=2) for target in targets]
    interface = facts.interfaces.get(facts.interface)
    larger = interface is not None and interface.mtu > mtu and not facts.end.is_branch
    return wanted + [echo.Probe(target, size=mtu + 1, df=True, count=1) for target in targets[:1] if not larger]


def _young(facts: Facts) -> bool:
    """Whether the line opened just now: its peer may have more to do until it carries packets, as pppd's scripts."""
    entry = facts.entry or {}
    fresh = entry.get("state") == "open" and entry.get("uptime", YOUNG) < YOUNG
    return fresh and not facts.end.relays and bool(facts.far_targets)


def _exercise(facts: list[Facts], request: Request) -> None:
    wanted = [probes(one, request.pings) for one in facts]
    echo.knock((one.far_targets[0] for one in facts if _young(one)), observe.SETTLE)
    outer = [route.dev for one in facts if (route := one.routes.get(one.peer_outer or "")) is not None]
    with Recorder(outer) as recorder:
        outcomes = echo.ping([probe for some in wanted for probe in some])
        _await_relayed([one for one in facts if one.end.relays and one.ike is not None], request)
    if not outer:
        recorder.capture.error = "no route to any peer's outer address"
    remaining = iter(outcomes)
    for one, some in zip(facts, wanted):
        one.traffic = [next(remaining) for _ in some]
    _observe_after(facts, request, recorder.capture)


def _await_relayed(facts: list[Facts], request: Request) -> None:
    def now() -> list[Ike | None]:
        index = Index(observe.sas(request.paths))
        return [observe.carrier(index, one.end, one.entry) for one in facts]

    if facts:
        relay.rose(now)


def _observe_after(facts: list[Facts], request: Request, capture: Capture) -> None:
    lines = observe.entries(observe.status(request.paths)[0])
    index, guard, view = Index(observe.sas(request.paths)), observe_guard(), leaks.Sorted(capture)
    kernel = xfrm.observe() if any(one.xfrm for one in facts) else None
    for one in facts:
        one.xfrm_after = kernel if one.xfrm else None
        one.entry_after = observe.seen_from(one.end, lines.get(one.end.line))
        one.ike_after = observe.carrier(index, one.end, one.entry_after)
        one.capture, one.guard = capture, guard
        one.share = view.share(marks(one), one.end.protection)


def marks(facts: Facts) -> leaks.Marks:
    """How the line is recognised on the wire.

    On a one-armed host the own LAN is on the outer interface as well, and what is forwarded between it and the line is
    no leak: there only the PPP addresses count.
    """
    end, route = facts.end, facts.routes.get
    children = [child for sa in (facts.ike, facts.ike_after) if sa for child in sa.children]
    here = facts.given_address if end.is_branch else facts.lns_address
    outer, near = route(facts.peer_outer or ""), route(end.near_probe or "")
    one_armed = outer is not None and near is not None and outer.dev == near.dev
    return leaks.Marks(
        spis_in=frozenset(child.spi_in for child in children),
        spis_out=frozenset(child.spi_out for child in children),
        peers=frozenset(address for address in (facts.peer_outer, facts.peer_inner) if address),
        decrypted=end.backend == observe.KERNEL and end.mode == "tunnel",
        here=leaks.networks([here] if one_armed else [here, end.near_probe, *end.near]),
        there=leaks.networks([facts.far_address, end.far_probe, *end.far]),
    )
