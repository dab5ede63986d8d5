"""An outgoing call's facts: what the LNS asks for in OCRQ and the LAC tells in OCRP and OCCN, RFC 2661 6.9 to 6.11."""

from __future__ import annotations

from dataclasses import dataclass, replace

from branchline.l2tp.call import SYNCHRONOUS, Call, attributes, avps
from branchline.wire.messages import Message, Type

DIGITAL = 1  # Bearer Type, 4.4.4


@dataclass(frozen=True)
class OutgoingRequest:
    """What an LNS wants a LAC to call out for; speeds in bit/s."""

    called_number: str
    sub_address: str = ""
    minimum_speed: int = 1
    maximum_speed: int = 1_000_000_000
    bearer_type: int = DIGITAL
    framing: int = SYNCHRONOUS


@dataclass(frozen=True)
class Connected:
    """What a LAC found when the bearer answered; speeds in bit/s, `rx_speed` None: the same as `tx_speed`."""

    tx_speed: int = 1_000_000_000
    rx_speed: int | None = None
    framing: int = SYNCHRONOUS
    sequencing: bool = False  # Sequencing Required


# attribute of OutgoingRequest, Call or Connected -> AVP
IN_OCRQ = {
    "minimum_speed": "minimum_bps",
    "maximum_speed": "maximum_bps",
    "bearer_type": "bearer_type",
    "framing": "framing_type",
    "called_number": "called_number",
    "sub_address": "sub_address",
}
IN_OCCN = {"tx_speed": "tx_connect_speed", "rx_speed": "rx_connect_speed", "framing": "framing_type"}


def to_ocrq(request: OutgoingRequest, session: int, serial: int) -> Message:
    """Return the OCRQ for a call, 6.9."""
    values = {"assigned_session_id": session, "call_serial_number": serial, "called_number": ""}
    return Message(Type.OCRQ, {**values, **avps(request, IN_OCRQ)})


def from_ocrq(message: Message) -> Call:
    """Return the facts of a call as far as its OCRQ tells them."""
    return Call(serial=message["call_serial_number"], **attributes(message, IN_OCRQ))


def requested(request: OutgoingRequest, serial: int) -> Call:
    """Return the facts of a call that this side asks for."""
    return Call(serial=serial, **{name: getattr(request, name) for name in IN_OCRQ})


def objection(call: Call, bearers: int | None, framings: int) -> str | None:
    """Return why a LAC with these capabilities must not be asked for `call` (4.4.3, 4.4.4, 6.9), None if it may."""
    if bearers is None:
        return "gave no Bearer Capabilities: it makes no outgoing calls"
    if (call.bearer_type or 0) & ~bearers:
        return f"has bearers {bearers:#x}, not {call.bearer_type:#x}"
    if call.framing & ~framings:
        return f"has framings {framings:#x}, not {call.framing:#x}"
    return None


def to_ocrp(session: int, physical_channel: int | None) -> Message:
    """Return the OCRP, 6.10."""
    channel = {} if physical_channel is None else {"physical_channel_id": physical_channel}
    return Message(Type.OCRP, {"assigned_session_id": session, **channel})


def with_ocrp(call: Call, message: Message) -> Call:
    """Return the facts of a call with its OCRP's added."""
    return replace(call, physical_channel=message.get("physical_channel_id"))


def to_occn(connected: Connected) -> Message:
    """Return the OCCN, 6.11."""
    required = {"sequencing_required": True} if connected.sequencing else {}
    return Message(Type.OCCN, {**avps(connected, IN_OCCN), **required})


def with_occn(call: Call, message: Message) -> Call:
    """Return the facts of a call with its OCCN's added; the receive speed is the transmit speed if it is not given."""
    facts = {"rx_speed": message["tx_connect_speed"], **attributes(message, IN_OCCN)}
    return replace(call, **facts, sequencing_required=bool(message.get("sequencing_required")))
