# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of the intent: one row for each inventory variable is its type, its default and its documentation."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

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

LNS, BRANCH, ALL = "lns", "branch", "all"
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
    # An LNS.
    V("address", LNS, ADDRESS, REQUIRED, "The LNS's outer address: branches send IKE, ESP and L2TP there."),
    V("ppp_address", LNS, ADDRESS, REQUIRED, "The LNS's own end of every PPP link."),
    V("pools", LNS, POOLS, REQUIRED, "Addresses that the LNS gives to branches: ranges a-b, networks, addresses."),
    V("dns", LNS, DNS, (), "DNS servers that the LNS tells the branches (RFC 1877)."),
    V("vip_pool", LNS, NETWORK, IPv4Network("10.99.0.0/16"), "Virtual IPs of tunnel mode, one a branch."),
    V("ppp_auth", LNS, choices("mschapv2", "chap-md5", "pap"), ("mschapv2", "chap-md5"), "PPP protocols, best first."),
    V("profiles", LNS, PROFILES, {}, "Profiles of algorithms of your own, for this LNS and its branches."),
    V("ikev1_psk", LNS, SECRET, "<generated>", "The one key that all IKEv1 PSK branches of this LNS share."),
    # A branch.
    V("lns", BRANCH, TEXT_NAME, "<the only LNS>", "The LNS at the other end of the line (its inventory name)."),
    V("line", BRANCH, TEXT_NAME, "<branch-lns>", "The name of the line."),
    V("pool", BRANCH, TEXT_NAME, "<the only pool>", "The pool of the LNS from which the branch gets its address."),
    V("fixed_address", BRANCH, ADDRESS, "<none: any of the pool>", "The address, of its pool, of the branch."),
    V("routes", BRANCH, NETWORKS, "<the LNS's lans>", "Networks that the branch reaches through the line."),
    V("default_route", BRANCH, BOOLEAN, False, "Whether everything else goes through the line as well."),
    V("ike_version", BRANCH, integer(1, 2), 2, "IKE version; 1 (deprecated: RFC 9395) only where nothing else is."),
    V("ike_auth", BRANCH, choice("psk", "x509"), "psk", "How both ends prove who they are to IKE."),
    V("protection", BRANCH, choice("esp", "ah", "esp+ah", "none"), "esp", "What protects L2TP; none is for tests."),
    V("sequencing", BRANCH, BOOLEAN, False, "Sequence numbers on data messages (RFC 2661 5.4)."),
    V("psk", BRANCH, SECRET, "<generated>", "IKEv2 pre-shared key of the line."),
    V("ppp_secret", BRANCH, SECRET, "<generated>", "PPP password of the branch."),
    V("tunnel_secret", BRANCH, SECRET, "<generated>", "L2TP tunnel secret of the line (RFC 2661 5.1.1)."),
    # Both.
    V("id", ALL, IDENTIFIER, "<inventory name>", "IKE identity; of IKEv1 PSK the LNS's is always its address."),
    V("lans", ALL, NETWORKS, (), "Networks behind this end that the other end shall reach."),
    V("probe", ALL, ADDRESS, "<none>", "An address in one of the lans that answers ping, for the verification."),
    V("profile", ALL, TEXT_NAME, "<the LNS's, else modern (IKEv2) or compatible (IKEv1)>", "Profile of algorithms."),
    V("interface", ALL, INTERFACE_NAME, "<the line's name, cut with a hash; l2tp0 on an LNS>", "The interface."),
    V("mtu", ALL, integer(576, 1500), "<from the real overhead>", "MTU of the line; on an LNS of its interface."),
    V("hello", ALL, integer(1, 3600), 60, "Seconds of silence after which L2TP says Hello (RFC 2661 5.5)."),
    V("platform", ALL, TEXT_NAME, "linux", "What the host is: linux, or a platform of docs/devices.md."),
    V("outer_interface", ALL, PORT_NAME, "<none>", "A device's interface to the other end, where some bind IPsec."),
    V("ssh_config", ALL, FILE_NAME, "<none>", "ssh_config, on the controller, with which a device is reached."),
    V("known_hosts", ALL, FILE_NAME, "<~/.ssh/known_hosts>", "Host keys, on the controller, of devices."),
    V("serial", ALL, TEXT_NAME, "<any>", "A device's serial number; one with another is refused."),
    V("managed", ALL, BOOLEAN, True, "Whether Ansible configures this end; else its half is rendered only."),
    V("ipsec_backend", ALL, choice("auto", "libipsec", "kernel"), "auto", "Where ESP is done; auto: libipsec."),
    V("datapath", ALL, choice("auto", "tun"), "auto", "Where L2TP data goes: user space, on any kernel."),
    V("secret_generation", ALL, integer(1, 10**6), 1, "A higher number draws new secrets; the old ones stay."),
    V("certificate", ALL, CERTIFICATE, "<none>", "X.509 certificate of this end."),
    V("private_key", ALL, PRIVATE_KEY, "<none>", "Private key of the certificate."),
    V("ca", ALL, CERTIFICATE, "<none>", "CA certificate that the other end's certificate must be signed by."),
)  # fmt: skip

PLAYS = {
    "groups": "Names of the groups of hosts: {lns: lns, branches: branches}.",
    "secret_store": "Directory of generated secrets on the controller; default .secrets beside the inventory.",
    "facts_cache": "Directory of the hosts' last known facts on the controller; default .facts beside the inventory.",
}
"""Variables of the plays, not of a host's intent; allowed everywhere."""

OF = {role: {row.name: row for row in ROWS if row.where in (role, ALL)} for role in (LNS, BRANCH)}
KNOWN = frozenset(row.name for row in ROWS) | frozenset(PLAYS)
SECRETS = frozenset(row.name for row in ROWS if row.kind.secret)
FILES = frozenset(row.name for row in ROWS if row.kind is CERTIFICATE)
