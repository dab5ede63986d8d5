# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The compulsory lines: a remote that dials a LAC by PPPoE, and the LNS that its realm chooses, joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import Report
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.hops import Can, Ends, Hop, Trunks
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Lac, Lns, Network, Remote
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.lines import (
    client_mtu,
    client_routes,
    interface_name,
    lns_mtu,
    pool_of,
)

Known = TypeVar("Known")
PPPOE_MTU = 1492  # RFC 2516 7: Ethernet's 1500 less PPPoE's and PPP's headers


@dataclass(frozen=True)
class Compulsory:
    """One line of a remote; `trunk` is the LAC's tunnel to the LNS."""

    name: str
    branch: Remote
    lac: Lac
    server: Lns
    realm: str
    trunk: Hop
    pool: str
    mtu: int

    @property
    def server_can(self) -> Can | None:
        """What the LNS can do, if it is no Linux host."""
        return self.trunk.lns_can

    @property
    def user(self) -> str:
        """The name by which the remote authenticates, at the LAC and at the LNS."""
        return f"{self.branch.user or self.branch.name}@{self.realm}"

    @property
    def interface(self) -> str:
        """The name of the remote's interface."""
        return self.branch.interface or interface_name(self.name)

    @property
    def routes(self) -> list[str]:
        """Networks that the remote reaches through the line."""
        return client_routes(self.branch, self.server)


def join(network: Network, ends: Ends, report: Report, trunks: Trunks) -> list[Compulsory]:
    """All lines of remotes whose LAC and LNS are known, in the order of their names; every LAC gets all its trunks."""
    for lac in network.lacs.values():
        for realm, name in lac.realms.items():
            if name in network.lns:
                trunks.get(lac, network.lns[name])
            else:
                known = ", ".join(sorted(network.lns)[:5]) or "none at all"
                problem, remedy = f"realm {realm!r} has the unknown LNS {name!r}", f"name one of the LNSs ({known})"
                report.error(lac.name, "realms", problem, remedy)
    found = (_line(remote, network, ends, report, trunks) for remote in network.remotes.values())
    return sorted((line for line in found if line is not None), key=lambda line: line.name)


def _line(remote: Remote, network: Network, ends: Ends, report: Report, trunks: Trunks) -> Compulsory | None:
    lac = _one(remote, "lac", network.lacs, "LAC", report)
    realm = _realm(remote, lac, report) if lac else None
    lns = network.lns.get(lac.realms[realm]) if lac and realm else None
    if lac is None or realm is None or lns is None:
        return None  # for a reason that is reported
    trunk = trunks.get(lac, lns)
    most = lns_mtu(lns, ends[lns.name])
    return Compulsory(
        name=remote.line or f"{remote.name}-{lns.name}",
        branch=remote,
        lac=lac,
        server=lns,
        realm=realm,
        trunk=trunk,
        pool=pool_of(remote, lns, report),
        mtu=client_mtu(remote, min(trunk.mtu, PPPOE_MTU), trunk.libipsec, most, report),
    )


def _realm(remote: Remote, lac: Lac, report: Report) -> str | None:
    """The realm; without any the LAC's error is enough."""
    known = {name: name for name in lac.realms}
    return _one(remote, "realm", known, f"realm of {lac.name}", report) if known else None


def _one(remote: Remote, variable: str, known: Mapping[str, Known], what: str, report: Report) -> Known | None:
    """What a variable names, or the only one there is."""
    wanted: str | None = getattr(remote, variable)
    if wanted is not None and wanted in known:
        return known[wanted]
    if wanted is None and len(known) == 1:
        return next(iter(known.values()))
    names = ", ".join(sorted(known)[:5]) or "none at all"
    problem = f"is missing, and there is not exactly one {what}" if wanted is None else f"unknown {what} {wanted!r}"
    report.error(remote.name, variable, problem, f"name one ({names})")
    return None
