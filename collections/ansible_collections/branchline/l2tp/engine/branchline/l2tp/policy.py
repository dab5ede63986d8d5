"""Every number and choice of the protocol engine in one place, and what is said of oneself and expected of a peer."""

from __future__ import annotations

from dataclasses import dataclass

Address = tuple[str, int]  # as the socket gives it: IP address and UDP port


@dataclass(frozen=True)
class Policy:
    """The numbers (seconds unless said otherwise); defaults are RFC 2661's recommendations."""

    hello: float = 60.0  # after this long without a control message, 5.5; 0 = never
    retransmit_first: float = 1.0  # 5.8
    retransmit_cap: float = 8.0
    retransmit_limit: int = 5  # retransmissions of one message before the peer is held for dead
    receive_window: int = 16  # messages, advertised in Receive Window Size
    default_window: int = 4  # messages, of a peer that advertises none, 4.4.3
    ack_delay: float = 0.05  # how long an acknowledgement may wait for a message to travel on
    setup_timeout: float = 30.0  # for SCCRQ..SCCCN, and for ICRQ..ICCN
    dial_timeout: float = 60.0  # LAC: from OCRQ until the bearer answers; the LNS waits `setup_timeout` longer
    half_open_limit: int = 1000  # accepted tunnels that have not proven themselves; the oldest gives way
    sccrq_rate: float = 500.0  # per second, new SCCRQs that are looked at
    sccrq_burst: int = 1000
    session_limit: int = 65_000  # of one tunnel
    reorder_timeout: float = 0.1  # how long a gap in sequenced data may hold up what follows
    reorder_limit: int = 64  # frames of one session
    require_secret: bool = False  # LNS: a peer without a secret of its own is refused
    hide_avps: bool = False  # LNS: hide what may be hidden (4.3) from when the peer does so itself

    @property
    def retransmission_cycle(self) -> float:
        """How long one message is retransmitted in all; a closed tunnel lingers as long, 5.7."""
        return sum(self.retransmit_interval(attempt) for attempt in range(1, self.retransmit_limit + 2))

    def patience(self, *, rings: bool, lac: bool) -> float:
        """How long a call may take to be set up; the LNS of one that rings is more patient than its LAC."""
        return (self.dial_timeout if rings else 0.0) + (0.0 if rings and lac else self.setup_timeout)

    def retransmit_interval(self, attempt: int) -> float:
        """Wait after the n-th transmission (from 1): doubled each time up to the cap."""
        return min(self.retransmit_first * 2.0 ** min(attempt - 1, 32), self.retransmit_cap)


@dataclass(frozen=True)
class Identity:
    """What this side says of itself in SCCRQ and SCCRP (4.4.3)."""

    host_name: str
    vendor_name: str = "Branchline"
    firmware_revision: int = 1
    framing_capabilities: int = 3  # synchronous and asynchronous
    bearer_capabilities: int | None = None


@dataclass(frozen=True)
class TunnelProfile:
    """One peer to connect to: the shared secret (None = no authentication) and what is expected of the peer."""

    secret: bytes | None = None
    host_name: str | None = None  # ours towards this peer, if not the Identity's
    peer_host_name: str | None = None  # what the peer must call itself
    hide_avps: bool = False
    hello: float | None = None  # seconds; None = the Policy's
