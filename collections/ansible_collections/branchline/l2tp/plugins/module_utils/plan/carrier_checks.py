# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Contradictions of gateways, LACs and remotes, and those that need all tunnels and all lines to be seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ansible_collections.branchline.l2tp.plugins.module_utils.plan import access_checks, checks, standby_checks
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.backends import TUNNEL
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.compulsory import Compulsory
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import PREFIX, Report
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.hops import Hop
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Gateway, Network
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.lines import Line


def check(
    network: Network, lines: Sequence[Line], dialled: Sequence[Compulsory], trunks: Sequence[Hop], report: Report
) -> None:
    """Run every check."""
    further = [hop for line in lines for hop in line.further]
    checks.check_vip_pools([*lines, *trunks, *further], report)
    standby_checks.check(lines, report)
    standby_checks.check_dialled(dialled, report)
    wanted = Counter((line.server.name, line.pool) for line in lines)
    wanted += Counter((line.server.name, line.pool) for line in dialled)
    wanted += Counter((other.server.name, other.pool) for line in lines for other in line.standby)
    wanted += Counter((other.server.name, other.pool) for line in dialled for other in line.standby)
    checks.check_pools(network, wanted, report)
    for trunk in trunks:
        checks.check_hop(trunk, report)
        _virtual_ips(trunk, report)
    seen: set[tuple[str, str]] = set()
    for caller in (*network.gateways, *network.lacs):
        standby_checks.virtual_ips([trunk for trunk in trunks if trunk.branch.name == caller], seen, report)
    for line in dialled:
        checks.check_fixed_address(line.branch, line.server, line.pool, report)
    _names(lines, dialled, [*trunks, *further], report)
    _users(lines, dialled, report)
    _access(network, report)
    access_checks.check(network, dialled, report)


def _virtual_ips(trunk: Hop, report: Report) -> None:
    """A gateway has virtual IPs of its own to give, and one of the LNS's."""
    gateway, lns = trunk.branch, trunk.lns
    if isinstance(gateway, Gateway) and trunk.mode.name == TUNNEL and gateway.vip_pool.overlaps(lns.vip_pool):
        problem = f"{gateway.vip_pool} overlaps {lns.vip_pool} of {lns.name}.{PREFIX}vip_pool, which it calls"
        report.error(gateway.name, "vip_pool", problem, "give each its own virtual IPs")


def _names(lines: Sequence[Line], dialled: Sequence[Compulsory], trunks: Sequence[Hop], report: Report) -> None:
    """The names of lines are told apart by their own check; here from those of remotes and of trunks."""
    owners = {line.name: line.branch.name for line in lines}
    others: list[Compulsory | Hop] = [*dialled, *trunks]
    for one in others:
        owner = owners.setdefault(one.name, one.branch.name)
        if owner != one.branch.name:
            variable = "line" if isinstance(one, Compulsory) else "groups"
            problem = f"name of a line {one.name!r} is that of {owner} already"
            report.error(one.branch.name, variable, problem, f"give one of them another {PREFIX}line")


def _users(lines: Sequence[Line], dialled: Sequence[Compulsory], report: Report) -> None:
    owners = {(line.server.name, line.user): line.branch.name for line in lines}
    for one in dialled:
        owner = owners.setdefault((one.server.name, one.user), one.branch.name)
        if owner != one.branch.name:
            problem = f"user {one.user!r} is that of {owner} already"
            report.error(one.branch.name, "user", problem, "give each remote its own")


def _access(network: Network, report: Report) -> None:
    for gateway in network.gateways.values():
        if gateway.lans or gateway.probe:
            report.error(gateway.name, "lans", "no line ends at a gateway, so nothing reaches them", "remove them")
    for lac in network.lacs.values():
        if lac.lans or lac.probe:
            report.error(lac.name, "lans", "no line ends at a LAC, so nothing reaches them", "remove them")
