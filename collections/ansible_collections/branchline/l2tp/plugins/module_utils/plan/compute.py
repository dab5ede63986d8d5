# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""plan(): intent and facts in, both ends of every line out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan import (
    backends,
    checks,
    datapaths,
    engine_config,
    intent,
    ipsec,
    lines,
)
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import Report
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Host, Intent, Network
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.lines import Ends, Line
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.references import References, Source

VERSION = 1
Desired = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """Both ends of every line; there is no secret in it.

    `hosts`: the desired state of each managed host; `rendered`: that of each unmanaged one, for whoever configures it;
    `lines`: what both ends agreed upon, with the reasons; `secrets`: where each referenced secret comes from.
    """

    hosts: dict[str, Desired]
    rendered: dict[str, Desired]
    lines: list[dict[str, Any]]
    warnings: list[str]
    secrets: dict[str, Source]

    def as_dict(self) -> dict[str, Any]:
        """The plan as plain data."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def plan(wanted: Intent, facts: backends.Facts, *, store: bool = True) -> Plan:
    """Compute the plan; raises PlanErrors with every contradiction.

    `facts[host]` are those of the module `info`, as far as they are known; `store`: whether secrets that no variable
    gives may come from the generated store.
    """
    report = Report()
    network = intent.read(wanted, report)
    hosts: list[Host] = [*network.lns.values(), *network.branches.values()]
    ends = {host.name: backends.backend(host, facts, report) for host in hosts}
    paths = {host.name: datapaths.datapath(host, facts, report) for host in hosts}
    joined = lines.join(network, ends, report)
    checks.check(network, joined, report)
    for line in joined:
        _check_ah(line, facts, report)
    refs = References(store, report)
    desired = _desired(network, joined, ends, refs)  # also with errors: it finds the missing secrets
    report.raise_errors()
    return Plan(
        hosts={host.name: desired[host.name] for host in hosts if host.managed and host.name in desired},
        rendered={host.name: desired[host.name] for host in hosts if not host.managed and host.name in desired},
        lines=[_described(line) | _carried(line, paths) for line in joined],
        warnings=[str(warning) for warning in report.warnings],
        secrets=refs.sources,
    )


def _check_ah(line: Line, facts: backends.Facts, report: Report) -> None:
    for end in (line.branch.name, line.lns.name):
        if line.ah_proposals and facts.get(end, {}).get("kernel_ah") is False:
            remedy = "use esp, or give the host a kernel with CONFIG_INET_AH"
            report.error(line.branch.name, "protection", f"ah needs the kernel's, and that of {end} has none", remedy)


def _desired(network: Network, joined: Sequence[Line], ends: Ends, refs: References) -> dict[str, Desired]:
    """Each host's desired state, by name."""
    by_lns: dict[str, list[Line]] = {name: [] for name in network.lns}
    found = {}
    for line in joined:
        by_lns[line.lns.name].append(line)
        part = ipsec.branch_ipsec(line, refs)
        found[line.branch.name] = _host(
            line.branch, engine_config.branch_config(line, refs), part, ipsec.branch_guard(part, line)
        )
    for name, own in by_lns.items():
        lns = network.lns[name]
        part = ipsec.lns_ipsec(lns, own, ends[name], refs)
        guard = ipsec.lns_guard(part, own, str(lns.address))
        found[name] = _host(lns, engine_config.lns_config(lns, own, ends[name], refs), part, guard)
    return found


def _host(host: Host, config: Desired, part: Desired, guard: Desired) -> Desired:
    return {"version": VERSION, "host": host.name, "engine": config, "ipsec": part, "guard": guard}


def _described(line: Line) -> dict[str, Any]:
    """A line as the verification and the reports need it."""
    branch, lns = line.branch, line.lns
    return {
        "name": line.name,
        "kind": "voluntary",
        "ends": [branch.name, lns.name],
        "branch": branch.name,
        "lns": lns.name,
        "address": _text(branch.fixed_address),
        "pool": line.pool,
        "pool_ranges": engine_config.pool_ranges(lns, line.pool),
        "lns_address": str(lns.ppp_address),
        "lns_outer_address": str(lns.address),
        "mtu": line.mtu,
        "branch_lans": [str(lan) for lan in branch.lans],
        "lns_lans": [str(lan) for lan in lns.lans],
        "routes": line.routes,
        "default_route": branch.default_route,
        "lns_probe": _text(lns.probe),
        "branch_probe": _text(branch.probe),
        "interface": line.interface,
        "lns_interface": lns.interface or engine_config.LNS_INTERFACE,
        "managed": {branch.name: branch.managed, lns.name: lns.managed},
    } | _described_ipsec(line)


def _carried(line: Line, paths: Mapping[str, datapaths.DataPath]) -> dict[str, Any]:
    """What will carry the line at each end and why; `told` is what a person wants to hear of it all."""
    ends = {name: paths[name] for name in (line.branch.name, line.lns.name)}
    why = "; ".join(end.reason for end in ends.values())
    return {
        "datapath": {name: end._asdict() for name, end in ends.items()},
        "told": f"{line.name}: packets by {why}; {line.mode.reason}",
    }


def _described_ipsec(line: Line) -> dict[str, Any]:
    branch, lns = line.branch, line.lns
    protected = line.protected
    ends = ((branch.name, line.branch_backend), (lns.name, line.lns_backend))
    return {
        "protection": branch.protection,
        "connection": line.connection if protected else None,
        "ike_version": branch.ike_version,
        "auth": branch.ike_auth,
        # What a client of others calls itself behind a key that it shares is its own affair.
        "local_id": None if line.ikev1_psk and not branch.managed else branch.identity,
        "remote_id": line.lns_identity,
        "profile": line.profile.name,
        "proposals": list(line.profile.ike) if protected else [],
        "esp_proposals": line.esp_proposals,
        "ah_proposals": line.ah_proposals,
        "backend": {name: backend.name if protected else backends.NONE for name, backend in ends},
        "mode": line.mode.name,
        "reason": line.mode.reason,
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)
