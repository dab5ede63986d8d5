# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A device that carries the lines of others: what it cannot do as a LAC, and the desired state of one.

What is said of the tunnels of gateways and LACs to an LNS that is a device stands here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan import devices
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.access import UNTAGGED
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.choices import Choice
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.compulsory import PPPOE_MTU, Compulsory
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.device_state import ipsec, key
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import PREFIX, Report
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.hops import Hop, Platforms
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Lac, Lns, Network
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.references import References

Can = Mapping[str, Any]
State = dict[str, Any]
LAC_OPTIONS: dict[str, tuple[Any, str]] = {
    # variable     its value without effect    what a device is told that has another
    "sequencing": (False, "has no sequence numbers for the sessions that it carries on"),
    "services":   ({}, "offers no service but the nameless one"),
    "dialler":    ((), "calls no host"),
    "failover":   (None, "has times of its own"),
}  # fmt: skip
CARRIED = "carried"
"""The option of a platform whose LNS takes the tunnels of gateways and LACs."""


def check(
    network: Network, lines: Sequence[Compulsory], trunks: Sequence[Hop], platforms: Platforms, report: Report
) -> None:
    """Each tunnel with a device at an end of it, then what a LAC can say only once for all of its tunnels."""
    for trunk in trunks:
        for host, can in ((trunk.branch, trunk.branch_can), (trunk.lns, trunk.lns_can)):
            if can is not None:
                devices.check_hop(trunk, host, can, report)
        if trunk.lns_can is not None and CARRIED not in trunk.lns_can["options"]:
            reason = devices.because(trunk.lns_can, CARRIED)
            problem = (
                f"{trunk.lns_can['title']} takes the tunnels of branches alone{reason}, and {trunk.branch.name} calls"
            )
            report.error(trunk.lns.name, "platform", problem, "take a Linux host as this LNS")
    for line in lines:
        _dialled(line, report)
    for lac in network.lacs.values():
        if devices.CONCENTRATOR in platforms.get(lac.platform, {}).get("roles", ()):
            own = [trunk for trunk in trunks if trunk.branch is lac]
            _lac(lac, own, platforms[lac.platform], report)


def _dialled(line: Compulsory, report: Report) -> None:
    """What a remote's line has that a device at its LAC or at another LNS of its realm cannot do."""
    if line.branch.circuit is not None and line.trunk.branch_can is not None:
        problem = f"{line.lac.name} is {line.trunk.branch_can['title']}, which calls no host"
        report.error(line.branch.name, "circuit", problem, "remove it, or take a Linux host as this LAC")
    for other in line.standby:
        if other.hop.lns_can is not None:
            problem = f"{other.server.name} is {other.hop.lns_can['title']}, which cannot be one of several LNSs yet"
            report.error(line.lac.name, "realms", problem, "name it alone, or an LNS on Linux")


def _lac(lac: Lac, trunks: Sequence[Hop], can: Can, report: Report) -> None:
    title, asks = can["title"], can["ppp_auth"][devices.CONCENTRATOR]
    for variable, (harmless, problem) in LAC_OPTIONS.items():
        if getattr(lac, variable) != harmless:
            report.error(lac.name, variable, f"{title} {problem}", "remove it")
    if any(one.vlans != UNTAGGED or one.realm for one in lac.access):
        problem = f"{title} has a subinterface for each VLAN, and goes by the realm of the user"
        report.error(lac.name, "access", problem, "write the names of its interfaces alone")
    _realms(lac, trunks, title, report)
    kinds = {trunk.profile.name for trunk in trunks if trunk.protected}
    if len(kinds) > 1:
        problem = f"{title} has one set of proposals for all its tunnels, and there are {', '.join(sorted(kinds))}"
        report.error(lac.name, "profile", problem, "name one of them here")
    if trunks and not _asked(trunks, can):
        wanted = "; ".join(f"{lns.name} wants {', '.join(lns.ppp_auth)}" for lns in _servers(trunks))
        problem = f"{title} asks all hosts for the same of {', '.join(asks)} ({wanted} of PPP)"
        report.error(lac.name, "platform", problem, f"add one of these to {PREFIX}ppp_auth of every LNS of its realms")


def _realms(lac: Lac, trunks: Sequence[Hop], title: str, report: Report) -> None:
    if any(one.weight != 1 for choices in lac.realms.values() for one in choices):
        report.error(lac.name, "realms", f"{title} knows the order of LNSs, and no weights", "leave the weights out")
    several = any(len(choices) > 1 for choices in lac.realms.values())
    if several and not lac.tunnel_secret and any(trunk.tunnel_secret for trunk in trunks):
        problem = f"{title} has one for all LNSs of a realm, and a realm has several"
        report.error(lac.name, "tunnel_secret", problem, "set it here (ansible-vault): then all its tunnels have it")


def _servers(trunks: Iterable[Hop]) -> list[Lns]:
    return [trunk.lns for trunk in trunks if isinstance(trunk.lns, Lns)]


def _asked(trunks: Sequence[Hop], can: Can) -> list[str]:
    """The PPP authentications that the platform can ask of hosts and that all LNSs take."""
    asks = can["ppp_auth"].get(devices.CONCENTRATOR, ())
    return [method for method in asks if all(method in lns.ppp_auth for lns in _servers(trunks))]


def lac(own: Lac, trunks: Sequence[Hop], lines: Sequence[Compulsory], can: Can, refs: References) -> State:
    """The state of a device that is a LAC: who dials it is carried on to the LNS of his realm."""
    protected = [trunk for trunk in trunks if trunk.protected]
    part = {
        "host_name": own.name,
        "ac_name": own.ac_name or own.name,
        "interface": own.interface or can.get("lac_interface"),
        "access": sorted(one.interface for one in own.access),
        "auth": _asked(trunks, can),
        "mtu": min([PPPOE_MTU, *(trunk.mtu for trunk in trunks), *(line.mtu for line in lines)]),
        "hello": own.hello,
        "generation": own.secret_generation,
        "outer_interface": own.outer_interface if protected else None,
        "groups": _groups(own, {trunk.lns.name: trunk for trunk in trunks}, refs),
        "peers": {trunk.name: _peer(trunk, refs) for trunk in protected},
        "ipsec": _ipsec(own, protected[0], can) if protected else None,
    }
    return {"lines": {}, "lns": None, "lac": part}


def _groups(own: Lac, by_lns: Mapping[str, Hop], refs: References) -> State:
    """The realms that have the same LNSs in the same order, and the tunnels to them."""
    found: State = {}
    for realm, choices in sorted(own.realms.items()):
        known = [one for one in choices if one.lns in by_lns]
        if known:
            group = found.setdefault(_name(known), _group(own, known, by_lns, refs))
            group["domains"].append(realm)
    return found


def _name(choices: Sequence[Choice]) -> str:
    """The LNSs in their order: after `+` comes one that is asked later, after `=` one that is asked as likely."""
    marks = ["", *("=" if one.preference == two.preference else "+" for one, two in zip(choices, choices[1:]))]
    return "".join(f"{mark}{one.lns}" for mark, one in zip(marks, choices))


def _group(own: Lac, choices: Sequence[Choice], by_lns: Mapping[str, Hop], refs: References) -> State:
    trunk = by_lns[choices[0].lns]
    places = sorted({one.preference or 0 for one in choices})
    return {
        "domains": [],
        "lns": {str(by_lns[one.lns].lns.address): places.index(one.preference or 0) + 1 for one in choices},
        "tunnel_secret": refs.get(trunk.name, "tunnel", own, "tunnel_secret") if trunk.tunnel_secret else None,
        "hide_avps": trunk.tunnel_secret,
    }


def _peer(trunk: Hop, refs: References) -> State:
    return {"address": str(trunk.lns.address), "id": trunk.lns_identity, "key": key(trunk, refs)}


def _ipsec(own: Lac, trunk: Hop, can: Can) -> State:
    return ipsec(trunk, can, trunk.branch_backend.name) | {
        "local_id": own.identity,
        "certificate": None,
        "ca": None,
    }
