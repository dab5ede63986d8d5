"""PPP over Ethernet: RFC 2516 4 and appendix A (header, tags), RFC 4638 (PPP-Max-Payload), TR-101 3.9.2 (line)."""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

from branchline.errors import PeerError

DISCOVERY, SESSION = 0x8863, 0x8864  # Ethernet types

# Codes of RFC 2516 5.
PADI, PADO, PADR, PADS, PADT = 0x09, 0x07, 0x19, 0x65, 0xA7
NAMES = {PADI: "PADI", PADO: "PADO", PADR: "PADR", PADS: "PADS", PADT: "PADT"}

# Tags.
END_OF_LIST = 0x0000
SERVICE_NAME = 0x0101
AC_NAME = 0x0102
HOST_UNIQ = 0x0103
AC_COOKIE = 0x0104
VENDOR_SPECIFIC = 0x0105
RELAY_SESSION_ID = 0x0110
PPP_MAX_PAYLOAD = 0x0120  # RFC 4638 2
SERVICE_NAME_ERROR = 0x0201
AC_SYSTEM_ERROR = 0x0202
GENERIC_ERROR = 0x0203
ERRORS = {SERVICE_NAME_ERROR: "Service-Name-Error", AC_SYSTEM_ERROR: "AC-System-Error", GENERIC_ERROR: "Generic-Error"}

VERSION_TYPE = 0x11  # RFC 2516 4: VER 1 and TYPE 1
HEADER = Struct("!BBHH")
TAG = Struct("!HH")
OVERHEAD = 8  # octets of an Ethernet frame's payload that go to this header and PPP's protocol number
MAX_PAYLOAD = 1492  # octets of a PPP packet that every Ethernet carries (RFC 2516 7)
MOST = 1484  # octets of all tags: the payload of a discovery frame is 1,484 at most (RFC 2516 5.1)
ADSL_FORUM = 3561
CIRCUIT, REMOTE = 1, 2  # TR-101: Agent Circuit ID and Agent Remote ID

Tags = tuple[tuple[int, bytes], ...]


class Packet(NamedTuple):
    """One discovery packet, without its Ethernet header; tags in their order, those of unknown types too."""

    code: int
    session: int
    tags: Tags

    def tag(self, kind: int) -> bytes | None:
        """Value of the first tag of a kind."""
        return next((value for number, value in self.tags if number == kind), None)

    def all(self, kind: int) -> list[bytes]:
        """Values of every tag of a kind."""
        return [value for number, value in self.tags if number == kind]

    def echoed(self, *kinds: int) -> Tags:
        """The tags of these kinds as they stand: what an answer has to repeat."""
        return tuple((number, value) for number, value in self.tags if number in kinds)


class LineId(NamedTuple):
    """What an access node says of the host's line (TR-101 3.9.2): its two names, and sub-options by number."""

    circuit: bytes = b""
    remote: bytes = b""
    others: Tags = ()


NO_LINE = LineId()


def decode(data: bytes) -> Packet:
    """Read a discovery packet; octets after its length are Ethernet's padding."""
    if len(data) < HEADER.size:
        raise PeerError(f"a PPPoE packet of {len(data)} octets is shorter than its header")
    version_type, code, session, length = HEADER.unpack_from(data)
    if version_type != VERSION_TYPE or code not in NAMES:
        raise PeerError(f"version {version_type >> 4}, type {version_type & 15}, code {code:#04x} is no discovery")
    end = HEADER.size + length
    if length > MOST or end > len(data):
        raise PeerError(f"a PPPoE packet of {len(data)} octets says that it has {length} octets of tags")
    return Packet(code, session, _tags(data[HEADER.size : end]))


def _tags(data: bytes) -> Tags:
    tags, at = [], 0
    while at < len(data):
        if at + TAG.size > len(data):
            raise PeerError("a PPPoE tag is shorter than its header")
        kind, length = TAG.unpack_from(data, at)
        if kind == END_OF_LIST:
            break
        at += TAG.size
        if at + length > len(data):
            raise PeerError(f"PPPoE tag {kind:#06x} is longer than its packet")
        tags.append((kind, bytes(data[at : at + length])))
        at += length
    return tuple(tags)


def encode(packet: Packet) -> bytes:
    """Write a discovery packet; ValueError if its tags do not fit."""
    body = b"".join(TAG.pack(kind, len(value)) + value for kind, value in packet.tags)
    if len(body) > MOST:
        raise ValueError(f"{len(body)} octets of tags do not fit in a PPPoE packet (at most {MOST})")
    return HEADER.pack(VERSION_TYPE, packet.code, packet.session, len(body)) + body


def encode_session(session: int, packet: bytes) -> bytes:
    """Write a session packet: `packet` is PPP from its protocol number on (RFC 2516 6)."""
    return HEADER.pack(VERSION_TYPE, 0, session, len(packet)) + packet


def decode_session(data: bytes) -> tuple[int, bytes] | None:
    """Session id and PPP packet of a session packet, without padding; None: it is not one. For the data path."""
    if len(data) < HEADER.size:
        return None
    version_type, code, session, length = HEADER.unpack_from(data)
    if version_type != VERSION_TYPE or code or not length or HEADER.size + length > len(data):
        return None
    return session, data[HEADER.size : HEADER.size + length]


def max_payload(packet: Packet) -> int | None:
    """Value of PPP-Max-Payload (RFC 4638 2); None where it is absent, damaged, or not above what goes without it."""
    value = packet.tag(PPP_MAX_PAYLOAD)
    if value is None or len(value) != 2:
        return None
    size = int.from_bytes(value, "big")
    return size if size > MAX_PAYLOAD else None


def line_id(packet: Packet) -> LineId:
    """What the access node put into the packet's vendor tag; an empty LineId where there is none or it is damaged."""
    for value in packet.all(VENDOR_SPECIFIC):
        if value[:4] == ADSL_FORUM.to_bytes(4, "big"):
            return _line_id(value[4:])
    return NO_LINE


def _line_id(data: bytes) -> LineId:
    options: dict[int, bytes] = {}
    while len(data) >= 2 and len(data) >= 2 + data[1]:
        options.setdefault(data[0], data[2 : 2 + data[1]])
        data = data[2 + data[1] :]
    others = tuple((number, value) for number, value in options.items() if number not in (CIRCUIT, REMOTE))
    return LineId(options.get(CIRCUIT, b"")[:63], options.get(REMOTE, b"")[:63], others)


def encode_line_id(line: LineId) -> bytes:
    """Write the value of a vendor tag."""
    named = [(CIRCUIT, line.circuit), (REMOTE, line.remote)]
    options = [(number, value) for number, value in named if value] + list(line.others)
    body = b"".join(bytes((number, len(value))) + value for number, value in options)
    return ADSL_FORUM.to_bytes(4, "big") + body
