"""What is known of one call: what the LAC says in ICRQ and ICCN (RFC 2661 6.6, 6.8), offered to the LNS."""

from __future__ import annotations

from dataclasses import dataclass

ASYNCHRONOUS, SYNCHRONOUS = 2, 1  # Framing Type, 4.4.4


@dataclass(frozen=True)
class ProxyAuthentication:
    """What the LAC already did with the caller's LCP and authentication (4.4.5); None or empty where absent."""

    first_received: bytes | None = None  # LCP CONFREQ options: Initial Received, Last Sent, Last Received
    last_sent: bytes | None = None
    last_received: bytes | None = None
    method: int | None = None  # Proxy Authen Type: 1 text, 2 CHAP, 3 PAP, 4 none, 5 MS-CHAPv1
    name: str = ""
    challenge: bytes = b""
    id: int = 0
    response: bytes = b""


@dataclass(frozen=True)
class Call:
    """The facts of a call, as far as they are known when the event that carries them happens."""

    serial: int
    bearer_type: int | None = None
    called_number: str = ""
    calling_number: str = ""
    sub_address: str = ""
    physical_channel: int | None = None
    tx_speed: int = 0  # bit/s, as the LAC claims; 0 until ICCN
    rx_speed: int = 0
    framing: int = 0
    private_group: bytes = b""
    sequencing_required: bool = False
    proxy: ProxyAuthentication | None = None


@dataclass(frozen=True)
class CallRequest:
    """What a LAC (or voluntary client) wants to call for; the serial number is the endpoint's to give."""

    tx_speed: int = 1_000_000_000
    rx_speed: int | None = None
    framing: int = SYNCHRONOUS
    bearer_type: int | None = None
    called_number: str = ""
    calling_number: str = ""
    sub_address: str = ""
    physical_channel: int | None = None
    private_group: bytes = b""
    sequencing: bool = False  # Sequencing Required: every data message carries Ns and Nr, both ways
    proxy: ProxyAuthentication | None = None
