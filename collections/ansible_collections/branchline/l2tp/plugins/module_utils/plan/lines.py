# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines: a branch and its LNS joined, by a gateway or not, with all that both ends must agree upon decided once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan import backends, ports, profiles
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.addresses import UNKNOWN, contains
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import Report
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import (
    Answerer,
    Branch,
    Caller,
    Client,
    Gateway,
    Lac,
    Lns,
    Network,
)
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.mtu import line_mtu
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.profiles import Profile

INTERFACE_LENGTH = 15
Ends = Mapping[str, backends.Backend]
"""Where each host does ESP."""
Can = Mapping[str, Any]
Platforms = Mapping[str, Can]
"""What each platform but Linux can do: the capabilities of its driver package."""
LINUX = "linux"


@dataclass(frozen=True)
class Hop:
    """One tunnel and what protects it: `branch` calls, `lns` answers, each does ESP where its `_backend` says.

    `mtu` is that of a PPP link in it, `source_port` the caller's UDP port; 0 is any.
    `branch_can` and `lns_can` are the capabilities of an end that is no Linux host.
    """

    name: str
    branch: Caller
    lns: Answerer
    profile: Profile
    branch_backend: backends.Backend
    lns_backend: backends.Backend
    mode: backends.Mode
    mtu: int
    source_port: int
    branch_can: Can | None
    lns_can: Can | None

    @property
    def connection(self) -> str:
        """The name of its IKE connection."""
        return section(self.name)

    @property
    def protected(self) -> bool:
        """Whether IPsec protects it."""
        return self.branch.protection != "none"

    @property
    def ikev1_psk(self) -> bool:
        """Whether the key of its IKE SA is the one of all IKEv1 branches."""
        return self.protected and self.branch.ike_version == 1 and self.branch.ike_auth == "psk"

    @property
    def lns_identity(self) -> str:
        """The LNS's IKE identity; in IKEv1 main mode the key is looked up by address, hence it is the address."""
        return str(self.lns.address) if self.ikev1_psk else self.lns.identity

    @property
    def tunnel_secret(self) -> bool:
        """Whether L2TP authenticates the tunnel: all but ends that cannot, as the built-in client of Windows, do it."""
        if self.lns_can is not None and "user_tunnel_secret" not in self.lns_can["options"]:
            return False
        if self.branch_can is not None:
            return "tunnel_secret" in self.branch_can["options"]
        return self.branch.managed or self.profile.name != "windows"

    @property
    def esp_proposals(self) -> list[str]:
        """The proposals of its ESP; none if it has no ESP."""
        return list(self.profile.esp) if "esp" in self.branch.protection.split("+") else []

    @property
    def ah_proposals(self) -> list[str]:
        """The proposals of its AH; none if it has no AH."""
        return list(self.profile.ah) if "ah" in self.branch.protection.split("+") else []

    @property
    def lns_host_name(self) -> str | None:
        """The LNS's Host Name in L2TP messages, where it can be told."""
        return None if self.lns_can is not None and "host_name" not in self.lns_can["options"] else self.lns.name

    @property
    def libipsec(self) -> bool:
        """Whether an end of it uses kernel-libipsec."""
        return backends.LIBIPSEC in (self.branch_backend.name, self.lns_backend.name)


@dataclass(frozen=True)
class Standby:
    """Another LNS that a gateway may carry a line on to: it gives an address of its own `pool`."""

    server: Lns
    pool: str
    trunk: Hop


@dataclass(frozen=True)
class Line(Hop):
    """One line of a branch: its first hop, and where PPP ends; `trunk` is the hop beyond a gateway."""

    branch: Branch
    server: Lns
    pool: str
    trunk: Hop | None = None
    standby: tuple[Standby, ...] = ()

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


@dataclass(frozen=True)
class Known:
    """What is known of the hosts at the ends of hops: where each does ESP, and what each platform can do."""

    ends: Ends
    platforms: Platforms


class Trunks:
    """The tunnels of gateways and LACs to LNSs: one for each pair, made when first asked for."""

    def __init__(self, known: Known, report: Report) -> None:
        self.hops: dict[str, Hop] = {}
        self.known, self._report = known, report

    def get(self, caller: Gateway | Lac, lns: Lns) -> Hop:
        """The tunnel of `caller` to `lns`."""
        name = f"{caller.name}-{lns.name}"
        if name not in self.hops:
            made = hop(name, caller, lns, self.known, self._report)
            taken = {other.source_port for other in self.hops.values() if other.lns is lns}
            self.hops[name] = replace(made, source_port=ports.of_trunk(made, taken))
        return self.hops[name]


def client_routes(client: Client, lns: Lns) -> list[str]:
    """Networks that a branch or remote reaches through its line."""
    networks = lns.lans if client.routes is None else client.routes
    return [str(network) for network in networks]


def section(name: str) -> str:
    """The name as one of strongSwan's sections: a dot would split it into two."""
    return name.replace(".", "_")


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
    for branch in network.branches.values():
        lns = _lns_of(branch, network.lns, report)
        via = _gateway_of(branch, network, report)
        if lns is not None and (via is not None or branch.via is None):
            standby = _standby(branch, via, network, trunks, report)
            lines.append(_line(branch, (via, lns), standby, trunks, report))
    return ports.given(sorted(lines, key=lambda line: line.name))


def _standby(
    branch: Branch, via: Gateway | None, network: Network, trunks: Trunks, report: Report
) -> tuple[Standby, ...]:
    """The other LNSs of a branch's line, in order."""
    if branch.standby and via is None:
        report.error(
            branch.name, "standby", "is for lines through a gateway, and this has none", "set branchline_via too"
        )
    for name in branch.standby:
        if name not in network.lns or name == branch.lns:
            problem = "is the branch's own LNS" if name == branch.lns else "is no LNS"
            report.error(branch.name, "standby", f"{name!r} {problem}", "name other hosts of the group of LNSs")
    others = [network.lns[name] for name in branch.standby if name in network.lns and name != branch.lns]
    return tuple(Standby(lns, pool_of(branch, lns, report), trunks.get(via, lns)) for lns in others) if via else ()


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


def hop(name: str, caller: Caller, answerer: Answerer, known: Known, report: Report) -> Hop:
    """The tunnel of `caller` to `answerer`."""
    here, there = known.ends[caller.name], known.ends[answerer.name]
    can = known.platforms.get(caller.platform), known.platforms.get(answerer.platform)
    profile = _profile(caller, answerer, can, report)
    mode = backends.mode(caller, (here, there), report)
    libipsec = backends.LIBIPSEC in (here.name, there.name)
    real = line_mtu(mode.name, libipsec, profile, caller.protection, caller.sequencing)
    return Hop(name, caller, answerer, profile, here, there, mode, real, 0, *can)


def _line(
    branch: Branch, way: tuple[Gateway | None, Lns], standby: tuple[Standby, ...], trunks: Trunks, report: Report
) -> Line:
    """The line of a branch by its `way`, a gateway or none and the LNS."""
    (via, lns), ends = way, trunks.known.ends
    trunk = trunks.get(via, lns) if via else None
    first = hop(branch.line or f"{branch.name}-{lns.name}", branch, via or lns, trunks.known, report)
    hops = [first, *([trunk] if trunk else []), *(other.trunk for other in standby)]
    real, libipsec = min(one.mtu for one in hops), any(one.libipsec for one in hops)
    return Line(
        name=first.name,
        branch=branch,
        lns=first.lns,
        profile=first.profile,
        branch_backend=first.branch_backend,
        lns_backend=first.lns_backend,
        mode=first.mode,
        mtu=client_mtu(branch, real, libipsec, lns_mtu(lns, ends[lns.name]), report),
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


def _profile(branch: Caller, lns: Answerer, can: tuple[Can | None, Can | None], report: Report) -> Profile:
    """The caller's profile, else its LNS's or gateway's, else what is right for its IKE version and for devices."""
    fitting = [str(one["profile"]) for one in can if one is not None and one["profile"] != "modern"]
    default = (fitting or ["modern"])[0] if branch.ike_version == 2 else (fitting or ["compatible"])[0]
    name = branch.profile or lns.profile or default
    profile = profiles.named(name, lns.profiles)
    host = branch.name if branch.profile else lns.name
    if profile is None:
        names = ", ".join([*profiles.BUILT_IN, *lns.profiles])
        report.error(
            host, "profile", f"unknown profile {name!r}", f"choose one of {names}, or define it in branchline_profiles"
        )
        return profiles.BUILT_IN[default]
    if branch.ike_version == 1 and branch.protection != "none" and profiles.needs_ikev2(profile):
        report.error(
            branch.name,
            "profile",
            f"{name!r} has only AEAD ciphers for IKE, which IKEv1 lacks",
            "set compatible or windows for this branch, or IKE version 2",
        )
    return profile


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
