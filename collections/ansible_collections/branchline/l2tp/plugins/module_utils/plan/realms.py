# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Realms: what follows the @ of a user decides at a gateway or LAC which LNSs the session may be carried on to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.choices import FIRST, Choice
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import PREFIX, Report
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.hops import Trunks
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Branch, Gateway, Lac, Network


def tunnels(callers: Iterable[Gateway | Lac], network: Network, report: Report, trunks: Trunks) -> None:
    """Each of them gets a tunnel to every LNS of its realms; an LNS that is none is reported."""
    known = ", ".join(sorted(network.lns)[:5]) or "none at all"
    named = [(caller, realm, one.lns) for caller in callers for realm, some in caller.realms.items() for one in some]
    for caller, realm, lns in named:
        if lns in network.lns:
            trunks.get(caller, network.lns[lns])
        else:
            problem = f"realm {realm!r} has the unknown LNS {lns!r}"
            report.error(caller.name, "realms", problem, f"name one of the LNSs ({known})")


def of(caller: Gateway | Lac, realm: str, network: Network) -> Sequence[Choice]:
    """The LNSs of a realm that there are, the best first."""
    return [choice for choice in caller.realms.get(realm, ()) if choice.lns in network.lns]


def resolved(branch: Branch, network: Network, report: Report) -> Branch | None:
    """The branch with the LNSs that its realm has at its gateway; None where that is not known, which is reported."""
    if branch.realm is None:
        return branch
    gateway = network.gateways.get(branch.via or "")
    if gateway is None:
        if branch.via is None:
            problem, remedy = "is what a gateway goes by, and the line has none", f"set {PREFIX}via too, or remove it"
            report.error(branch.name, "realm", problem, remedy)
        return branch
    for variable, given in (("lns", branch.lns), ("standby", branch.standby)):
        if given:
            problem = f"the realm {branch.realm!r} says which LNS at {gateway.name}"
            report.error(branch.name, variable, problem, f"remove it, or set it to null, or remove {PREFIX}realm")
    if branch.realm not in gateway.realms:
        known = ", ".join(sorted(gateway.realms)[:5]) or "none at all"
        problem, remedy = f"unknown realm {branch.realm!r} of {gateway.name}", f"name one of its realms ({known})"
        report.error(branch.name, "realm", problem, remedy)
    choices = of(gateway, branch.realm, network)
    if not choices:
        return None
    first = choices[0]
    others, preference = tuple(choices[1:]), FIRST if first.preference is None else first.preference
    return replace(branch, lns=first.lns, preference=preference, weight=first.weight, standby=others)
