# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Contradictions between a line and the other LNSs that it may be on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ansible_collections.branchline.l2tp.plugins.module_utils.plan import addresses, checks
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.addresses import UNKNOWN
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.backends import TUNNEL
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.compulsory import Compulsory
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import PREFIX, Report
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.hops import LINUX, Hop
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Lns
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.lines import Line
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.standbys import LINUX_ONLY, Standby

STANDBY = "standby"


def check(lines: Iterable[Line], report: Report) -> None:
    """Run every check."""
    seen: set[tuple[str, str]] = set()
    for line in lines:
        if not line.standby:
            continue
        _caller(line, report)
        for other in line.standby:
            _standby(line, other, report)
        for hop in line.further:
            checks.check_hop(hop, report)
        virtual_ips([line, *line.further], seen, report)


def check_dialled(lines: Iterable[Compulsory], report: Report) -> None:
    """The same for lines that a LAC carries on."""
    for line in lines:
        for other in line.standby:
            _standby(line, other, report)


def _caller(line: Line, report: Report) -> None:
    """Who turns to the other LNSs: the branch's own engine, or its gateway's."""
    branch = line.branch
    if line.trunk is not None and branch.failover:
        problem = f"its line goes through {line.trunk.branch.name}, which has these times"
        report.warn(branch.name, "failover", problem, f"set {PREFIX}failover of the gateway")
    if line.further and line.branch_can is not None:
        report.error(branch.name, STANDBY, f"{line.branch_can['title']} has one LNS for a line", LINUX_ONLY)


def _standby(line: Line | Compulsory, other: Standby, report: Report) -> None:
    name, lns = line.branch.name, other.server
    variable = "realm" if line.realm else STANDBY
    if lns.platform != LINUX:
        problem = f"{lns.name} is {(other.hop.lns_can or {}).get('title', lns.platform)}, which cannot be one yet"
        report.error(name, variable, problem, "name an LNS on Linux")
    if not set(lns.ppp_auth) & set(line.server.ppp_auth):
        wanted = f"{lns.name} wants {', '.join(lns.ppp_auth)} of PPP, and {line.server.name}"
        remedy = f"give them one in common in {PREFIX}ppp_auth"
        report.error(name, variable, f"{wanted} {', '.join(line.server.ppp_auth)}", remedy)
    if lns.ppp_address != UNKNOWN and lns.ppp_address == line.server.ppp_address:
        problem = f"{lns.ppp_address} is that of {line.server.name} too: nobody could tell which LNS a line is on"
        report.error(lns.name, "ppp_address", problem, "give each its own")
    _fixed_address(name, other, report)


def _fixed_address(branch: str, other: Standby, report: Report) -> None:
    fixed, lns = other.fixed_address, other.server
    if fixed is None or not lns.pools:
        return
    if fixed == lns.ppp_address or not addresses.contains(lns.pools.get(other.pool, ()), fixed):
        where = f"pool {other.pool!r}" if other.pool else "every pool"
        problem = f"the fixed_address {fixed} is outside {where} of {lns.name}, or that LNS's own"
        report.error(branch, STANDBY, problem, "choose one of the pool, or extend the pool")


def virtual_ips(tunnels: Sequence[Hop], seen: set[tuple[str, str]], report: Report) -> None:
    """Who calls several LNSs may have a virtual IP of each at a time: they must not be alike; once for two LNSs."""
    found = [hop.lns for hop in tunnels if hop.mode.name == TUNNEL and isinstance(hop.lns, Lns)]
    lnss = sorted(found, key=lambda lns: lns.name)
    for place, one in enumerate(lnss):
        for other in lnss[:place]:
            pair = min(one.name, other.name), max(one.name, other.name)
            if pair not in seen and one.vip_pool.overlaps(other.vip_pool):
                whose = f"{tunnels[0].branch.name} has both as LNSs"
                problem = f"{one.vip_pool} overlaps {other.vip_pool} of {other.name}.{PREFIX}vip_pool, and {whose}"
                report.error(one.name, "vip_pool", problem, "give each its own virtual IPs")
            seen.add(pair)
