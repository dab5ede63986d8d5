# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The compulsory lines: a remote that dials a LAC by PPPoE, and the LNS that its realm chooses, joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from ansible_collections.branchline.l2tp.plugins.module_utils.plan import realms
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.choices import FIRST, Choice
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
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.standbys import Standby

Known = TypeVar("Known")
PPPOE_MTU = 1492  # RFC 2516 7: Ethernet's 1500 less PPPoE's and PPP's headers


@dataclass(frozen=True)
class Compulsory:
    """One line of a remote; `trunk` is the LAC's tunnel to the LNS, `standby` are the other LNSs of the realm."""

    name: str
    branch: Remote
    lac: Lac
    server: Lns
    realm: str
    trunk: Hop
    pool: str
    mtu: int
    preference: int = FIRST
    standby: tuple[Standby, ...] = ()

    @property
    def service(self) -> str | None:
        """The service that the remote asks for; one that has a number asks for its own, and waits."""
        circuit = self.branch.circuit
        return self.branch.service if circuit is None else f"circuit-{circuit.number}"

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
    realms.tunnels(network.lacs.values(), network, report, trunks)
    found = (_line(remote, network, ends, report, trunks) for remote in network.remotes.values())
    return sorted((line for line in found if line is not None), key=lambda line: line.name)


def _line(remote: Remote, network: Network, ends: Ends, report: Report, trunks: Trunks) -> Compulsory | None:
    lac = _one(remote, "lac", network.lacs, "LAC", report)
    realm = _realm(remote, lac, report) if lac else None
    choices = realms.of(lac, realm, network) if lac and realm else ()
    if lac is None or realm is None or not choices:
        return None  # for a reason that is reported
    lns, trunk = network.lns[choices[0].lns], trunks.get(lac, network.lns[choices[0].lns])
    standby = () if remote.circuit else _standby(remote, lac, choices[1:], network, report, trunks)
    hops = [trunk, *(other.hop for other in standby)]
    most = min(lns_mtu(one, ends[one.name]) for one in (lns, *(other.server for other in standby)))
    real, libipsec = min(PPPOE_MTU, *(hop.mtu for hop in hops)), any(hop.libipsec for hop in hops)
    return Compulsory(
        name=remote.line or f"{remote.name}-{lns.name}",
        branch=remote,
        lac=lac,
        server=lns,
        realm=realm,
        trunk=trunk,
        pool=pool_of(remote, lns, report),
        mtu=client_mtu(remote, real, libipsec, most, report),
        preference=_preference(choices[0]),
        standby=standby,
    )


def _standby(
    remote: Remote, lac: Lac, choices: Sequence[Choice], network: Network, report: Report, trunks: Trunks
) -> tuple[Standby, ...]:
    """The other LNSs of the realm; each gives an address of its own pool."""
    found = []
    for choice in choices:
        lns = network.lns[choice.lns]
        asking = replace(remote, pool=remote.pool if remote.pool in lns.pools else None, fixed_address=None)
        to, pool = trunks.get(lac, lns), pool_of(asking, lns, report)
        found.append(Standby(lns, to, pool, None, _preference(choice), choice.weight))
    return tuple(found)


def _preference(choice: Choice) -> int:
    return FIRST if choice.preference is None else choice.preference


def _realm(remote: Remote, lac: Lac, report: Report) -> str | None:
    """The realm, by its own word, its service's, or as the only one; without any the LAC's error is enough."""
    known = {name: name for name in lac.realms}
    service = lac.services.get(remote.service or "")
    if remote.realm is None and service in known:
        return service
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
