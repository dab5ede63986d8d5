# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From raw inventory variables to typed hosts; what cannot be read is reported, and the rest goes on."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any, TypeVar

from ansible_collections.branchline.l2tp.plugins.module_utils.plan import variables
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.access import ACCESS, Access, Circuit
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.addresses import UNKNOWN, Range
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.choices import Choice
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.dialling import Hours
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import PREFIX, BadValueError, Report
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.kinds import (
    ADDRESS,
    NAME,
    Unreadable,
)
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.profiles import Profile

Raw = Mapping[str, Any]


@dataclass(frozen=True)
class Intent:
    """What the inventory says: who is in which group, and each host's variables with the prefix, secrets unread.

    `variables[host]` may hold more than Branchline's variables. A secret's value may be True ("there is one").
    """

    lns: Sequence[str]
    branches: Sequence[str]
    variables: Mapping[str, Raw]
    gateways: Sequence[str] = ()
    lacs: Sequence[str] = ()
    remotes: Sequence[str] = ()

    @property
    def groups(self) -> dict[str, Sequence[str]]:
        """The hosts of each role."""
        return {
            variables.LNS: self.lns,
            variables.BRANCH: self.branches,
            variables.GATEWAY: self.gateways,
            variables.LAC: self.lacs,
            variables.REMOTE: self.remotes,
        }

    @property
    def hosts(self) -> list[str]:
        """All of them."""
        return [name for names in self.groups.values() for name in names]


@dataclass(frozen=True)
class Host:
    """What all hosts have in common; the fields are the rows of the table of variables."""

    name: str
    id: str | None
    lans: tuple[IPv4Network, ...]
    probe: IPv4Address | None
    profile: str | None
    interface: str | None
    mtu: int | None
    hello: int
    platform: str
    outer_interface: str | None
    ssh_config: str | None
    known_hosts: str | None
    serial: str | None
    managed: bool
    ipsec_backend: str
    datapath: str
    secret_generation: int
    certificate: str | None
    private_key: bool | None
    ca: str | None

    @property
    def identity(self) -> str:
        """The IKE identity."""
        return self.id or self.name


@dataclass(frozen=True)
class Answerer(Host):
    """A host that others open tunnels to."""

    address: IPv4Address
    vip_pool: IPv4Network
    profiles: Mapping[str, Profile]
    ikev1_psk: bool | None


@dataclass(frozen=True)
class Caller(Host):
    """A host that opens tunnels, and how it wants them protected."""

    ike_version: int
    ike_auth: str
    protection: str
    ipsec_mode: str | None
    behind_nat: bool | None
    sequencing: bool
    psk: bool | None
    tunnel_secret: bool | None


@dataclass(frozen=True)
class Client(Host):
    """A host that gets an address of an LNS."""

    line: str | None
    pool: str | None
    fixed_address: IPv4Address | None
    routes: tuple[IPv4Network, ...] | None
    default_route: bool
    dial: str
    idle: int
    hours: tuple[Hours, ...]
    ppp_secret: bool | None


@dataclass(frozen=True)
class Lns(Answerer):
    """One LNS of the intent."""

    ppp_address: IPv4Address
    pools: Mapping[str, tuple[Range, ...]]
    dns: tuple[IPv4Address, ...]
    ppp_auth: tuple[str, ...]
    proxy_authentication: str
    pace: int


@dataclass(frozen=True)
class Branch(Client, Caller):
    """One branch of the intent."""

    lns: str | None
    realm: str | None
    via: str | None
    standby: tuple[Choice, ...]
    preference: int
    weight: int
    failover: Mapping[str, int] | None


@dataclass(frozen=True)
class Gateway(Caller, Answerer):
    """One gateway of the intent: it answers branches and calls LNSs."""

    realms: Mapping[str, tuple[Choice, ...]]
    failover: Mapping[str, int] | None


@dataclass(frozen=True)
class Lac(Caller):
    """One LAC of the intent: it answers PPPoE hosts and calls LNSs."""

    access: tuple[Access, ...]
    realms: Mapping[str, tuple[Choice, ...]]
    services: Mapping[str, str | None]
    dialler: tuple[str, ...]
    failover: Mapping[str, int] | None
    ac_name: str | None


@dataclass(frozen=True)
class Remote(Client):
    """One host that dials a LAC by PPPoE."""

    lac: str | None
    realm: str | None
    user: str | None
    service: str | None
    circuit: Circuit | None
    access_vlan: int
    access_interface: str


AnyHost = TypeVar("AnyHost", Lns, Branch, Gateway, Lac, Remote)


@dataclass(frozen=True)
class Network:
    """The typed intent."""

    lns: dict[str, Lns]
    branches: dict[str, Branch]
    gateways: dict[str, Gateway]
    lacs: dict[str, Lac]
    remotes: dict[str, Remote]

    @property
    def hosts(self) -> list[Host]:
        """All of them."""
        answering = [*self.lns.values(), *self.gateways.values(), *self.lacs.values()]
        return [*answering, *self.branches.values(), *self.remotes.values()]


def read(intent: Intent, report: Report) -> Network:
    """Read every host of the intent; one of two groups counts to the first of them."""
    owners: dict[str, str] = {}
    for role, names in intent.groups.items():
        for name in names:
            first = owners.setdefault(name, role)
            if first != role:
                problem = f"is in the group of {variables.PLURALS[first]} and in that of {variables.PLURALS[role]}"
                report.error(name, "groups", problem, "leave it in one of them")

    def hosts(shape: type[AnyHost], role: str) -> dict[str, AnyHost]:
        own = [name for name in intent.groups[role] if owners[name] == role]
        return {name: _host(shape, role, name, intent, report) for name in own}

    return Network(
        hosts(Lns, variables.LNS),
        hosts(Branch, variables.BRANCH),
        hosts(Gateway, variables.GATEWAY),
        hosts(Lac, variables.LAC),
        hosts(Remote, variables.REMOTE),
    )


def _host(shape: type[AnyHost], role: str, name: str, intent: Intent, report: Report) -> AnyHost:
    raw = intent.variables.get(name, {})
    if not NAME.fullmatch(name):
        report.error(name, "groups", "an inventory name that L2TP and IKE cannot use", "use letters, digits, . _ -")
    rows = variables.OF[role]
    _unknown(name, role, raw, report)
    return shape(name=name, **{key: _value(row, name, raw, report) for key, row in rows.items()})


def _value(row: variables.Variable, host: str, raw: Raw, report: Report) -> Any:
    """The value of one variable; null means unset. In place of a bad one the default, or one that offends nobody."""
    value = raw.get(PREFIX + row.name)
    if value is None:
        if row.default is variables.REQUIRED:
            report.error(host, row.name, "is missing", f"set it ({row.kind.name}). {row.doc}")
            return _placeholder(row)
        return row.value
    if isinstance(value, Unreadable):
        report.error(host, row.name, value.problem, "mend the template or the file that it names")
        return _placeholder(row)
    try:
        return row.kind.read(value)
    except BadValueError as error:
        report.error(host, row.name, error.problem, error.remedy)
        return _placeholder(row)


def _placeholder(row: variables.Variable) -> Any:
    if row.kind.secret:
        return True
    if row.default is not variables.REQUIRED:
        return row.value
    return UNKNOWN if row.kind is ADDRESS else () if row.kind is ACCESS else {}


def _unknown(host: str, role: str, raw: Raw, report: Report) -> None:
    """Report Branchline's variables that nobody reads: misspelt, or of the other kind of host."""
    for key in raw:
        name = key[len(PREFIX) :] if key.startswith(PREFIX) else None
        if name is None or name in variables.OF[role] or name in variables.PLAYS:
            continue
        if name in variables.KNOWN:
            other = " and ".join(variables.owners(name))
            report.error(host, name, f"is a variable of {other}", f"move it to the group variables of the {other}")
            continue
        near = difflib.get_close_matches(name, [*variables.OF[role], *variables.PLAYS], n=1)
        remedy = f"did you mean {PREFIX}{near[0]}?" if near else "remove it; docs/intent.md lists all of them"
        report.error(host, name, "is not a variable of Branchline", remedy)
