"""What a Link tells its owner; frozen, so that tests compare them whole."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Union

from branchline.ppp.auth import Credentials
from branchline.ppp.lcp import LcpOptions


@dataclass(frozen=True)
class LcpUp:
    """LCP is open (RFC 1661 3.4): what we may expect from the peer, and what it may expect from us."""

    ours: LcpOptions
    theirs: LcpOptions


@dataclass(frozen=True)
class PeerCredentials:
    """The peer claims to be `name`: the owner answers with Link.answer_credentials, now or later.

    A DOMAIN\\ in front of a name of MS-CHAPv2 is not part of it.
    The usual answer is `link.answer_credentials(check(event.credentials, secret_or_None), now)`.
    """

    name: str
    credentials: Credentials


@dataclass(frozen=True)
class Authenticated:
    """`user` is proven by `method`; `by_peer`: the peer proved itself to us, else we proved ourselves to it."""

    user: str
    method: str
    by_peer: bool


@dataclass(frozen=True)
class AuthFailed:
    """`user` is refused; `by_peer`: the peer did not prove itself to us. LinkDown follows."""

    user: str
    method: str
    by_peer: bool
    reason: str


@dataclass(frozen=True)
class NetworkUp:
    """IPCP is open (RFC 1332): IPv4 packets may flow. `dns` is what the peer gave us, primary first."""

    local_address: IPv4Address
    peer_address: IPv4Address
    dns: tuple[IPv4Address, ...] = ()


@dataclass(frozen=True)
class NetworkDown:
    """IPCP left the opened state: IPv4 packets must not flow."""


@dataclass(frozen=True)
class Ipv6Up:
    """IPV6CP is open (RFC 5072): the interface identifiers, 8 octets each."""

    local_interface: bytes
    peer_interface: bytes


@dataclass(frozen=True)
class Ipv6Down:
    """IPV6CP left the opened state: IPv6 packets must not flow."""


@dataclass(frozen=True)
class EchoRtt:
    """The peer answered an Echo-Request after `seconds`."""

    seconds: float


@dataclass(frozen=True)
class LinkDown:
    """The link is over for good, in plain words why; the last event of a Link."""

    reason: str


Event = Union[
    LcpUp,
    PeerCredentials,
    Authenticated,
    AuthFailed,
    NetworkUp,
    NetworkDown,
    Ipv6Up,
    Ipv6Down,
    EchoRtt,
    LinkDown,
]
