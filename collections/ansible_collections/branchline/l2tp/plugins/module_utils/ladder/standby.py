# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A line that may be on one of several LNSs: which of them a host says it is on, and the line as that one has it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Line = dict[str, Any]
SHARED = 10.0  # seconds that an LNS waits for lines that others have as well as it: no host knows whose they will be


def ways(line: Line) -> dict[str, Line]:
    """The line as each of its LNSs has it, by the LNS's name; its own comes first."""
    others = line.get("standby") or ()
    own = {**line, "standby": []}
    return {str(line.get("lns")): own, **{other["lns"]: {**own, **other} for other in others}}


def best(line: Line) -> list[str]:
    """The LNSs that the line is meant to be on: those of the lowest preference."""
    preferences = {name: way.get("preference", 10) for name, way in ways(line).items()}
    return [name for name, one in preferences.items() if one == min(preferences.values())]


def carrier(line: Line, host: str, entry: dict[str, Any] | None) -> str | None:
    """The LNS that carries the line, by a host's entry of it; None if it is not open there.

    The engine of a branch knows it; behind a gateway or LAC the branch's PPP knows the LNS's end alone; those between
    know their tunnel.
    """
    known = ways(line)
    if entry is None or entry.get("state") != "open":
        return None
    if host in known:
        return host
    if host != line["ends"][0]:
        return next((name for name, way in known.items() if entry.get("lns") in _tunnels(way)), str(line.get("lns")))
    if line.get("kind") == "voluntary" and "standby" in entry:
        return entry["standby"] if entry["standby"] in known else str(line.get("lns"))
    peer = entry.get("peer_address")
    return next((name for name, way in known.items() if way.get("lns_address") == peer), str(line.get("lns")))


def because(line: Line, entry: dict[str, Any] | None, trunks: Iterable[dict[str, Any]]) -> str | None:
    """Why the line is not on the LNS that it is meant to be on: what the engine of branch or gateway keeps of it."""
    meant = best(line)[0]
    known = {each.get("standby") or line.get("lns"): each for each in (entry or {}).get("choices") or ()}
    tunnels = {trunk.get("line"): trunk for trunk in trunks}
    kept = known.get(meant) or next((tunnels[name] for name in _tunnels(ways(line)[meant]) if name in tunnels), {})
    what = (kept.get("last_error") or {}).get("what")
    return str(what) if what else None


def _tunnels(way: Line) -> list[str]:
    return [hop["name"] for hop in way.get("hops") or ()]


def as_seen(line: Line, host: str, entry: dict[str, Any] | None) -> Line:
    """The line as the LNS has it that a host says it is on; an LNS always answers for itself."""
    known = ways(line)
    name = host if host in known else carrier(line, host, entry)
    return known.get(name or "", {**line, "standby": []})


def waits(lines: Iterable[Line], host: str, seconds: float) -> list[tuple[list[str], float]]:
    """For which lines a host waits, and how long: an LNS not for those that are meant to be on another one."""
    certain, shared = [], []
    for line in lines:
        meant = best(line)
        if host not in ways(line) or meant == [host]:
            certain.append(line["name"])
        elif host in meant:
            shared.append(line["name"])
    return [(certain, seconds), (shared, min(seconds, SHARED))]
