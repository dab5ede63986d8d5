# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The UDP source ports of lines in transport mode: each LNS sees every line of ours on a port of its own.

In transport mode nothing but addresses and ports tells two lines apart, and behind one NAT the address is the same:
with one port for both, the LNS would have two security associations for the same packets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.branchline.l2tp.plugins.module_utils.plan import backends

if TYPE_CHECKING:
    from ansible_collections.branchline.l2tp.plugins.module_utils.plan.lines import Line

FIRST, COUNT = 16384, 16384
"""Below 32768, where Linux's own choices begin: no other socket of the host happens to have the port."""


def given(lines: Iterable[Line]) -> list[Line]:
    """The lines, those in transport mode whose branch is ours with a source port."""
    found = list(lines)
    by_lns: dict[str, list[str]] = {}
    for line in found:
        if _wants(line):
            by_lns.setdefault(line.lns.name, []).append(line.name)
    chosen = {lns: distinct(names) for lns, names in by_lns.items()}
    return [replace(line, source_port=chosen[line.lns.name][line.name]) if _wants(line) else line for line in found]


def distinct(names: Iterable[str]) -> Mapping[str, int]:
    """A port for each name, by its digest; a name whose port another one has, earlier in the alphabet, gets the next.

    Names that come and go leave the others their ports, unless they collide. More names than ports share them.
    """
    ports: dict[str, int] = {}
    taken: set[int] = set()
    late = []
    for name in sorted(names):
        port = _digest(name)
        if port in taken:
            late.append(name)
        else:
            ports[name] = port
            taken.add(port)
    for name in late:
        ports[name] = _next_free(_digest(name), taken)
        taken.add(ports[name])
    return ports


def _wants(line: Line) -> bool:
    return line.mode.name == backends.TRANSPORT and line.branch.managed


def _digest(name: str) -> int:
    return FIRST + int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % COUNT


def _next_free(port: int, taken: set[int]) -> int:
    following = (FIRST + (port - FIRST + step) % COUNT for step in range(COUNT))
    return next((one for one in following if one not in taken), port)
