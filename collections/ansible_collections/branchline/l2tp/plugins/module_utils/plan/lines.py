# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines: a branch and its LNS joined, by a gateway or not, with all that both ends must agree upon decided once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from ansible_collections.branchline.l2tp.plugins.module_utils.plan import backends, ports, profiles, realms, standbys
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.addresses import UNKNOWN, contains
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import Report
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.hops import Can, Hop, Trunks, hop
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import (
    Branch,
    Client,
    Gateway,
    Lns,
    Network,
)
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.mtu import line_mtu
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.standbys import Further, Standby

INTERFACE_LENGTH = 15


@dataclass(frozen=True)
class Line(Hop):
    """One line of a branch: its first hop, and where PPP ends; `trunk` is the hop beyond a gateway."""

    branch: Branch
    server: Lns
    pool: str
    trunk: Hop | None = None
    standby: tuple[Standby, ...] = ()

    @property
    def realm(self) -> str | None:
        """By what its gateway chooses the LNS."""
        return self.branch.realm

    @property
    def user(self) -> str:
        """The name by which the branch authenticates at the LNS."""
        return self.branch.name if self.branch.realm is None else f"{self.branch.name}@{self.branch.realm}"

    @property
    def interface(self) -> str:
        """The name of the branch's interface."""
        if self.branch.interface or self.branch_can is None:
            return self.branch.interface or interface_name(self.name)
        return str(self.branch_can["interface"]).format(interface=interface_name(self.name))

    @property
    def server_can(self) -> Can | None:
        """What the LNS can do, if it is no Linux host."""
        return self.trunk.lns_can if self.trunk else self.lns_can

    @property
    def routes(self) -> list[str]:
        """Networks that the branch reaches through the line."""
        return client_routes(self.branch, self.server)

    @property
    def further(self) -> list[Further]:
        """The branch's own tunnels to its other LNSs; none where a gateway does it for the branch."""
        return [other.hop for other in self.standby if isinstance(other.hop, Further)]


def client_routes(client: Client, lns: Lns) -> list[str]:
    """Networks that a branch or remote reaches through its line."""
    networks = lns.lans if client.routes is None else client.routes
    return [str(network) for network in networks]


def interface_name(line: str) -> str:
    """The line's name if Linux takes it as an interface's, else as much of it as fits with a stable hash."""
    if len(line) <= INTERFACE_LENGTH:
        return line
    digest = hashlib.sha256(line.encode()).hexdigest()[:4]
    return f"{line[: INTERFACE_LENGTH - 5].rstrip('-._')}-{digest}"


def lns_mtu(lns: Lns, ipsec: backends.Backend) -> int:
    """The MTU of the LNS's one interface: no line of it is larger, and no branch can lower it for the others."""
    if lns.mtu is not None:
        return lns.mtu
    profile = profiles.BUILT_IN["modern"]
    return line_mtu(backends.TRANSPORT, ipsec.name == backends.LIBIPSEC, profile, "esp", sequencing=False)


def join(network: Network, report: Report, trunks: Trunks) -> list[Line]:
    """All lines of branches whose LNS is known, in the order of their names."""
    lines = []
    realms.tunnels(network.gateways.values(), network, report, trunks)
    for branch in filter(None, (realms.resolved(each, network, report) for each in network.branches.values())):
        lns = _lns_of(branch, network.lns, report)
        via = _gateway_of(branch, network, report)
        if lns is not None and (via is not None or branch.via is None):
            standby = _standby(branch, (via, lns), network, trunks, report)
            lines.append(_line(branch, (via, lns), standby, trunks, report))
    return ports.given(sorted(lines, key=lambda line: line.name))


def _standby(
    branch: Branch, way: tuple[Gateway | None, Lns], network: Network, trunks: Trunks, report: Report
) -> tuple[Standby, ...]:
    """The other LNSs of a branch's line, in order."""
    via, own = way
    name = line_name(branch, own)
    found = []
    for lns, choice, preference in standbys.wanted(branch, own, network.lns, report):
        tunnel = trunks.get(via, lns) if via else None
        known = branch.pool if branch.pool in lns.pools else None
        asking = replace(branch, pool=choice.pool or known, fixed_address=choice.fixed_address)
        to = tunnel or standbys.further(hop(f"{name}-{lns.name}", branch, lns, trunks.known, report), name)
        pool = pool_of(asking, lns, report)
        found.append(Standby(lns, to, pool, choice.fixed_address, preference, choice.weight))
    return tuple(found)


def line_name(branch: Branch, lns: Lns) -> str:
    """The name of a branch's line."""
    return branch.line or f"{branch.name}-{lns.name}"


def _gateway_of(branch: Branch, network: Network, report: Report) -> Gateway | None:
    if branch.via is not None and branch.via not in network.gateways:
        names = ", ".join(sorted(network.gateways)[:5]) or "none at all"
        remedy = f"name a host of the group of gateways ({names})"
        report.error(branch.name, "via", f"unknown gateway {branch.via!r}", remedy)
    return network.gateways.get(branch.via or "")


def _lns_of(branch: Branch, known: Mapping[str, Lns], report: Report) -> Lns | None:
    if branch.lns is not None and branch.lns in known:
        return known[branch.lns]
    if branch.lns is None and len(known) == 1:
        return next(iter(known.values()))
    names = ", ".join(sorted(known)[:5]) or "none at all"
    problem = "is missing, and there is not exactly one LNS" if branch.lns is None else f"unknown LNS {branch.lns!r}"
    report.error(branch.name, "lns", problem, f"name a host of the group of LNSs ({names})")
    return None


def _line(
    branch: Branch, way: tuple[Gateway | None, Lns], standby: tuple[Standby, ...], trunks: Trunks, report: Report
) -> Line:
    """The line of a branch by its `way`, a gateway or none and the LNS."""
    (via, lns), ends = way, trunks.known.ends
    trunk = trunks.get(via, lns) if via else None
    first = hop(line_name(branch, lns), branch, via or lns, trunks.known, report)
    hops = [first, *([trunk] if trunk else []), *(other.hop for other in standby)]
    real, libipsec = min(one.mtu for one in hops), any(one.libipsec for one in hops)
    most = min(lns_mtu(one, ends[one.name]) for one in (lns, *(other.server for other in standby)))
    return Line(
        name=first.name,
        branch=branch,
        lns=first.lns,
        profile=first.profile,
        branch_backend=first.branch_backend,
        lns_backend=first.lns_backend,
        mode=first.mode,
        mtu=client_mtu(branch, real, libipsec, most, report),
        source_port=0,
        branch_can=first.branch_can,
        lns_can=first.lns_can,
        server=lns,
        pool=pool_of(branch, lns, report),
        trunk=trunk,
        standby=standby,
    )


def client_mtu(branch: Client, real: int, libipsec: bool, most: int, report: Report) -> int:
    """The MTU of a line: what it really carries, and no more than the LNS's interface; less where asked for."""
    wanted = branch.mtu
    if wanted is None:
        return min(real, most)
    if wanted > real:
        say = report.error if libipsec else report.warn
        effect = "libipsec truncates longer packets" if libipsec else "packets will be fragmented outside"
        say(
            branch.name,
            "mtu",
            f"is {wanted}, but the line carries {real}: {effect}",
            f"set at most {real}, or remove it",
        )
    elif wanted > most:
        report.error(branch.name, "mtu", f"is {wanted}, above the {most} of the LNS's interface", f"set at most {most}")
    return wanted


def pool_of(branch: Client, lns: Lns, report: Report) -> str:
    """The pool of a branch: the named one, the only one, or the one that has the branch's fixed address."""
    names = ", ".join(lns.pools) or "none"
    if branch.pool is not None:
        if branch.pool not in lns.pools:
            report.error(
                branch.name, "pool", f"unknown pool {branch.pool!r} of {lns.name}", f"name one of its pools ({names})"
            )
        return branch.pool
    if len(lns.pools) == 1:
        return next(iter(lns.pools))
    fixed = branch.fixed_address
    if fixed is not None and fixed != UNKNOWN:
        return _pool_with(fixed, lns)
    if lns.pools:
        report.error(branch.name, "pool", f"is missing, and {lns.name} has several", f"name one of its pools ({names})")
    return ""


def _pool_with(fixed: IPv4Address, lns: Lns) -> str:
    return next((name for name, ranges in lns.pools.items() if contains(ranges, fixed)), "")
