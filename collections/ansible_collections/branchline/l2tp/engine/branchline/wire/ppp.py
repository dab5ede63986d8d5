"""PPP frames (RFC 1661 2, RFC 1662 3.1) and the packets of control protocols (RFC 1661 5)."""

from __future__ import annotations

from typing import NamedTuple

from branchline.errors import PeerError

ADDRESS_CONTROL = b"\xff\x03"

# Protocol numbers (RFC 1661 2 and IANA's "PPP Numbers").
IPV4 = 0x0021
IPV6 = 0x0057
IPCP = 0x8021
IPV6CP = 0x8057
LCP = 0xC021
PAP = 0xC023
CHAP = 0xC223

# Codes of control protocols (RFC 1661 5, RFC 1570 2); 1 to 7 belong to all of them, the others to LCP alone.
CONFIGURE_REQUEST = 1
CONFIGURE_ACK = 2
CONFIGURE_NAK = 3
CONFIGURE_REJECT = 4
TERMINATE_REQUEST = 5
TERMINATE_ACK = 6
CODE_REJECT = 7
PROTOCOL_REJECT = 8
ECHO_REQUEST = 9
ECHO_REPLY = 10
DISCARD_REQUEST = 11
IDENTIFICATION = 12
TIME_REMAINING = 13


class Packet(NamedTuple):
    """One packet of a control protocol: its code, its identifier and the octets after the length field."""

    code: int
    identifier: int
    data: bytes


def split(frame: bytes) -> tuple[int, int]:
    """Protocol number and offset of the packet in `frame`, with or without FF 03 and PFC; (0, 0): not a frame.

    This is the data path's: no copy and no exception. An even octet ends a two-octet protocol number, an odd first
    octet is a compressed one (RFC 1661 6.5).
    """
    start = 2 if frame[:2] == ADDRESS_CONTROL else 0
    if len(frame) <= start:
        return 0, 0
    first = frame[start]
    if first & 1:
        return first, start + 1
    if len(frame) < start + 2 or not frame[start + 1] & 1:
        return 0, 0
    return first << 8 | frame[start + 1], start + 2


def encode_frame(protocol: int, packet: bytes) -> bytes:
    """A frame that every peer understands: nothing compressed."""
    return ADDRESS_CONTROL + protocol.to_bytes(2, "big") + packet


def decode(data: bytes) -> Packet:
    """Read a packet; octets after its length are padding (RFC 1661 5)."""
    if len(data) < 4:
        raise PeerError(f"a PPP packet of {len(data)} octets is shorter than its header")
    length = int.from_bytes(data[2:4], "big")
    if not 4 <= length <= len(data):
        raise PeerError(f"a PPP packet of {len(data)} octets says that its length is {length}")
    return Packet(data[0], data[1], bytes(data[4:length]))


def encode(packet: Packet) -> bytes:
    """Write a packet."""
    return bytes((packet.code, packet.identifier)) + (len(packet.data) + 4).to_bytes(2, "big") + packet.data


def decode_text(data: bytes) -> str:
    """Names and messages of peers, safe to print whatever octets they are made of."""
    return data.decode("utf-8", "backslashreplace")
