# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""plan(): intent and facts in, both ends of every line out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan import (
    backends,
    carrier_checks,
    carriers,
    checks,
    compulsory,
    datapaths,
    describe,
    device_carriers,
    device_state,
    devices,
    dial_checks,
    engine_config,
    intent,
    ipsec,
    lines,
)
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.compulsory import Compulsory
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import Report
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.hops import (
    LINUX,
    Hop,
    Known,
    Platforms,
    Trunks,
)
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import (
    Gateway,
    Host,
    Intent,
    Lac,
    Lns,
    Network,
)
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.lines import Line
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.references import References, Source

VERSION = 1
GUARDED = ("addresses", "cleartext", "bundles")
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

    `facts[host]` are those of the module `info`, as far as they are known; `store`: whether secrets that no variable
    gives may come from the generated store; `platforms`: what each platform but Linux can do.
    """
    can = platforms or {}
    report = Report()
    network = intent.read(wanted, report)
    hosts = network.hosts
    devices.check_hosts(network, can, report)
    ends = {host.name: _backend(host, facts, can, report) for host in hosts}
    paths = {host.name: datapaths.datapath(host, facts, report) for host in hosts if host.platform == LINUX}
    trunks = Trunks(Known(ends, can), report)
    joined = lines.join(network, report, trunks)
    dialled = compulsory.join(network, ends, report, trunks)
    hops = list(trunks.hops.values())
    checks.check(network, joined, report)
    carrier_checks.check(network, joined, dialled, hops, report)
    dial_checks.check(network, report)
    devices.check_lines(network, [*joined, *dialled], hops, can, report)
    device_carriers.check(network, dialled, hops, can, report)
    for hop in (*joined, *hops, *(one for line in joined for one in line.further)):
        _check_ah(hop, facts, report)
    refs = References(store, report)
    desired = _Desired(
        network, joined, dialled, hops, trunks.known, refs
    ).hosts()  # also with errors: it finds missing secrets
    report.raise_errors()
    return Plan(
        hosts={name: desired[name] for name in _managed(hosts, desired, linux=True)},
        devices={name: desired[name] for name in _managed(hosts, desired, linux=False)},
        rendered={host.name: desired[host.name] for host in hosts if not host.managed and host.name in desired},
        lines=[describe.line(one) | _carried(one, one.mode, paths) for one in joined]
        + [describe.compulsory(one) | _carried(one, one.trunk.mode, paths) for one in dialled],
        warnings=[str(warning) for warning in report.warnings],
        secrets=refs.sources,
    )


def _backend(host: Host, facts: backends.Facts, can: Platforms, report: Report) -> backends.Backend:
    own = can.get(host.platform)
    return backends.backend(host, facts, report) if own is None else backends.device_backend(host, own, report)


def _managed(hosts: Sequence[Host], desired: dict[str, Desired], *, linux: bool) -> list[str]:
    return [host.name for host in hosts if host.managed and host.name in desired and (host.platform == LINUX) is linux]


def _check_ah(line: Hop, facts: backends.Facts, report: Report) -> None:
    for end in (line.branch.name, line.lns.name):
        if line.ah_proposals and facts.get(end, {}).get("kernel_ah") is False:
            remedy = "use esp, or give the host a kernel with CONFIG_INET_AH"
            report.error(line.branch.name, "protection", f"ah needs the kernel's, and that of {end} has none", remedy)


@dataclass(frozen=True)
class _Desired:
    """Each host's desired state out of all lines and of the tunnels that carry them."""

    network: Network
    lines: Sequence[Line]
    dialled: Sequence[Compulsory]
    trunks: Sequence[Hop]
    known: Known
    refs: References

    def hosts(self) -> dict[str, Desired]:
        """All of them by name."""
        found = {line.branch.name: self._branch(line) for line in self.lines}
        found.update({line.branch.name: self._remote(line) for line in self.dialled})
        network, answered, called = self.network, self._by(lambda hop: hop.lns), self._by(lambda hop: hop.branch)
        found.update({name: self._lns(lns, answered[name]) for name, lns in network.lns.items()})
        found.update({name: self._gateway(gw, answered[name], called[name]) for name, gw in network.gateways.items()})
        found.update({name: self._lac(lac, called[name]) for name, lac in network.lacs.items()})
        return found

    def _by(self, end: Callable[[Hop], Host]) -> dict[str, list[Hop]]:
        """The hops of each host at one of their ends."""
        found: dict[str, list[Hop]] = defaultdict(list)
        for hop in (*self.lines, *self.trunks, *(one for line in self.lines for one in line.further)):
            found[end(hop).name].append(hop)
        return found

    @cached_property
    def _users(self) -> dict[str, Desired]:
        found: dict[str, Desired] = defaultdict(dict)
        for line in self.lines:
            found[line.server.name][line.user] = user = engine_config.user(line, self.refs)
            for other in line.standby:
                found[other.server.name][line.user] = engine_config.user_elsewhere(user, other)
        for one in self.dialled:
            found[one.server.name][one.user] = user = carriers.user(one, self.refs)
            for other in one.standby:
                found[other.server.name][one.user] = engine_config.user_elsewhere(user, other)
        return found

    def _branch(self, line: Line) -> Desired:
        if line.branch_can is not None:
            return _device(line.branch, device_state.branch(line, self.refs))
        tunnels = [line, *line.further]
        part = ipsec.caller_ipsec(line.branch, tunnels, line.branch_backend, self.refs)
        return _host(line.branch, engine_config.branch_config(line, self.refs), part, ipsec.caller_guard(part, tunnels))

    def _remote(self, line: Compulsory) -> Desired:
        return _host(line.branch, carriers.remote_config(line, self.refs), ipsec.NOTHING, {})

    def _lns(self, lns: Lns, hops: Sequence[Hop]) -> Desired:
        if lns.platform in self.known.platforms:
            everybody: list[Line | Compulsory] = [*self.lines, *self.dialled]
            clients = [one for one in everybody if one.server is lns]
            return _device(lns, device_state.lns(lns, hops, clients, self.known.platforms[lns.platform], self.refs))
        backend = self.known.ends[lns.name]
        part = ipsec.lns_ipsec(lns, hops, backend, self.refs)
        config = engine_config.lns_config(lns, hops, dict(self._users[lns.name]), backend, self.refs)
        return _host(lns, config, part, ipsec.lns_guard(part, hops, str(lns.address)))

    def _gateway(self, gateway: Gateway, hops: Sequence[Hop], trunks: Sequence[Hop]) -> Desired:
        backend, lines = self.known.ends[gateway.name], [hop for hop in hops if isinstance(hop, Line)]
        answering = ipsec.lns_ipsec(gateway, lines, backend, self.refs)
        part = ipsec.both(answering, ipsec.caller_ipsec(gateway, trunks, backend, self.refs))
        guards = ipsec.lns_guard(part, lines, str(gateway.address)), ipsec.caller_guard(part, trunks)
        merged = {name: guards[0][name] + guards[1][name] for name in GUARDED}
        guard = {"backend": part["backend"], "unique_marks": guards[0]["unique_marks"], **merged}
        return _host(gateway, carriers.gateway_config(gateway, lines, trunks, backend, self.refs), part, guard)

    def _lac(self, lac: Lac, trunks: Sequence[Hop]) -> Desired:
        backend, own = self.known.ends[lac.name], [line for line in self.dialled if line.lac is lac]
        can = self.known.platforms.get(lac.platform)
        if can is not None:
            return _device(lac, device_carriers.lac(lac, trunks, own, can, self.refs))
        part = ipsec.caller_ipsec(lac, trunks, backend, self.refs)
        config = carriers.lac_config(lac, own, trunks, backend, self.refs)
        return _host(lac, config, part, ipsec.caller_guard(part, trunks))


def _host(host: Host, config: Desired, part: Desired, guard: Desired) -> Desired:
    return {"version": VERSION, "host": host.name, "engine": config, "ipsec": part, "guard": guard}


def _device(host: Host, state: Desired) -> Desired:
    return {"version": VERSION, "host": host.name, "platform": host.platform, "device": state}


def _carried(line: Line | Compulsory, mode: backends.Mode, paths: Mapping[str, datapaths.DataPath]) -> dict[str, Any]:
    """What will carry the line at each end of its PPP and why; `told` is what a person wants to hear of it all."""
    ends = {name: paths[name] for name in (line.branch.name, line.server.name) if name in paths}
    why = "; ".join(end.reason for end in ends.values())
    return {
        "datapath": {name: end._asdict() for name, end in ends.items()},
        "told": f"{line.name}: packets by {why}; {mode.reason}{_others(line)}",
    }


def _others(line: Line | Compulsory) -> str:
    names = [other.server.name for other in line.standby]
    return f"; standby {', '.join(names)}" if names else ""
