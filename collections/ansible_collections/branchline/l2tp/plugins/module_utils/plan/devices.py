# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a device at an end of a line cannot do is an error of the plan, by the name of the device and of the feature."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.backends import KERNEL, NONE, TRANSPORT, TUNNEL
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.compulsory import Compulsory
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import PREFIX, BadValueError, Report
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.hops import LINUX, Hop, Platforms
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import (
    Answerer,
    Caller,
    Client,
    Host,
    Lac,
    Lns,
    Network,
)
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.kinds import PEM, linux_interface
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.lines import Line

Can = Mapping[str, Any]
CLIENT, SERVER, CONCENTRATOR, GATEWAY, REMOTE = "client", "lns", "lac", "gateway", "remote"
ROLES = {
    CLIENT: "an L2TP client",
    SERVER: "an LNS",
    CONCENTRATOR: "a LAC",
    GATEWAY: "a gateway",
    REMOTE: "a PPPoE client that dials a LAC",
}
"""What a platform that has one of these roles can be."""
HELLO = 60  # seconds; what a platform without a setting for it does anyway
NUMBER = r"\d+"
OWN = ("lns", "lac")
"""What the objects of an LNS or LAC are called on a device, where those of a line have its name."""
SIMPLE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_@")
OPTIONS = {
    # variable       its value without effect    what a platform that has none of it is told
    "default_route": (False, "has no default route through a line", "name the networks in branchline_routes"),
    "sequencing":    (False, "has no sequence numbers on data messages", "set it to false"),
    "dial":          ("always", "keeps its line open always", "remove it"),
    "hours":         ((), "has no hours of a line", "remove them"),
    "hello":         (HELLO, "has no setting for it, and says Hello after 60 s", "remove it"),
}  # fmt: skip


def check_hosts(network: Network, platforms: Platforms, report: Report) -> None:
    """Each host by itself: a platform that there is, for the role that the host has."""
    roles: dict[str, Iterable[Host]] = {
        CLIENT: network.branches.values(),
        SERVER: network.lns.values(),
        CONCENTRATOR: network.lacs.values(),
        GATEWAY: network.gateways.values(),
        REMOTE: network.remotes.values(),
    }
    for role, hosts in roles.items():
        for host in hosts:
            if host.platform != LINUX:
                _host(host, role, platforms, report)
            else:
                _names(host, report)


def _names(host: Host, report: Report) -> None:
    """A device writes the names of its interfaces as it likes, Linux does not."""
    own = [("interface", host.interface)] if host.interface else []
    own += [("access", one.interface) for one in host.access] if isinstance(host, Lac) else []
    for variable, name in own:
        _name(host, variable, name, report)


def _name(host: Host, variable: str, name: str, report: Report) -> None:
    try:
        linux_interface(name)
    except BadValueError as error:
        report.error(host.name, variable, error.problem, error.remedy)


def _host(host: Host, role: str, platforms: Platforms, report: Report) -> None:
    can = platforms.get(host.platform)
    if can is None:
        near = difflib.get_close_matches(host.platform, [LINUX, *platforms], n=1)
        remedy = f"did you mean {near[0]}?" if near else f"name one of {', '.join([LINUX, *sorted(platforms)])}"
        report.error(host.name, "platform", f"there is no platform {host.platform!r}", remedy)
        return
    title = can["title"]
    if role not in can["roles"]:
        problem = f"{title} cannot be {ROLES[role]} here{because(can, role)}"
        report.error(host.name, "platform", problem, "take another platform")
    if host.managed and not can["managed"]:
        remedy = f"set {PREFIX}managed to false"
        report.error(host.name, "managed", f"{title} is not configured from here, only rendered for", remedy)
    if can["outer_interface"] and not host.outer_interface:
        report.error(host.name, "outer_interface", f"is missing, and {title} binds IPsec to it", "name the interface")
    form = can.get("interfaces", {}).get(role)
    if host.interface and form and not re.fullmatch(form, host.interface):
        problem = f"{host.interface!r} is not an interface of {title} for this"
        report.error(host.name, "interface", problem, f"write it as in {form.replace(NUMBER, '1')}")
    if not set(host.identity) <= SIMPLE and (role != SERVER or "lns_identity" in can["options"]):
        problem = f"{host.identity!r} is not an identity that {title} can have"
        report.error(host.name, "id", problem, "write a host name, an address or user@host")


def because(can: Can, feature: str) -> str:
    """The reason why a platform lacks something, in parentheses, where its package gives one."""
    note = can.get("notes", {}).get(feature)
    return f" ({note.rstrip('.')})" if note else ""


def check_lines(
    network: Network, clients: Sequence[Line | Compulsory], trunks: Sequence[Hop], platforms: Platforms, report: Report
) -> None:
    """Each line with a device at an end of it, then what an LNS can say only once for all of its lines."""
    lines = [client for client in clients if isinstance(client, Line)]
    for line in lines:
        for host, can in ((line.branch, line.branch_can), (line.lns, line.lns_can)):
            if can is not None:
                check_hop(line, host, can, report)
        if line.branch_can is not None:
            _client(line, line.branch_can, report)
    for client in clients:
        if client.server_can is not None:
            _user(client.branch, client.server, client.server_can, report)
    for lns in network.lns.values():
        if lns.platform in platforms:
            own = [hop for hop in (*lines, *trunks) if hop.lns.name == lns.name]
            _server(lns, own, platforms[lns.platform], report)


def check_hop(line: Hop, host: Caller | Answerer, can: Can, report: Report) -> None:
    """What the device at an end of a tunnel can do of its IPsec."""
    branch, title = line.branch, can["title"]
    for variable, words in (("protection", "protection"), ("ike_version", "ike_versions"), ("ike_auth", "ike_auth")):
        value = getattr(branch, variable)
        if value not in can[words] and (line.protected or variable == "protection"):
            known, reason = (
                " or ".join(str(word) for word in can[words]),
                because(can, words) or because(can, str(value)),
            )
            problem = f"is {value}, and {host.name} is {title}, which has {known} only{reason}"
            report.error(branch.name, variable, problem, f"set it to {can[words][0]}")
    if line.protected:
        _certificates(line, host, can, report)
        _mode(line, host, can, report)
        _proposals(line, host, can, report)


def _certificates(line: Hop, host: Caller | Answerer, can: Can, report: Report) -> None:
    if line.branch.ike_auth != "x509" or "x509" not in can["ike_auth"]:
        return
    for variable in ("certificate", "ca"):
        if (getattr(host, variable) or "").count(PEM) > 1 and "certificate_chain" not in can["options"]:
            report.error(
                host.name, variable, f"{can['title']} takes one certificate, and there are several", "leave one"
            )
    if host is line.lns and "lns_identity" not in can["options"] and "=" not in host.identity:
        problem = f"is {host.identity!r}, and the identity of {can['title']} is the subject of its certificate"
        report.error(host.name, "id", problem, "write that, as in CN=lns1.example")


def _mode(line: Hop, host: Caller | Answerer, can: Can, report: Report) -> None:
    own, other = (line.branch, line.lns) if host is line.branch else (line.lns, line.branch)
    backend = (line.branch_backend if host is line.branch else line.lns_backend).name
    modes = can["esp"].get(backend, (TRANSPORT, TUNNEL))
    if line.mode.name in modes or line.mode.name == NONE:
        return
    problem = f"{can['title']} does ESP in {' or '.join(modes)} mode only, and the line has {line.mode.reason}"
    remedy = f"set {PREFIX}ipsec_backend of {other.name} to {KERNEL}, whose kernel must have ESP"
    report.error(own.name, "platform", problem, remedy)


def _proposals(line: Hop, host: Caller | Answerer, can: Can, report: Report) -> None:
    for protocol, offered in (("IKE", line.profile.ike), ("ESP", line.profile.esp)):
        words = vocabulary(can, protocol.lower(), line.branch.ike_version)
        if any(usable(offered, words)):
            continue
        strange = sorted({word for offer in offered for word in offer.split("-") if word not in words})
        problem = f"profile {line.profile.name!r} has no proposal for {protocol} that {can['title']} can speak"
        remedy = f"it lacks {', '.join(strange)}; set {can['profile']}, or a profile of your own"
        report.error(host.name, "profile", problem, remedy)


def vocabulary(can: Can, protocol: str, version: int) -> Mapping[str, Any]:
    """The platform's words for the algorithms of a protocol (ike, esp)."""
    tables: Mapping[str, Mapping[str, Any]] = can["algorithms"]
    return tables[f"{protocol}v1"] if version == 1 and f"{protocol}v1" in tables else tables[protocol]


def usable(offers: Iterable[str], words: Mapping[str, Any]) -> Iterator[str]:
    """The proposals of which the platform knows every word."""
    return (offer for offer in offers if all(word in words for word in offer.split("-")))


def methods(line: Line, can: Can) -> list[str]:
    """The PPP authentications that both the LNS wants and the client has, in the platform's own order."""
    return [method for method in can["ppp_auth"][CLIENT] if method in line.server.ppp_auth]


def _client(line: Line, can: Can, report: Report) -> None:
    branch, title = line.branch, can["title"]
    if CLIENT in can["roles"] and not methods(line, can):
        wanted, known = ", ".join(line.server.ppp_auth), ", ".join(can["ppp_auth"][CLIENT])
        remedy = f"add one of these to {PREFIX}ppp_auth of {line.lns.name}"
        report.error(
            branch.name, "platform", f"{title} answers {known}, and {line.lns.name} wants {wanted} of PPP", remedy
        )
    for variable, (harmless, problem, remedy) in OPTIONS.items():
        if getattr(branch, variable) != harmless and variable not in can["options"]:
            report.error(branch.name, variable, f"{title} {problem}", remedy)
    if line.name in OWN:
        report.error(branch.name, "line", f"a line of {title} cannot be called {line.name}", "give it another name")
    if line.trunk is not None and "host_name" not in can["options"]:
        problem = f"{line.lns.name} knows a line by its Host Name, and {title} says its own{because(can, 'host_name')}"
        report.error(branch.name, "via", problem, "give it a line to the LNS itself")
    if "tunnel_secret" not in can["options"]:
        problem = f"{title} has no tunnel secret: {line.lns.name} lets in tunnels that have none"
        report.warn(branch.name, "platform", problem, "IPsec alone says who they are")


def _user(branch: Client, lns: Lns, can: Can, report: Report) -> None:
    title = can["title"]
    if branch.fixed_address is not None and "user_address" not in can["options"]:
        report.error(branch.name, "fixed_address", f"{lns.name} is {title}, which gives none by name", "remove it")
    if branch.lans and "user_routes" not in can["options"]:
        problem = f"{lns.name} is {title}, which has no routes to the networks of a branch{because(can, 'user_routes')}"
        report.error(branch.name, "lans", problem, "remove them, or take another LNS")


def _server(lns: Lns, lines: Sequence[Hop], can: Can, report: Report) -> None:
    title = can["title"]
    unknown = [method for method in lns.ppp_auth if method not in can["ppp_auth"].get(SERVER, ())]
    if unknown and SERVER in can["roles"]:
        report.error(lns.name, "ppp_auth", f"{title} has not {', '.join(unknown)}", "remove them")
    if len(lns.pools) > can.get("pools", 1):
        report.error(lns.name, "pools", f"{title} takes one pool for all, and there are {len(lns.pools)}", "keep one")
    kinds = {(line.branch.ike_version, line.branch.ike_auth, line.profile.name) for line in lines if line.protected}
    if len(kinds) > 1:
        told = ", ".join(sorted(f"IKEv{version} by {auth} with {profile}" for version, auth, profile in kinds))
        report.error(lns.name, "platform", f"{title} serves all lines alike, and there are {told}", "make them alike")
