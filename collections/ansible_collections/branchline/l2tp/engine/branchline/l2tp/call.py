"""What is known of one call, and of an incoming one what the LAC says in ICRQ and ICCN (RFC 2661 6.6, 6.8)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from branchline.wire.avp import LINE_NAMES
from branchline.wire.messages import Message, Type

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
    line: tuple[tuple[str, Any], ...] = ()  # of the host, RFC 5515, by the names of wire.avp.LINE_SPECS
    minimum_speed: int = 0  # bit/s, of an outgoing call: what the LNS asks for
    maximum_speed: int = 0


@dataclass(frozen=True)
class CallRequest:
    """What a LAC (or voluntary client) wants to call for.

    `serial` is the endpoint's to give (None), but for a gateway: it carries the caller's on, so that both hops of a
    call have one name (4.4.4: a reference for administrators on both ends).
    """

    serial: int | None = None
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
    line: tuple[tuple[str, Any], ...] = ()  # as in Call


# attribute of Call and CallRequest -> AVP
IN_ICRQ = {
    "bearer_type": "bearer_type",
    "physical_channel": "physical_channel_id",
    "calling_number": "calling_number",
    "called_number": "called_number",
    "sub_address": "sub_address",
}
IN_ICCN = {
    "tx_speed": "tx_connect_speed",
    "rx_speed": "rx_connect_speed",
    "framing": "framing_type",
    "private_group": "private_group_id",
}
IN_PROXY = {
    "first_received": "initial_received_confreq",
    "last_sent": "last_sent_confreq",
    "last_received": "last_received_confreq",
    "method": "proxy_authen_type",
    "name": "proxy_authen_name",
    "challenge": "proxy_authen_challenge",
    "id": "proxy_authen_id",
    "response": "proxy_authen_response",
}
ABSENT = (None, "", b"")


def avps(source: object, names: dict[str, str]) -> dict[str, Any]:
    """Return the AVPs that the attributes of `source` make; those that are absent make none."""
    pairs = ((avp, getattr(source, name)) for name, avp in names.items())
    return {avp: value for avp, value in pairs if value not in ABSENT}


def attributes(message: Message, names: dict[str, str]) -> dict[str, Any]:
    """Return the attributes that the AVPs of a message make."""
    return {name: message[avp] for name, avp in names.items() if avp in message.values}


def to_icrq(request: CallRequest, session: int, serial: int) -> Message:
    """Return the ICRQ for a call, 6.6."""
    values = {"assigned_session_id": session, "call_serial_number": serial}
    return Message(Type.ICRQ, {**values, **avps(request, IN_ICRQ), **dict(request.line)})


def to_iccn(request: CallRequest, framings: int) -> Message:
    """Return the ICCN for a call, 6.8; what the LAC did as a proxy comes last.

    `framings`: the peer's Framing Capabilities, outside of which a call must not be (4.4.3); 0: it has told none.
    """
    values = avps(request, IN_ICCN)
    if framings and not request.framing & framings:
        values["framing_type"] = framings
    if request.sequencing:
        values["sequencing_required"] = True
    if request.proxy is not None:
        needed = {"proxy_authen_id": request.proxy.id} if request.proxy.method in (2, 3, 5) else {}
        proxy = {name: value for name, value in avps(request.proxy, IN_PROXY).items() if name != "proxy_authen_id"}
        values.update({**proxy, **needed})
    return Message(Type.ICCN, values)


def from_icrq(message: Message) -> Call:
    """Return the facts of a call as far as its ICRQ tells them."""
    line = tuple((name, message[name]) for name in LINE_NAMES if name in message.values)
    return Call(serial=message["call_serial_number"], line=line, **attributes(message, IN_ICRQ))


def with_iccn(call: Call, message: Message) -> Call:
    """Return the facts of a call with its ICCN's added; the receive speed is the transmit speed if it is not given."""
    facts = {"rx_speed": message["tx_connect_speed"], **attributes(message, IN_ICCN)}
    proxy = attributes(message, IN_PROXY)
    return replace(
        call,
        **facts,
        sequencing_required=bool(message.get("sequencing_required")),
        proxy=ProxyAuthentication(**proxy) if proxy else None,
    )


def placed(request: CallRequest, serial: int) -> Call:
    """Return the facts of a call that this side makes."""
    known = {
        name: getattr(request, name) for name in (*IN_ICRQ, "tx_speed", "framing", "private_group", "line", "proxy")
    }
    rx_speed = request.tx_speed if request.rx_speed is None else request.rx_speed
    number = serial if request.serial is None else request.serial
    return Call(serial=number, rx_speed=rx_speed, sequencing_required=request.sequencing, **known)


def onward(call: Call) -> CallRequest:
    """Return the request that carries a call on to another tunnel as it came, proxy AVPs and all: a gateway's."""
    names = (*IN_ICRQ, "tx_speed", "rx_speed", "framing", "private_group", "line", "proxy", "serial")
    return CallRequest(sequencing=call.sequencing_required, **{name: getattr(call, name) for name in names})
