"""What one end of a PPP link is told by its owner, and the numbers that rule its patience."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address

from branchline.errors import ConfigError

METHODS = ("mschapv2", "chap-md5", "pap")  # of authentication, strongest first
LONGEST = 255  # octets of a name or secret (RFC 1334 2.2.1)
LEAST_MRU = 128  # room for every packet of a control protocol that we send
MOST_MRU = 65535


@dataclass(frozen=True)
class Policy:
    """Retries and lifetimes; seconds and counts. The names in capitals are RFC 1661 4.6's."""

    restart: float = 3.0  # Restart Timer
    max_configure: int = 10  # Max-Configure: Configure-Requests, challenges, PAP requests without any reply
    max_terminate: int = 2  # Max-Terminate
    max_failure: int = 5  # Max-Failure: Configure-Naks before Configure-Reject
    max_rounds: int = 20  # refusals of either kind before the negotiation is called hopeless
    max_loops: int = 5  # own magic numbers seen before the line is called looped back (RFC 1661 6.4)
    establish_limit: float = 60.0  # the whole Establish phase
    auth_limit: float = 60.0  # the whole Authenticate phase, lookup of the secret included
    rechallenge: float = 0.0  # CHAP challenges repeated in the Network phase (RFC 1994 2); 0: never
    network_limit: float = 60.0  # from the Network phase to IPCP open, the owner's choice of addresses included
    echo_failures: int = 3  # Echo-Requests in a row without a reply
    echo_retry: float = 2.0  # from one without a reply to the next: a dead peer is found soon after it was asked


@dataclass(frozen=True)
class NetworkConfig:
    """What IPCP and IPV6CP ask for and give.

    `local_address` None: whatever the peer gives; else it is ours and nothing else will do.
    `peer_address` None: whatever the peer says; else the peer is given it and nothing else will do.
    `dns`: at most two servers to give to the peer; `ask_dns`: ask the peer for its own (RFC 1877).
    `interface_id`: our IPv6 interface identifier, 8 octets; None: IPV6CP is off and answered with Protocol-Reject.
    """

    local_address: IPv4Address | None = None
    peer_address: IPv4Address | None = None
    dns: tuple[IPv4Address, ...] = ()
    ask_dns: bool = False
    interface_id: bytes | None = None

    def __post_init__(self) -> None:
        """ConfigError for what the protocols cannot carry."""
        if len(self.dns) > 2:
            raise ConfigError("dns", f"names {len(self.dns)} servers", "IPCP carries at most 2 (RFC 1877)")
        if self.interface_id is not None and (len(self.interface_id) != 8 or not any(self.interface_id)):
            raise ConfigError("interface_id", "is not an identifier", "give 8 octets that are not all zero (RFC 5072)")


@dataclass(frozen=True)
class LinkConfig:
    """One end of a link. Methods are "mschapv2", "chap-md5" and "pap", strongest first.

    `demand`: the methods by which the peer may prove itself, in our order; empty: it need not.
    `answer`: the methods by which we are willing to prove ourselves as `user` with `secret`; empty: we refuse to.
    `name`: who we say we are in challenges. `mru`: the largest packet that we take, octets. `echo`: seconds, 0 is off.
    `ethernet`: the session is PPPoE's, where nothing is compressed (RFC 2516 7).
    `network`: opened as soon as both ends are authenticated; None: the owner calls Link.open_network.
    """

    name: str = "branchline"
    mru: int = 1500
    demand: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()
    user: str = ""
    secret: bytes = field(default=b"", repr=False)
    echo: float = 30.0
    ethernet: bool = False
    network: NetworkConfig | None = None
    policy: Policy = Policy()

    def __post_init__(self) -> None:
        """ConfigError for what the protocols cannot carry."""
        for field_name, methods in (("demand", self.demand), ("answer", self.answer)):
            if not set(methods) <= set(METHODS) or len(set(methods)) != len(methods):
                raise ConfigError(
                    field_name, f"{', '.join(methods)}", f"name each of {', '.join(METHODS)} at most once"
                )
        for field_name, octets in (("user", self.user.encode()), ("name", self.name.encode()), ("secret", self.secret)):
            if len(octets) > LONGEST:
                raise ConfigError(field_name, f"has {len(octets)} octets", f"PAP and CHAP carry at most {LONGEST}")
        if not LEAST_MRU <= self.mru <= MOST_MRU:
            raise ConfigError("mru", f"is {self.mru}", f"choose a value from {LEAST_MRU} to {MOST_MRU}")
