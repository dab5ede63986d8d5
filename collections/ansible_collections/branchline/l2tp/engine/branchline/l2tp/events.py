"""What an Endpoint tells its user; compared whole in tests, so all of them are frozen dataclasses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from branchline.l2tp.call import Call
    from branchline.l2tp.policy import Address
    from branchline.l2tp.results import Result


@dataclass(frozen=True)
class TunnelOpened:
    """The control connection is established; both sides have proven the secret where there is one."""

    tunnel: int
    peer: Address
    peer_tunnel: int
    host_name: str
    vendor_name: str
    authenticated: bool  # the peer has proven that it knows the secret


@dataclass(frozen=True)
class TunnelClosed:
    """The tunnel and all its sessions are gone (a SessionClosed came for each before this)."""

    tunnel: int
    result: Result
    by_peer: bool


@dataclass(frozen=True)
class TunnelRefused:
    """An SCCRQ was answered with StopCCN; no state is kept of it."""

    peer: Address
    host_name: str
    result: Result


@dataclass(frozen=True)
class SessionRequested:
    """LNS: the peer's ICRQ. Answer with accept_session or reject_session; silence is refused in time."""

    tunnel: int
    session: int
    call: Call


@dataclass(frozen=True)
class OutgoingRequested:
    """LAC: the peer's OCRQ. Answer with accept_outgoing or reject_session; silence is refused in time."""

    tunnel: int
    session: int
    call: Call


@dataclass(frozen=True)
class BearerWanted:
    """LAC: the OCRQ was accepted: make the call, then bearer_answered or bearer_failed; SessionClosed calls it off."""

    tunnel: int
    session: int
    call: Call


@dataclass(frozen=True)
class SessionOpened:
    """Data may flow; the call now holds the facts of ICCN or OCCN too (proxy LCP and authentication among them)."""

    tunnel: int
    session: int
    peer_session: int
    call: Call


@dataclass(frozen=True)
class SessionClosed:
    """The session is gone, however it ended."""

    tunnel: int
    session: int
    result: Result
    by_peer: bool
    disconnect_cause: tuple[int, int, int, str] | None = None  # RFC 3145: code, protocol, direction, text


@dataclass(frozen=True)
class SequencingChanged:
    """From now on data messages are sent with sequence numbers (or without): Endpoint.data_header() has changed."""

    tunnel: int
    session: int
    on: bool


@dataclass(frozen=True)
class DataReceived:
    """One PPP frame, in order where the session is sequenced; with or without FF 03 as the peer sent it."""

    tunnel: int
    session: int
    payload: bytes


@dataclass(frozen=True)
class LinkInfo:
    """Set-Link-Info (4.4.6 ACCM, as (send, receive)) or WAN-Error-Notify (its six counters in RFC order)."""

    tunnel: int
    session: int
    accm: tuple[int, int] | None = None
    errors: tuple[int, ...] | None = None


Event = Union[
    TunnelOpened,
    TunnelClosed,
    TunnelRefused,
    SessionRequested,
    OutgoingRequested,
    BearerWanted,
    SessionOpened,
    SessionClosed,
    SequencingChanged,
    DataReceived,
    LinkInfo,
]
