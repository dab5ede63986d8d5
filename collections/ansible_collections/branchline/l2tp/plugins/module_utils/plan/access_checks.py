# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Contradictions between a LAC and those who dial it, or wait for it to call them."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.compulsory import Compulsory
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import PREFIX, Report
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.hops import LINUX
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Lac, Network


def check(network: Network, lines: Sequence[Compulsory], report: Report) -> None:
    """Run every check."""
    for lac in network.lacs.values():
        _realms(lac, report)
    owners: dict[tuple[str, str], str] = {}
    for line in lines:
        _dialled(line, report)
        _called(line, owners, report)


def _realms(lac: Lac, report: Report) -> None:
    """Interfaces and services may only name realms that there are."""
    named = [("access", one.interface, one.realm) for one in lac.access]
    named += [("services", service, realm) for service, realm in lac.services.items()]
    for variable, what, realm in named:
        if realm is not None and realm not in lac.realms:
            problem = f"{what!r} has the unknown realm {realm!r}"
            report.error(lac.name, variable, problem, f"name one of {PREFIX}realms")


def _dialled(line: Compulsory, report: Report) -> None:
    remote, lac = line.branch, line.lac
    if remote.service is not None and remote.service not in lac.services:
        known = ", ".join(sorted(lac.services)[:5]) or "none but the nameless one"
        problem = f"{lac.name} does not offer the service {remote.service!r}"
        report.error(remote.name, "service", problem, f"name one of its {PREFIX}services ({known}), or remove it")
    vlans = sorted({vlan for one in lac.access for vlan in one.vlans})
    if lac.platform == LINUX and lac.access and remote.access_vlan not in vlans:
        problem = f"{lac.name} takes no hosts in on VLAN {remote.access_vlan}"
        known = ", ".join(str(vlan) for vlan in vlans[:5])
        report.error(remote.name, "access_vlan", problem, f"choose one of its {PREFIX}access ({known})")


def _called(line: Compulsory, owners: dict[tuple[str, str], str], report: Report) -> None:
    """A remote that an LNS calls by its number."""
    remote, circuit = line.branch, line.branch.circuit
    if circuit is None:
        return
    owner = owners.setdefault((line.lac.name, circuit.number), remote.name)
    if owner != remote.name:
        problem = f"the number {circuit.number!r} is that of {owner} at {line.lac.name} already"
        report.error(remote.name, "circuit", problem, "give each its own")
    if remote.service is not None:
        problem = "a remote that is called asks for a service of its own"
        report.error(remote.name, "service", problem, f"remove it, or remove {PREFIX}circuit")
    if line.server.platform != LINUX:
        problem = f"{line.server.name} is a device, which calls nobody"
        report.error(remote.name, "circuit", problem, "name a realm of an LNS on Linux")
