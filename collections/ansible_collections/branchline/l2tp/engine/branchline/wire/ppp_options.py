"""Configuration options of LCP, IPCP and IPV6CP (RFC 1661 6): one row is codec and documentation."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any, Callable, NamedTuple

from branchline.errors import PeerError

# Name and value of a row's option, or ("unknown", all of its octets) for what no row can read.
Option = tuple[str, Any]

UNKNOWN = "unknown"

# The authentication methods by their names here (RFC 1334 2.1, RFC 1994 3, RFC 2433 2, RFC 2759 2, RFC 3748 7.1).
METHODS = {
    "pap": bytes.fromhex("c023"),
    "chap-md5": bytes.fromhex("c22305"),
    "mschapv1": bytes.fromhex("c22380"),
    "mschapv2": bytes.fromhex("c22381"),
    "eap": bytes.fromhex("c227"),
}
METHOD_NAMES = {data: name for name, data in METHODS.items()}


class Codec(NamedTuple):
    """Octets to value and back; `size` is the number of octets, None if any is fine."""

    size: int | None
    read: Callable[[bytes], Any]
    write: Callable[[Any], bytes]


U16 = Codec(2, lambda data: int.from_bytes(data, "big"), lambda value: value.to_bytes(2, "big"))
U32 = Codec(4, lambda data: int.from_bytes(data, "big"), lambda value: value.to_bytes(4, "big"))
FLAG = Codec(0, lambda _: True, lambda _: b"")
ADDRESS = Codec(4, IPv4Address, lambda value: value.packed)
OCTETS8 = Codec(8, bytes, bytes)
METHOD = Codec(
    None,
    lambda data: METHOD_NAMES.get(data, data.hex()),
    lambda value: METHODS[value] if value in METHODS else bytes.fromhex(value),
)


class Spec(NamedTuple):
    """One option of one protocol."""

    type: int
    name: str
    codec: Codec
    section: str


Table = tuple[Spec, ...]

LCP = (
    Spec(1,   "mru",          U16,     "RFC 1661 6.1"),
    Spec(2,   "accm",         U32,     "RFC 1662 7.1"),
    Spec(3,   "auth",         METHOD,  "RFC 1661 6.2"),
    Spec(5,   "magic",        U32,     "RFC 1661 6.4"),
    Spec(7,   "pfc",          FLAG,    "RFC 1661 6.5"),
    Spec(8,   "acfc",         FLAG,    "RFC 1661 6.6"),
)  # fmt: skip

IPCP = (
    Spec(3,   "ip_address",   ADDRESS, "RFC 1332 3.3"),
    Spec(129, "dns1",         ADDRESS, "RFC 1877 1.1"),
    Spec(131, "dns2",         ADDRESS, "RFC 1877 1.3"),
)  # fmt: skip

IPV6CP = (
    Spec(1,   "interface_id", OCTETS8, "RFC 5072 4.1"),
)  # fmt: skip


def decode(table: Table, data: bytes) -> list[Option]:
    """Read the options of a Configure packet; one that no row of `table` can read is kept whole as unknown."""
    options = []
    while data:
        if len(data) < 2 or not 2 <= data[1] <= len(data):
            raise PeerError("a configuration option is longer than its packet or shorter than its header")
        options.append(_decode_one(table, data[: data[1]]))
        data = data[data[1] :]
    return options


def encode(table: Table, options: list[Option]) -> bytes:
    """Write the options of a Configure packet."""
    return b"".join(value if name == UNKNOWN else _encode_one(table, name, value) for name, value in options)


def _decode_one(table: Table, octets: bytes) -> Option:
    for spec in table:
        if spec.type == octets[0] and spec.codec.size in (None, len(octets) - 2):
            return spec.name, spec.codec.read(octets[2:])
    return UNKNOWN, octets


def _encode_one(table: Table, name: str, value: Any) -> bytes:
    spec = next(spec for spec in table if spec.name == name)
    data = spec.codec.write(value)
    return bytes((spec.type, len(data) + 2)) + data
