# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Contradictions between when a line is open and the rest of what its host wants."""

from __future__ import annotations

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.dialling import ALWAYS, DEMAND
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import PREFIX, Report
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Branch, Client, Network

ALWAYS_INSTEAD = f"set {PREFIX}dial to {ALWAYS}"


def check(network: Network, report: Report) -> None:
    """Run every check."""
    clients: list[Client] = [*network.branches.values(), *network.remotes.values()]
    for client in clients:
        if client.dial == DEMAND:
            _on_demand(client, report)
        elif client.hours and client.default_route:
            problem = "outside of them all but the networks of its routes follows the host's own default route"
            remedy = f"set {PREFIX}dial to {DEMAND}: its interface stays then, and drops packets"
            report.warn(client.name, "hours", problem, remedy)


def _on_demand(client: Client, report: Report) -> None:
    if client.fixed_address is None:
        problem = f"is {DEMAND}, and the interface has no address while nobody has dialled"
        report.error(client.name, "dial", problem, f"set {PREFIX}fixed_address, or {ALWAYS_INSTEAD}")
    if isinstance(client, Branch) and client.standby:
        problem = f"is {DEMAND}, which keeps one address, and each LNS of {PREFIX}standby gives its own"
        report.error(client.name, "dial", problem, f"remove {PREFIX}standby, or {ALWAYS_INSTEAD}")
