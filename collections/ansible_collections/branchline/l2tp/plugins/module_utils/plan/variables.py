# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of the intent: one row for each inventory variable is its type, its default and its documentation."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.access import (
    ACCESS,
    CIRCUIT,
    COMMAND,
    SERVICES,
    VLAN,
)
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.choices import (
    FAILOVER,
    GATEWAY_FAILOVER,
    PREFERENCE,
    REALMS,
    STANDBY,
    WEIGHT,
)
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.dialling import HOURS
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.kinds import (
    ADDRESS,
    BOOLEAN,
    CERTIFICATE,
    DNS,
    FILE_NAME,
    IDENTIFIER,
    INTERFACE_NAME,
    NETWORK,
    NETWORKS,
    POOLS,
    PORT_NAME,
    PRIVATE_KEY,
    PROFILES,
    SECRET,
    TEXT_NAME,
    Kind,
    choice,
    choices,
    integer,
)

LNS, BRANCH, GATEWAY, LAC, REMOTE = "lns", "branch", "gateway", "lac", "remote"
ANSWERER, CALLER, CLIENT, ALL = "answerer", "caller", "client", "all"
ROLES = {
    # where a row stands: the kinds of hosts that have its variable
    LNS: {LNS}, BRANCH: {BRANCH}, GATEWAY: {GATEWAY}, LAC: {LAC}, REMOTE: {REMOTE},
    ANSWERER: {LNS, GATEWAY},
    CALLER: {BRANCH, GATEWAY, LAC},
    CLIENT: {BRANCH, REMOTE},
    ALL: {LNS, BRANCH, GATEWAY, LAC, REMOTE},
}  # fmt: skip
PLURALS = {LNS: "LNSs", BRANCH: "branches", GATEWAY: "gateways", LAC: "LACs", REMOTE: "remotes"}
REQUIRED = object()


@dataclass(frozen=True)
class Variable:
    """One variable, without the prefix; a `default` that is text in angle brackets is derived (the text says how)."""

    name: str
    where: str
    kind: Kind
    default: Any
    doc: str

    @property
    def value(self) -> Any:
        """What the variable has when the inventory does not set it; None if it is derived or required."""
        derived = isinstance(self.default, str) and self.default.startswith("<")
        return None if derived or self.default is REQUIRED else self.default


V = Variable
ROWS = (
    # Who is called: an LNS or a gateway.
    V("address", ANSWERER, ADDRESS, REQUIRED, "The host's outer address: callers send IKE, ESP and L2TP there."),
    V("profiles", ANSWERER, PROFILES, {}, "Profiles of algorithms of your own, for this host and its callers."),
    V("ikev1_psk", ANSWERER, SECRET, "<generated>", "The one key that all IKEv1 PSK callers of this host share."),
    # An LNS.
    V("ppp_address", LNS, ADDRESS, REQUIRED, "The LNS's own end of every PPP link."),
    V("pools", LNS, POOLS, REQUIRED, "Addresses that the LNS gives to branches: ranges a-b, networks, addresses."),
    V("dns", LNS, DNS, (), "DNS servers that the LNS tells the branches (RFC 1877)."),
    V("vip_pool", LNS, NETWORK, IPv4Network("10.99.0.0/16"), "Virtual IPs of tunnel mode, one a branch."),
    V("ppp_auth", LNS, choices("mschapv2", "chap-md5", "pap"), ("mschapv2", "chap-md5"), "PPP protocols, best first."),
    V("proxy_authentication", LNS, choice("accept", "renegotiate"), "accept", "A LAC's proxy LCP and authentication."),
    V("pace", LNS, integer(1, 10**5), 200, "New tunnels a second; who asks for more is answered a little later."),
    # A gateway.
    V("vip_pool", GATEWAY, NETWORK, IPv4Network("10.98.0.0/16"), "Virtual IPs of tunnel mode, one a branch."),
    V("failover", GATEWAY, GATEWAY_FAILOVER, "<{setup: 6, dead: 60}>", "How long it waits for an LNS of its lines."),
    V("realms", GATEWAY, REALMS, {}, "Which LNSs serve the users of each realm (user@realm): {realm: lns}."),
    # A LAC.
    V("access", LAC, ACCESS, REQUIRED, "Ethernet interfaces, and VLANs on them, on which hosts dial by PPPoE."),
    V("realms", LAC, REALMS, REQUIRED, "Which LNSs serve the users of each realm (user@realm): {realm: lns}."),
    V("services", LAC, SERVICES, {}, "Services that hosts may ask for (RFC 2516), each with its realm or null."),
    V("dialler", LAC, COMMAND, (), "Program that makes the host of a circuit come: it gets the number as last word."),
    V("failover", LAC, GATEWAY_FAILOVER, "<{setup: 6, dead: 60}>", "How long it waits for an LNS of a realm."),
    V("ac_name", LAC, TEXT_NAME, "<inventory name>", "The name that the LAC offers to hosts (RFC 2516 AC-Name)."),
    # A remote: a host that dials a LAC by PPPoE.
    V("lac", REMOTE, TEXT_NAME, "<the only LAC>", "The LAC that the remote dials (its inventory name)."),
    V("realm", REMOTE, TEXT_NAME, "<the only realm of the LAC>", "The realm of its user name, which chooses the LNS."),
    V("user", REMOTE, TEXT_NAME, "<inventory name>", "Its user name without the realm."),
    V("service", REMOTE, TEXT_NAME, "<any>", "The service that it asks the LAC for (RFC 2516 Service-Name)."),
    V("circuit", REMOTE, CIRCUIT, "<none>", "The number by which its LNS calls it: it waits, and does not dial."),
    V("access_vlan", REMOTE, VLAN, 0, "The VLAN on which the remote dials; 0 is untagged."),
    V("access_interface", REMOTE, INTERFACE_NAME, "eth0", "The Ethernet interface on which the remote dials."),
    # A branch.
    V("lns", BRANCH, TEXT_NAME, "<the only LNS>", "The LNS at the other end of the line (its inventory name)."),
    V("realm", BRANCH, TEXT_NAME, "<none>", "The realm of its user name, by which its gateway chooses the LNS."),
    V("via", BRANCH, TEXT_NAME, "<none>", "The gateway that carries the line on to the LNS (multi-hop)."),
    V("standby", BRANCH, STANDBY, (), "Other LNSs that the line turns to, in order, while its own is silent."),
    V("preference", BRANCH, PREFERENCE, 10, "That of the line's own LNS: the lowest is tried first."),
    V("weight", BRANCH, WEIGHT, 1, "Its own LNS's share among LNSs of the same preference."),
    V("failover", BRANCH, FAILOVER, "<{setup: 6, dead: 60, return: 60, spread: 3}>", "How long it waits for LNSs."),
    # A branch or remote: who has an address of the LNS.
    V("line", CLIENT, TEXT_NAME, "<host-lns>", "The name of the line."),
    V("pool", CLIENT, TEXT_NAME, "<the only pool>", "The pool of the LNS from which the host gets its address."),
    V("fixed_address", CLIENT, ADDRESS, "<none: any of the pool>", "The address, of its pool, of the host."),
    V("routes", CLIENT, NETWORKS, "<the LNS's lans>", "Networks that the host reaches through the line."),
    V("default_route", CLIENT, BOOLEAN, False, "Whether everything else goes through the line as well."),
    V("dial", CLIENT, choice("always", "demand"), "always", "When its line opens: always, or with the first packet."),
    V("idle", CLIENT, integer(0, 86400), 300, "Seconds without a packet after which demand hangs up; 0: never."),
    V("hours", CLIENT, HOURS, (), "When the line may be open, in the host's local time; without: at any time."),
    V("ppp_secret", CLIENT, SECRET, "<generated>", "PPP password of the host."),
    # Who calls: a branch; and towards the LNS a gateway or LAC.
    V("ike_version", CALLER, integer(1, 2), 2, "IKE version; 1 (deprecated: RFC 9395) only where nothing else is."),
    V("ike_auth", CALLER, choice("psk", "x509"), "psk", "How both ends prove who they are to IKE."),
    V("protection", CALLER, choice("esp", "ah", "esp+ah", "none"), "esp", "What protects L2TP; none is for tests."),
    V("ipsec_mode", CALLER, choice("transport", "tunnel"), "<transport where both ends have it>", "Mode of ESP or AH."),
    V("behind_nat", CALLER, BOOLEAN, "<unknown>", "Whether a NAT is on the way to the LNS: no AH gets through one."),
    V("sequencing", CALLER, BOOLEAN, False, "Sequence numbers on data messages (RFC 2661 5.4)."),
    V("psk", CALLER, SECRET, "<generated>", "IKEv2 pre-shared key of the line, or of the gateway's or LAC's tunnel."),
    V("tunnel_secret", CALLER, SECRET, "<generated>", "L2TP tunnel secret of the same (RFC 2661 5.1.1)."),
    # All.
    V("id", ALL, IDENTIFIER, "<inventory name>", "IKE identity; of IKEv1 PSK the LNS's is always its address."),
    V("lans", ALL, NETWORKS, (), "Networks behind this end that the other end shall reach."),
    V("probe", ALL, ADDRESS, "<none>", "An address in one of the lans that answers ping, for the verification."),
    V("profile", ALL, TEXT_NAME, "<the LNS's, else modern (IKEv2) or compatible (IKEv1)>", "Profile of algorithms."),
    V("interface", ALL, PORT_NAME, "<the line's name, cut with a hash; l2tp0 on an LNS>", "The interface."),
    V("mtu", ALL, integer(576, 1500), "<from the real overhead>", "MTU of the line; on an LNS of its interface."),
    V("hello", ALL, integer(1, 3600), 60, "Seconds of silence after which L2TP says Hello (RFC 2661 5.5)."),
    V("platform", ALL, TEXT_NAME, "linux", "What the host is: linux, or a platform of docs/devices.md."),
    V("outer_interface", ALL, PORT_NAME, "<none>", "A device's interface to the other end, where some bind IPsec."),
    V("ssh_config", ALL, FILE_NAME, "<none>", "ssh_config, on the controller, with which a device is reached."),
    V("known_hosts", ALL, FILE_NAME, "<~/.ssh/known_hosts>", "Host keys, on the controller, of devices."),
    V("serial", ALL, TEXT_NAME, "<any>", "A device's serial number; one with another is refused."),
    V("managed", ALL, BOOLEAN, True, "Whether Ansible configures this end; else its half is rendered only."),
    V("ipsec_backend", ALL, choice("auto", "libipsec", "kernel"), "auto", "Where ESP is; auto: the kernel, if it can."),
    V("datapath", ALL, choice("auto", "kernel", "tun"), "auto", "What carries L2TP data; auto: the kernel, if it can."),
    V("secret_generation", ALL, integer(1, 10**6), 1, "A higher number draws new secrets; the old ones stay."),
    V("certificate", ALL, CERTIFICATE, "<none>", "X.509 certificate of this end."),
    V("private_key", ALL, PRIVATE_KEY, "<none>", "Private key of the certificate."),
    V("ca", ALL, CERTIFICATE, "<none>", "CA certificate that the other end's certificate must be signed by."),
)  # fmt: skip

PLAYS = {
    "groups": "Names of the groups: {lns: lns, branches: branches, gateways: gateways, lacs: lacs, remotes: remotes}.",
    "secret_store": "Directory of generated secrets on the controller; default .secrets beside the inventory.",
    "batch": "How many devices site.yml and decommission.yml serve at a time; default 20.",
    "remove": "On the command line of playbooks/decommission.yml: the hosts that it takes everything from.",
    "everything": "There too: of devices all that is Branchline's, and not only the lines of this inventory.",
    "facts_cache": "Directory of the hosts' last known facts on the controller; default .facts beside the inventory.",
}
"""Variables of the plays, not of a host's intent; allowed everywhere."""

OF = {role: {row.name: row for row in ROWS if role in ROLES[row.where]} for role in PLURALS}
KNOWN = frozenset(row.name for row in ROWS) | frozenset(PLAYS)


def owners(name: str) -> list[str]:
    """The kinds of hosts that have a variable, in the plural."""
    return [plural for role, plural in PLURALS.items() if name in OF[role]]


SECRETS = frozenset(row.name for row in ROWS if row.kind.secret)
FILES = frozenset(row.name for row in ROWS if row.kind is CERTIFICATE)
