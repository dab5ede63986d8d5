# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hops of lines: one tunnel between two hosts, and what protects it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan import backends, ports, profiles
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import Report
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Answerer, Caller, Gateway, Lac, Lns
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.mtu import line_mtu
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.profiles import Profile

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
    def owner(self) -> str:
        """Whose secrets it has: the line's, or its own as the tunnel of a gateway or LAC."""
        return self.name

    def kind(self, secret: str) -> str:
        """A kind of secrets (psk, tunnel), as it is called among those of the owner."""
        return secret

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


def section(name: str) -> str:
    """The name as one of strongSwan's sections: a dot would split it into two."""
    return name.replace(".", "_")


def hop(name: str, caller: Caller, answerer: Answerer, known: Known, report: Report) -> Hop:
    """The tunnel of `caller` to `answerer`."""
    here, there = known.ends[caller.name], known.ends[answerer.name]
    can = known.platforms.get(caller.platform), known.platforms.get(answerer.platform)
    profile = _profile(caller, answerer, can, report)
    mode = backends.mode(caller, (here, there), report)
    libipsec = backends.LIBIPSEC in (here.name, there.name)
    real = line_mtu(mode.name, libipsec, profile, caller.protection, caller.sequencing)
    return Hop(name, caller, answerer, profile, here, there, mode, real, 0, *can)


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
