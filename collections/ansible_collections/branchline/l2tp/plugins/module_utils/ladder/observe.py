# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host is asked, once for all of its lines: the engine, charon, the file that the engine was started from."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.control import EngineAbsentError, EngineError, call

from . import demand, xfrm
from .facts import Daemons, Facts
from .intent import End
from .kernel import observe_interfaces, observe_routes
from .rungs_path import wanted_routes
from .sas import Ike, Index, parse
from .vici import Vici, ViciError

KERNEL = "kernel"
POLL = 0.5  # seconds between two looks at lines that are not open yet
SETTLE = 3.0  # seconds: a line that is open gets this long to finish what follows (routes, addresses)


Wanted = Callable[[dict[str, dict[str, Any]]], list[End]]
"""What this host has to prove, by what its engine says of the lines."""


@dataclass(frozen=True)
class Paths:
    """Where the daemons of this host are to be asked."""

    control: str = "/run/branchline/control.sock"
    vici: str = "/run/charon.vici"
    config: str = "/etc/branchline/engine.json"


def status(paths: Paths) -> tuple[dict[str, Any], str]:
    """The engine's status, or why there is none."""
    try:
        return dict(call("status", path=paths.control)), ""
    except (EngineAbsentError, EngineError) as error:
        return {}, str(error)


def entries(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A status's lines by name."""
    return {entry["line"]: entry for entry in found.get("lines", [])}


def wait_open(paths: Paths, lines: Iterable[str], seconds: float) -> tuple[dict[str, Any], str, float]:
    """The status once all lines are open or at rest, or the last one before `seconds` have passed; how long it took.

    Those that wait for traffic are dialled.
    """
    names = set(lines)
    started = time.monotonic()
    while True:
        asked = time.monotonic()
        found, error = status(paths)
        waited, cost = time.monotonic() - started, time.monotonic() - asked
        if not demand.pending(entries(found), names) or waited >= seconds:
            return found, error, waited
        demand.dial(paths.control, entries(found), names)
        time.sleep(max(POLL, 10 * cost))  # the status of 10,000 lines is not to be had twice a second


def ask_charon(paths: Paths, daemons: Daemons) -> list[Ike]:
    """All SAs; fills in what charon says about itself."""
    try:
        with Vici(paths.vici) as vici:
            version = vici.request("version")
            since = vici.request("stats").get("uptime", {}).get("running", "")
            daemons.charon = {"version": version.get("version", ""), "uptime": since}
            for event in vici.stream("list-conns", "list-conn"):
                daemons.connections.update(event)
            return parse(vici.stream("list-sas", "list-sa"))
    except ViciError as error:
        daemons.charon_error = str(error)
        return []


def sas(paths: Paths) -> list[Ike]:
    """All SAs; none when charon does not answer."""
    return ask_charon(paths, Daemons())


def read_config(paths: Paths, daemons: Daemons) -> None:
    """The digest of the engine's configuration as it is on disk."""
    try:
        daemons.config_sha256 = hashlib.sha256(Path(paths.config).read_bytes()).hexdigest()
    except OSError as error:
        daemons.config_error = f"{paths.config}: {error.strerror or error}"


def carrier(index: Index, end: End, entry: dict[str, Any] | None) -> Ike | None:
    """The IKE SA that carries a line: the branch has a connection for it, the LNS one for many lines."""
    if end.dials:
        return None
    if end.initiates:
        return index.for_connection(end.connection)
    peer = ((entry or {}).get("peer") or {}).get("address")
    return index.for_peer(peer, end.remote_id)


def seen_from(end: End, entry: dict[str, Any] | None) -> dict[str, Any] | None:
    """A line's entry as this end's own tunnel has it: a gateway tells of its other one in `onward`."""
    return {**entry, **(entry.get("onward") or {})} if entry and end.onward else entry


def gather(paths: Paths, wanted: Wanted, waits: Iterable[tuple[list[str], float]]) -> list[Facts]:
    """Facts about all lines of this host before any traffic, each `wanted` as its entry tells; `waits`: for which."""
    waited = 0.0
    for names, seconds in waits:
        waited += wait_open(paths, names, seconds)[2]
    found, error = status(paths)
    daemons = Daemons(engine=found, engine_error=error)
    read_config(paths, daemons)
    index, lines, interfaces = Index(ask_charon(paths, daemons)), entries(found), observe_interfaces()
    ends = wanted(lines)
    facts = [Facts(end, daemons, lines.get(end.line), interfaces=interfaces, waited=waited) for end in ends]
    for one in facts:
        one.entry = seen_from(one.end, one.entry)
        one.ike = carrier(index, one.end, one.entry)
    kernel = xfrm.observe() if any(end.backend == KERNEL for end in ends) else None
    for one in facts:
        one.xfrm = kernel if one.end.backend == KERNEL else None
    routes = observe_routes([address for one in facts for address in _destinations(one)])
    for one in facts:
        one.routes = routes
    return facts


def _destinations(facts: Facts) -> list[str]:
    near = [facts.end.near_probe] if facts.end.near_probe else []
    peer = [facts.peer_outer] if facts.peer_outer else []
    return [*wanted_routes(facts), *peer, *near]


def settle(observe: Callable[[], list[Facts]], holds: Callable[[Facts], bool], seconds: float = SETTLE) -> list[Facts]:
    """Observe until it holds of all lines that are open, at most for `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        facts = observe()
        if all(holds(one) for one in facts if (one.entry or {}).get("state") == "open"):
            return facts
        if time.monotonic() >= deadline:
            return facts
        time.sleep(POLL)
