"""Attribute-Value Pairs, RFC 2661 4: one row of SPECS an attribute, one function each way."""

from __future__ import annotations

from struct import Struct
from typing import Any, NamedTuple

from branchline.errors import PeerError
from branchline.wire.avp_values import (
    ACCM,
    BYTES,
    CALL_ERRORS,
    CAUSE,
    DISCONNECT,
    EMPTY,
    ID8,
    NONZERO16,
    OCTETS1,
    OCTETS3,
    OCTETS8,
    OCTETS16,
    RESULT,
    TEXT,
    TEXT1,
    U16,
    U32,
    U64,
    VERSION,
    Codec,
)

M, H = 0x8000, 0x4000
RESERVED, LENGTH = 0x3C00, 0x03FF
HEADER = Struct("!HHH")
MAX_VALUE = LENGTH - HEADER.size

MAY, NOT = True, False  # may be hidden, must not be


class Spec(NamedTuple):
    """One attribute; vendor 0 is the IETF."""

    type: int
    name: str
    codec: Codec
    mandatory: bool
    hiding: bool
    section: str
    vendor: int = 0


SPECS = (
    #    type name                         codec         M      hiding RFC 2661
    Spec(0,  "message_type",               U16,          True,  NOT,   "4.4.1"),
    Spec(1,  "result_code",                RESULT,       True,  NOT,   "4.4.2"),
    Spec(2,  "protocol_version",           VERSION,      True,  NOT,   "4.4.3"),
    Spec(3,  "framing_capabilities",       U32,          True,  MAY,   "4.4.3"),
    Spec(4,  "bearer_capabilities",        U32,          True,  MAY,   "4.4.3"),
    Spec(5,  "tie_breaker",                OCTETS8,      False, NOT,   "4.4.3"),
    Spec(6,  "firmware_revision",          U16,          False, MAY,   "4.4.3"),
    Spec(7,  "host_name",                  TEXT1,        True,  NOT,   "4.4.3"),
    Spec(8,  "vendor_name",                TEXT,         False, MAY,   "4.4.3"),
    Spec(9,  "assigned_tunnel_id",         NONZERO16,    True,  MAY,   "4.4.3"),
    Spec(10, "receive_window_size",        NONZERO16,    True,  NOT,   "4.4.3"),
    Spec(11, "challenge",                  OCTETS1,      True,  MAY,   "4.4.3"),
    Spec(12, "q931_cause_code",            CAUSE,        True,  NOT,   "4.4.4"),
    Spec(13, "challenge_response",         OCTETS16,     True,  MAY,   "4.4.3"),
    Spec(14, "assigned_session_id",        NONZERO16,    True,  MAY,   "4.4.4"),
    Spec(15, "call_serial_number",         U32,          True,  MAY,   "4.4.4"),
    Spec(16, "minimum_bps",                U32,          True,  MAY,   "4.4.4"),
    Spec(17, "maximum_bps",                U32,          True,  MAY,   "4.4.4"),
    Spec(18, "bearer_type",                U32,          True,  MAY,   "4.4.4"),
    Spec(19, "framing_type",               U32,          True,  MAY,   "4.4.4"),
    Spec(21, "called_number",              TEXT,         True,  MAY,   "4.4.4"),
    Spec(22, "calling_number",             TEXT,         True,  MAY,   "4.4.4"),
    Spec(23, "sub_address",                TEXT,         True,  MAY,   "4.4.4"),
    Spec(24, "tx_connect_speed",           U32,          True,  MAY,   "4.4.4"),
    Spec(25, "physical_channel_id",        U32,          False, MAY,   "4.4.4"),
    Spec(26, "initial_received_confreq",   BYTES,        False, MAY,   "4.4.5"),
    Spec(27, "last_sent_confreq",          BYTES,        False, MAY,   "4.4.5"),
    Spec(28, "last_received_confreq",      BYTES,        False, MAY,   "4.4.5"),
    Spec(29, "proxy_authen_type",          U16,          False, MAY,   "4.4.5"),
    Spec(30, "proxy_authen_name",          TEXT,         False, MAY,   "4.4.5"),
    Spec(31, "proxy_authen_challenge",     OCTETS1,      False, MAY,   "4.4.5"),
    Spec(32, "proxy_authen_id",            ID8,          False, MAY,   "4.4.5"),
    Spec(33, "proxy_authen_response",      BYTES,        False, MAY,   "4.4.5"),
    Spec(34, "call_errors",                CALL_ERRORS,  True,  MAY,   "4.4.6"),
    Spec(35, "accm",                       ACCM,         True,  MAY,   "4.4.6"),
    Spec(36, "random_vector",              BYTES,        True,  NOT,   "4.4.1"),
    Spec(37, "private_group_id",           BYTES,        False, MAY,   "4.4.4"),
    Spec(38, "rx_connect_speed",           U32,          False, MAY,   "4.4.4"),
    Spec(39, "sequencing_required",        EMPTY,        True,  NOT,   "4.4.4"),
    Spec(46, "disconnect_cause",           DISCONNECT,   False, MAY,   "RFC 3145 2"),
)  # fmt: skip

# Access line information, RFC 5515 3: rates in bit/s, delays in ms.
ADSL_FORUM = 3561
LINE_SPECS = tuple(Spec(number, name, codec, False, MAY, "RFC 5515 3", ADSL_FORUM) for number, name, codec in (
    (1,   "agent_circuit_id",                     TEXT1),
    (2,   "agent_remote_id",                      TEXT1),
    (129, "actual_rate_upstream",                 U64),
    (130, "actual_rate_downstream",               U64),
    (131, "minimum_rate_upstream",                U64),
    (132, "minimum_rate_downstream",              U64),
    (133, "attainable_rate_upstream",             U64),
    (134, "attainable_rate_downstream",           U64),
    (135, "maximum_rate_upstream",                U64),
    (136, "maximum_rate_downstream",              U64),
    (137, "minimum_rate_upstream_low_power",      U64),
    (138, "minimum_rate_downstream_low_power",    U64),
    (139, "maximum_interleaving_delay_upstream",  U32),
    (140, "actual_interleaving_delay_upstream",   U32),
    (141, "maximum_interleaving_delay_downstream", U32),
    (142, "actual_interleaving_delay_downstream", U32),
    (144, "access_loop_encapsulation",            OCTETS3),
))  # fmt: skip

LINE_NAMES = tuple(spec.name for spec in LINE_SPECS)
BY_TYPE = {spec.type: spec for spec in SPECS}
BY_KEY = {(spec.vendor, spec.type): spec for spec in (*SPECS, *LINE_SPECS)}
BY_NAME = {spec.name: spec for spec in (*SPECS, *LINE_SPECS)}


class Raw(NamedTuple):
    """One AVP as it stands in the message, its value not looked at."""

    vendor: int
    type: int
    value: bytes
    mandatory: bool
    hidden: bool
    reserved: int  # bits that must be 0; an AVP with one set counts as unrecognized, 4.1

    def known(self) -> Spec | None:
        """Return the row of SPECS, None if the AVP is unrecognized."""
        return None if self.reserved else BY_KEY.get((self.vendor, self.type))

    def __str__(self) -> str:
        """Name the AVP to people, as the text of error 8 should (4.4.2)."""
        spec = BY_KEY.get((self.vendor, self.type))
        vendor = f"vendor {self.vendor} " if self.vendor else ""
        return spec.name.replace("_", " ") + " AVP" if spec else f"{vendor}AVP {self.type}"


def encode(name: str, value: Any) -> bytes:
    """Return the AVP `name` in clear, with the M bit of its row."""
    spec = BY_NAME[name]
    return frame(spec, spec.codec.encode(value))


def frame(spec: Spec, data: bytes, *, hidden: bool = False) -> bytes:
    """Return `data` with the AVP header before it; ValueError if it is longer than an AVP can be."""
    if len(data) > MAX_VALUE:
        raise ValueError(f"{spec.name}: {len(data)} octets do not fit in an AVP (at most {MAX_VALUE})")
    flags = (M if spec.mandatory else 0) | (H if hidden else 0)
    return HEADER.pack(flags | HEADER.size + len(data), spec.vendor, spec.type) + data


def decode(spec: Spec, data: bytes) -> Any:
    """Return the value of an attribute in clear; PeerError (error 2: length, 3: value) if it is malformed."""
    try:
        return spec.codec.decode(data)
    except PeerError as error:
        raise PeerError(f"{spec.name} AVP: {error.message}", error=error.error) from None


def split(body: bytes) -> list[Raw]:
    """Return the AVPs of a message's body; PeerError if the lengths do not add up."""
    found, at = [], 0
    while at < len(body):
        if len(body) - at < HEADER.size:
            raise PeerError(f"{len(body) - at} octets after the last AVP", error=2)
        flags, vendor, attribute = HEADER.unpack_from(body, at)
        end = at + (flags & LENGTH)
        if not at + HEADER.size <= end <= len(body):
            raise PeerError(f"AVP {attribute} says {flags & LENGTH} octets", error=2)
        value = body[at + HEADER.size : end]
        found.append(Raw(vendor, attribute, value, bool(flags & M), bool(flags & H), flags & RESERVED))
        at = end
    return found
