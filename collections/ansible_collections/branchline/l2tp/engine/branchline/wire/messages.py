"""Control messages, RFC 2661 3.2 and 6: which AVPs each must and may hold, and both ways between bytes and values."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Callable, NamedTuple, Optional

from branchline.errors import PeerError
from branchline.wire import avp, hidden

Secret = Optional[bytes]
VECTOR_SIZE = 16


class Type(enum.IntEnum):
    """Message Type, 3.2."""

    SCCRQ = 1
    SCCRP = 2
    SCCCN = 3
    STOPCCN = 4
    HELLO = 6
    OCRQ = 7
    OCRP = 8
    OCCN = 9
    ICRQ = 10
    ICRP = 11
    ICCN = 12
    CDN = 14
    WEN = 15
    SLI = 16


class Layout(NamedTuple):
    """Which AVPs a message must hold; every other that is known may come and is decoded too."""

    type: Type
    required: tuple[str, ...]
    optional: tuple[str, ...]
    section: str


OPENING = ("protocol_version", "host_name", "framing_capabilities", "assigned_tunnel_id")
MAY_OPEN = ("bearer_capabilities", "receive_window_size", "challenge", "firmware_revision", "vendor_name")
CALLING = ("bearer_type", "physical_channel_id", "calling_number", "called_number", "sub_address")
LAYOUTS = (
    Layout(Type.SCCRQ, OPENING, (*MAY_OPEN, "tie_breaker"), "6.1"),
    Layout(Type.SCCRP, OPENING, (*MAY_OPEN, "challenge_response"), "6.2"),
    Layout(Type.SCCCN, (), ("challenge_response",), "6.3"),
    Layout(Type.STOPCCN, ("assigned_tunnel_id", "result_code"), (), "6.4"),
    Layout(Type.HELLO, (), (), "6.5"),
    Layout(Type.ICRQ, ("assigned_session_id", "call_serial_number"), CALLING, "6.6"),
    Layout(Type.ICRP, ("assigned_session_id",), (), "6.7"),
    Layout(
        Type.ICCN,
        ("tx_connect_speed", "framing_type"),
        (
            *("initial_received_confreq", "last_sent_confreq", "last_received_confreq"),
            *("proxy_authen_type", "proxy_authen_name", "proxy_authen_challenge", "proxy_authen_id"),
            *("proxy_authen_response", "private_group_id", "rx_connect_speed", "sequencing_required"),
        ),
        "6.8",
    ),
    Layout(
        Type.OCRQ,
        (
            *("assigned_session_id", "call_serial_number", "minimum_bps", "maximum_bps"),
            *("bearer_type", "framing_type", "called_number"),
        ),
        ("sub_address",),
        "6.9",
    ),
    Layout(Type.OCRP, ("assigned_session_id",), ("physical_channel_id",), "6.10"),
    Layout(Type.OCCN, ("tx_connect_speed", "framing_type"), ("rx_connect_speed", "sequencing_required"), "6.11"),
    Layout(Type.CDN, ("result_code", "assigned_session_id"), ("q931_cause_code", "disconnect_cause"), "6.12"),
    Layout(Type.WEN, ("call_errors",), (), "6.13"),
    Layout(Type.SLI, ("accm",), (), "6.14"),
)
LAYOUT = {layout.type: layout for layout in LAYOUTS}
TUNNEL_TYPES = frozenset({Type.SCCRQ, Type.SCCRP, Type.SCCCN, Type.STOPCCN, Type.HELLO})


@dataclass(frozen=True)
class Message:
    """One control message: its type and its AVPs' values by name (the first of each, Message Type left out).

    `hidden` tells of a received one whether any AVP of it was.
    """

    type: Type
    values: Mapping[str, Any] = field(default_factory=dict)
    hidden: bool = field(default=False, compare=False)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of an optional AVP, or `default`."""
        return self.values.get(name, default)


def encode(message: Message, *, secret: Secret = None, random: Callable[[int], bytes] | None = None) -> bytes:
    """Return the body of `message`; with `secret` and `random`, everything that may be hidden is (4.3)."""
    rows = [(avp.BY_NAME[name], value) for name, value in message.values.items()]
    body = avp.encode("message_type", message.type)
    if secret is None or random is None or not any(spec.hiding for spec, _ in rows):
        return body + b"".join(avp.encode(spec.name, value) for spec, value in rows)
    vector = random(VECTOR_SIZE)
    body += avp.encode("random_vector", vector)
    for spec, value in rows:
        data = spec.codec.encode(value)
        if spec.hiding:
            padding = random(-(len(data) + 2) % hidden.BLOCK)
            data = hidden.hide(spec.type, data, secret, vector, padding)
        body += avp.frame(spec, data, hidden=spec.hiding)
    return body


def peek_type(body: bytes) -> int | None:
    """Return the Message Type that a body begins with, None if it begins with something else."""
    return int.from_bytes(body[6:8], "big") if len(body) >= 8 and body[2:6] == b"\x00\x00\x00\x00" else None


def peek(body: bytes, name: str) -> Any:
    """Return the value of an AVP that is in clear and well formed, else None: for refusals of broken messages."""
    wanted = avp.BY_NAME[name]
    try:
        raws = [raw for raw in avp.split(body) if raw.known() is wanted and not raw.hidden]
        return avp.decode(wanted, raws[0].value) if raws else None
    except PeerError:
        return None


def decode(body: bytes, secret: Secret = None) -> Message | None:
    """Return the message; None if its type is unknown and may be ignored (4.4.1).

    PeerError where the RFC wants tunnel or session ended: a broken body, an unknown or malformed AVP with the
    M bit, a required AVP that is missing. Without it such AVPs are left out (4.1, 7.1).
    """
    raws = avp.split(body)
    kind = _message_type(raws)
    if kind is None:
        return None
    values: dict[str, Any] = {}
    vector: bytes | None = None
    for raw in raws[1:]:
        spec = raw.known()
        if spec is not None and spec.name == "random_vector":
            vector = raw.value
        else:
            _add(values, spec, raw, secret, vector)
    for name in LAYOUT[kind].required:
        if name not in values:
            raise PeerError(f"{kind.name} lacks its {name.replace('_', ' ')} AVP")
    return Message(kind, values, any(raw.hidden for raw in raws))


def _message_type(raws: list[avp.Raw]) -> Type | None:
    if not raws or raws[0].known() is not avp.BY_TYPE[0] or raws[0].hidden or len(raws[0].value) != 2:
        raise PeerError("message does not begin with a Message Type AVP", error=3)
    number = int.from_bytes(raws[0].value, "big")
    try:
        return Type(number)
    except ValueError:
        if raws[0].mandatory:
            raise PeerError(f"message type {number} is unknown", error=3) from None
        return None


def _add(values: dict[str, Any], spec: avp.Spec | None, raw: avp.Raw, secret: Secret, vector: bytes | None) -> None:
    """Put one AVP into `values`, unless it is to be ignored; PeerError if it is mandatory and not understood."""
    if spec is None and raw.mandatory:
        raise PeerError(f"{raw} is unknown and mandatory", error=8)
    if spec is None:
        return
    try:
        value = avp.decode(spec, _clear(spec, raw, secret, vector))
    except PeerError:
        if raw.mandatory:
            raise
        return
    values.setdefault(spec.name, value)


def _clear(spec: avp.Spec, raw: avp.Raw, secret: Secret, vector: bytes | None) -> bytes:
    if not raw.hidden:
        return raw.value
    if not spec.hiding:
        raise PeerError(f"{raw} must not be hidden", error=3)
    if vector is None:
        raise PeerError(f"{raw} is hidden, but no Random Vector precedes it", error=3)
    if secret is None:
        raise PeerError(f"{raw} is hidden, but there is no shared secret for this peer")
    return hidden.reveal(raw.type, raw.value, secret, vector)
