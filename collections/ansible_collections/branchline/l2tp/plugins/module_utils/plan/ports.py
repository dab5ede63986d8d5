# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The UDP source ports of lines in transport mode: each LNS sees every line of ours on a port of its own.

In transport mode nothing but addresses and ports tells two lines apart, and behind one NAT the address is the same:
with one port for both, the LNS would have two security associations for the same packets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.branchline.l2tp.plugins.module_utils.plan import backends

if TYPE_CHECKING:
    from ansible_collections.branchline.l2tp.plugins.module_utils.plan.hops import Hop
    from ansible_collections.branchline.l2tp.plugins.module_utils.plan.lines import Line
    from ansible_collections.branchline.l2tp.plugins.module_utils.plan.standbys import Standby

FIRST, COUNT = 16384, 16384
TRUNKS, TRUNK_COUNT = 12288, 4096
"""Below 32768, where Linux's own choices begin: no other socket of the host happens to have the port."""


def given(lines: Iterable[Line]) -> list[Line]:
    """The lines, those in transport mode whose branch is ours with a source port."""
    found = list(lines)
    by_lns: dict[str, list[str]] = {}
    for line in found:
        for one in (line, *line.further):
            if _wants(one):
                by_lns.setdefault(one.lns.name, []).append(one.name)
    chosen = {lns: distinct(names) for lns, names in by_lns.items()}
    return [_with_ports(line, chosen) for line in found]


def _with_ports(line: Line, chosen: Mapping[str, dict[str, int]]) -> Line:
    """The line with the ports of all its tunnels: no two of them are alike, as two may be open at a time."""
    used = {chosen[line.lns.name][line.name]} if _wants(line) else set()
    own = next(iter(used), 0)
    for one in filter(_wants, line.further):
        ports = chosen[one.lns.name]
        if ports[one.name] in used:
            ports[one.name] = _next_free(ports[one.name], used.union(ports.values()))
        used.add(ports[one.name])
    return replace(line, source_port=own, standby=tuple(_with_port(other, chosen) for other in line.standby))


def _with_port(other: Standby, chosen: Mapping[str, dict[str, int]]) -> Standby:
    """Another LNS of a line with the port of the branch's own tunnel to it."""
    port = chosen.get(other.server.name, {}).get(other.hop.name, 0)
    return replace(other, hop=replace(other.hop, source_port=port)) if port else other


def distinct(names: Iterable[str]) -> dict[str, int]:
    """A port for each name, by its digest; a name whose port another one has, earlier in the alphabet, gets the next.

    Names that come and go leave the others their ports, unless they collide. More names than ports share them.
    """
    ports: dict[str, int] = {}
    taken: set[int] = set()
    late = []
    for name in sorted(names):
        port = FIRST + _digest(name, COUNT)
        if port in taken:
            late.append(name)
        else:
            ports[name] = port
            taken.add(port)
    for name in late:
        ports[name] = _next_free(FIRST + _digest(name, COUNT), taken)
        taken.add(ports[name])
    return ports


def of_trunk(trunk: Hop, taken: Collection[int]) -> int:
    """The port of a gateway's or LAC's tunnel, where none of `taken` is; 0, any, where it needs none of its own."""
    if not _wants(trunk):
        return 0
    start = _digest(trunk.name, TRUNK_COUNT)
    following = (TRUNKS + (start + step) % TRUNK_COUNT for step in range(TRUNK_COUNT))
    return next((one for one in following if one not in taken), TRUNKS + start)


def _wants(line: Hop) -> bool:
    return line.mode.name == backends.TRANSPORT and line.branch.managed and line.branch_can is None


def _digest(name: str, count: int) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % count


def _next_free(port: int, taken: set[int]) -> int:
    following = (FIRST + (port - FIRST + step) % COUNT for step in range(COUNT))
    return next((one for one in following if one not in taken), port)
