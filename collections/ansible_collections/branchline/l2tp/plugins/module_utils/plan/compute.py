# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""plan(): intent and facts in, both ends of every line out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan import (
    backends,
    carrier_checks,
    carriers,
    checks,
    compulsory,
    describe,
    engine_config,
    intent,
    ipsec,
    lines,
)
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.compulsory import Compulsory
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import Report
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import (
    Gateway,
    Host,
    Intent,
    Lac,
    Lns,
    Network,
)
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.lines import Ends, Hop, Line, Trunks
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.references import References, Source

VERSION = 1
GUARDED = ("addresses", "cleartext")
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

    `facts[host]["kernel_esp"]` says whether the host's kernel has ESP; `store`: whether secrets that no variable gives
    may come from the generated store.
    """
    report = Report()
    network = intent.read(wanted, report)
    hosts = network.hosts
    ends = {host.name: backends.backend(host, facts, report) for host in hosts}
    for host in hosts:
        _check_tun(host, facts, report)
    trunks = Trunks(ends, report)
    joined = lines.join(network, ends, report, trunks)
    dialled = compulsory.join(network, ends, report, trunks)
    hops = list(trunks.hops.values())
    checks.check(network, joined, report)
    carrier_checks.check(network, joined, dialled, hops, report)
    refs = References(store, report)
    desired = _Desired(network, joined, dialled, hops, ends, refs).hosts()  # also with errors: it finds missing secrets
    report.raise_errors()
    return Plan(
        hosts={host.name: desired[host.name] for host in hosts if host.managed and host.name in desired},
        rendered={host.name: desired[host.name] for host in hosts if not host.managed and host.name in desired},
        lines=[describe.line(line) for line in joined] + [describe.compulsory(line) for line in dialled],
        warnings=[str(warning) for warning in report.warnings],
        secrets=refs.sources,
    )


def _check_tun(host: Host, facts: backends.Facts, report: Report) -> None:
    if host.managed and facts.get(host.name, {}).get("tun") is False:
        remedy = "load the module tun, or give the container the device"
        report.error(host.name, "datapath", "the host has no /dev/net/tun", remedy)


@dataclass(frozen=True)
class _Desired:
    """Each host's desired state out of all lines and of the tunnels that carry them."""

    network: Network
    lines: Sequence[Line]
    dialled: Sequence[Compulsory]
    trunks: Sequence[Hop]
    ends: Ends
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
        for hop in (*self.lines, *self.trunks):
            found[end(hop).name].append(hop)
        return found

    @cached_property
    def _users(self) -> dict[str, Desired]:
        found: dict[str, Desired] = defaultdict(dict)
        for line in self.lines:
            found[line.server.name][line.branch.name] = user = engine_config.user(line, self.refs)
            for other in line.standby:
                found[other.server.name][line.branch.name] = {**user, "address": None, "pool": other.pool}
        for one in self.dialled:
            found[one.server.name][one.user] = engine_config.user(one, self.refs)
        return found

    def _branch(self, line: Line) -> Desired:
        part = ipsec.branch_ipsec(line, self.refs)
        return _host(line.branch, engine_config.branch_config(line, self.refs), part, ipsec.branch_guard(part, line))

    def _remote(self, line: Compulsory) -> Desired:
        return _host(line.branch, carriers.remote_config(line, self.refs), ipsec.NOTHING, {})

    def _lns(self, lns: Lns, hops: Sequence[Hop]) -> Desired:
        backend = self.ends[lns.name]
        part = ipsec.lns_ipsec(lns, hops, backend, self.refs)
        config = engine_config.lns_config(lns, hops, dict(self._users[lns.name]), backend, self.refs)
        return _host(lns, config, part, ipsec.lns_guard(part, hops, str(lns.address)))

    def _gateway(self, gateway: Gateway, hops: Sequence[Hop], trunks: Sequence[Hop]) -> Desired:
        backend, lines = self.ends[gateway.name], [hop for hop in hops if isinstance(hop, Line)]
        answering = ipsec.lns_ipsec(gateway, lines, backend, self.refs)
        part = ipsec.both(answering, ipsec.caller_ipsec(gateway, trunks, backend, self.refs))
        guards = ipsec.lns_guard(part, lines, str(gateway.address)), ipsec.caller_guard(part, trunks)
        guard = {"backend": part["backend"], **{name: guards[0][name] + guards[1][name] for name in GUARDED}}
        return _host(gateway, carriers.gateway_config(gateway, lines, trunks, backend, self.refs), part, guard)

    def _lac(self, lac: Lac, trunks: Sequence[Hop]) -> Desired:
        backend, own = self.ends[lac.name], [line for line in self.dialled if line.lac is lac]
        part = ipsec.caller_ipsec(lac, trunks, backend, self.refs)
        config = carriers.lac_config(lac, own, trunks, backend, self.refs)
        return _host(lac, config, part, ipsec.caller_guard(part, trunks))


def _host(host: Host, config: Desired, part: Desired, guard: Desired) -> Desired:
    return {"version": VERSION, "host": host.name, "engine": config, "ipsec": part, "guard": guard}
