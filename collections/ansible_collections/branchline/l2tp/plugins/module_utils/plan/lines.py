# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines: a branch and its LNS joined, with everything that both ends must agree upon decided once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan import backends, profiles
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.addresses import UNKNOWN, contains
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import Report
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Branch, Lns, Network
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.mtu import line_mtu
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.profiles import Profile

INTERFACE_LENGTH = 15
Ends = Mapping[str, backends.Backend]
"""Where each host does ESP."""
Platforms = Mapping[str, Mapping[str, Any]]
"""What each platform but Linux can do: the capabilities of its driver package."""
LINUX = "linux"


@dataclass(frozen=True)
class Line:
    """One line; `branch_backend` and `lns_backend` say where its two ends do ESP.

    `branch_can` and `lns_can` are the capabilities of an end that is no Linux host.
    """

    name: str
    branch: Branch
    lns: Lns
    profile: Profile
    pool: str
    branch_backend: backends.Backend
    lns_backend: backends.Backend
    mode: backends.Mode
    mtu: int
    branch_can: Mapping[str, Any] | None
    lns_can: Mapping[str, Any] | None

    @property
    def connection(self) -> str:
        """The name of its IKE connection."""
        return section(self.name)

    @property
    def interface(self) -> str:
        """The name of the branch's interface."""
        if self.branch.interface or self.branch_can is None:
            return self.branch.interface or interface_name(self.name)
        return str(self.branch_can["interface"]).format(interface=interface_name(self.name))

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
    def lns_host_name(self) -> str | None:
        """The LNS's Host Name in L2TP messages, where it can be told."""
        return None if self.lns_can is not None and "host_name" not in self.lns_can["options"] else self.lns.name

    @property
    def libipsec(self) -> bool:
        """Whether an end of it uses kernel-libipsec."""
        return backends.LIBIPSEC in (self.branch_backend.name, self.lns_backend.name)

    @property
    def routes(self) -> list[str]:
        """Networks that the branch reaches through the line."""
        networks = self.lns.lans if self.branch.routes is None else self.branch.routes
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


def join(network: Network, ends: Ends, report: Report, platforms: Platforms | None = None) -> list[Line]:
    """All lines whose LNS is known, in the order of their names."""
    lines, known = [], platforms or {}
    for branch in network.branches.values():
        lns = _lns_of(branch, network.lns, report)
        if lns is not None:
            can = known.get(branch.platform), known.get(lns.platform)
            lines.append(_line(branch, lns, (ends[branch.name], ends[lns.name]), can, report))
    return sorted(lines, key=lambda line: line.name)


def _lns_of(branch: Branch, known: Mapping[str, Lns], report: Report) -> Lns | None:
    if branch.lns is not None and branch.lns in known:
        return known[branch.lns]
    if branch.lns is None and len(known) == 1:
        return next(iter(known.values()))
    names = ", ".join(sorted(known)[:5]) or "none at all"
    problem = "is missing, and there is not exactly one LNS" if branch.lns is None else f"unknown LNS {branch.lns!r}"
    report.error(branch.name, "lns", problem, f"name a host of the group of LNSs ({names})")
    return None


def _line(
    branch: Branch,
    lns: Lns,
    ends: tuple[backends.Backend, backends.Backend],
    can: tuple[Mapping[str, Any] | None, Mapping[str, Any] | None],
    report: Report,
) -> Line:
    profile = _profile(branch, lns, can, report)
    mode = backends.mode(ends, branch.protection)
    libipsec = backends.LIBIPSEC in (ends[0].name, ends[1].name)
    real = line_mtu(mode.name, libipsec, profile, branch.protection, branch.sequencing)
    return Line(
        name=branch.line or f"{branch.name}-{lns.name}",
        branch=branch,
        lns=lns,
        profile=profile,
        pool=_pool(branch, lns, report),
        branch_backend=ends[0],
        lns_backend=ends[1],
        mode=mode,
        mtu=_mtu(branch, real, libipsec, lns_mtu(lns, ends[1]), report),
        branch_can=can[0],
        lns_can=can[1],
    )


def _mtu(branch: Branch, real: int, libipsec: bool, most: int, report: Report) -> int:
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


def _profile(
    branch: Branch, lns: Lns, can: tuple[Mapping[str, Any] | None, Mapping[str, Any] | None], report: Report
) -> Profile:
    """The branch's profile, else its LNS's, else what is right for its IKE version and for the devices at its ends."""
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


def _pool(branch: Branch, lns: Lns, report: Report) -> str:
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
