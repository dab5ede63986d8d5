# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""plan(): intent and facts in, both ends of every line out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan import (
    backends,
    checks,
    device_state,
    devices,
    engine_config,
    intent,
    ipsec,
    lines,
)
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import Report
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Host, Intent, Network
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.lines import LINUX, Ends, Line, Platforms
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.references import References, Source

VERSION = 1
Desired = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """Both ends of every line; there is no secret in it.

    `hosts`: the desired state of each managed Linux host; `devices`: that of each managed device; `rendered`: that of
    each unmanaged end, for whoever configures it; `lines`: what both ends agreed upon, with the reasons; `secrets`:
    where each referenced secret comes from.
    """

    hosts: dict[str, Desired]
    devices: dict[str, Desired]
    rendered: dict[str, Desired]
    lines: list[dict[str, Any]]
    warnings: list[str]
    secrets: dict[str, Source]

    def as_dict(self) -> dict[str, Any]:
        """The plan as plain data."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def plan(wanted: Intent, facts: backends.Facts, *, store: bool = True, platforms: Platforms | None = None) -> Plan:
    """Compute the plan; raises PlanErrors with every contradiction.

    `facts[host]["kernel_esp"]` says whether the host's kernel has ESP; `store`: whether secrets that no variable gives
    may come from the generated store; `platforms`: what each platform but Linux can do.
    """
    can = platforms or {}
    report = Report()
    network = intent.read(wanted, report)
    hosts: list[Host] = [*network.lns.values(), *network.branches.values()]
    devices.check_hosts(network, can, report)
    ends = {host.name: _backend(host, facts, can, report) for host in hosts}
    for host in hosts:
        _check_tun(host, facts, report)
    joined = lines.join(network, ends, report, can)
    checks.check(network, joined, report)
    devices.check_lines(network, joined, can, report)
    refs = References(store, report)
    desired = _desired(network, joined, ends, can, refs)  # also with errors: it finds the missing secrets
    report.raise_errors()
    return Plan(
        hosts={name: desired[name] for name in _managed(hosts, desired, linux=True)},
        devices={name: desired[name] for name in _managed(hosts, desired, linux=False)},
        rendered={host.name: desired[host.name] for host in hosts if not host.managed and host.name in desired},
        lines=[_described(line) for line in joined],
        warnings=[str(warning) for warning in report.warnings],
        secrets=refs.sources,
    )


def _backend(host: Host, facts: backends.Facts, can: Platforms, report: Report) -> backends.Backend:
    own = can.get(host.platform)
    return backends.backend(host, facts, report) if own is None else backends.device_backend(host, own, report)


def _managed(hosts: Sequence[Host], desired: dict[str, Desired], *, linux: bool) -> list[str]:
    return [host.name for host in hosts if host.managed and host.name in desired and (host.platform == LINUX) is linux]


def _check_tun(host: Host, facts: backends.Facts, report: Report) -> None:
    if host.managed and facts.get(host.name, {}).get("tun") is False:
        remedy = "load the module tun, or give the container the device"
        report.error(host.name, "datapath", "the host has no /dev/net/tun", remedy)


def _desired(
    network: Network, joined: Sequence[Line], ends: Ends, can: Platforms, refs: References
) -> dict[str, Desired]:
    """Each host's desired state, by name."""
    by_lns: dict[str, list[Line]] = {name: [] for name in network.lns}
    found = {}
    for line in joined:
        by_lns[line.lns.name].append(line)
        part = ipsec.branch_ipsec(line, refs)
        found[line.branch.name] = (
            _host(line.branch, engine_config.branch_config(line, refs), part, ipsec.branch_guard(part, line))
            if line.branch_can is None
            else _device(line.branch, device_state.branch(line, refs))
        )
    for name, own in by_lns.items():
        lns = network.lns[name]
        if lns.platform in can:
            found[name] = _device(lns, device_state.lns(lns, own, can[lns.platform], refs))
            continue
        part = ipsec.lns_ipsec(lns, own, ends[name], refs)
        guard = ipsec.lns_guard(part, own, str(lns.address))
        found[name] = _host(lns, engine_config.lns_config(lns, own, ends[name], refs), part, guard)
    return found


def _host(host: Host, config: Desired, part: Desired, guard: Desired) -> Desired:
    return {"version": VERSION, "host": host.name, "engine": config, "ipsec": part, "guard": guard}


def _device(host: Host, state: Desired) -> Desired:
    return {"version": VERSION, "host": host.name, "platform": host.platform, "device": state}


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
        "lns_interface": lns.interface or (line.lns_can or {}).get("lns_interface") or engine_config.LNS_INTERFACE,
        "platform": {branch.name: branch.platform, lns.name: lns.platform},
        "managed": {branch.name: branch.managed, lns.name: lns.managed},
    } | _described_ipsec(line)


def _described_ipsec(line: Line) -> dict[str, Any]:
    branch, lns = line.branch, line.lns
    protected = line.protected
    ends = ((branch.name, line.branch_backend), (lns.name, line.lns_backend))
    return {
        "protection": branch.protection,
        "connection": line.connection if protected else None,
        "ike_version": branch.ike_version,
        "auth": branch.ike_auth,
        "local_id": branch.identity,
        "remote_id": line.lns_identity,
        "profile": line.profile.name,
        "proposals": list(line.profile.ike) if protected else [],
        "esp_proposals": list(line.profile.esp) if branch.protection == "esp" else [],
        "ah_proposals": list(line.profile.ah) if branch.protection == "ah" else [],
        "backend": {name: backend.name if protected else backends.NONE for name, backend in ends},
        "mode": line.mode.name,
        "reason": line.mode.reason,
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)
