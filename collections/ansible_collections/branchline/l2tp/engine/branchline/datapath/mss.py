"""Clamps the MSS option of TCP SYNs to what fits the line (RFC 879: MSS = MTU - 40 for IPv4), both ways."""

from __future__ import annotations

import struct

TCP = 6
SYN = 0x02
MSS_OPTION = 2
HEADERS = 40  # IPv4 and TCP without options


def is_syn(packet: bytes) -> bool:
    """Whether an IPv4 packet is the first fragment of a TCP segment with SYN; cheap, for every packet."""
    if len(packet) < HEADERS or packet[9] != TCP or packet[0] >> 4 != 4:
        return False
    header = (packet[0] & 15) * 4
    return not (packet[6] & 0x1F or packet[7]) and len(packet) >= header + 20 and bool(packet[header + 13] & SYN)


def clamp(packet: bytes, mtu: int) -> bytes:
    """The packet with its MSS option lowered to `mtu` - 40 and the TCP checksum mended (RFC 1624)."""
    tcp = (packet[0] & 15) * 4
    at = _mss_offset(packet, tcp)
    limit = mtu - HEADERS
    if at is None or (old := struct.unpack_from("!H", packet, at)[0]) <= limit:
        return packet
    changed = bytearray(packet)
    struct.pack_into("!H", changed, at, limit)
    if (at - tcp) % 2:  # the value straddles two words of the checksum
        old, limit = (old >> 8 | old << 8) & 0xFFFF, (limit >> 8 | limit << 8) & 0xFFFF
    total = (~struct.unpack_from("!H", packet, tcp + 16)[0] & 0xFFFF) + (~old & 0xFFFF) + limit
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    struct.pack_into("!H", changed, tcp + 16, ~total & 0xFFFF)
    return bytes(changed)


def _mss_offset(packet: bytes, tcp: int) -> int | None:
    """Where the value of the MSS option is (RFC 9293 3.2); None without one or for options that are broken."""
    at, end = tcp + 20, min(tcp + (packet[tcp + 12] >> 4) * 4, len(packet))
    while at + 1 < end and packet[at] != 0:
        if packet[at] == 1:
            at += 1
            continue
        if packet[at] == MSS_OPTION:
            return at + 2 if packet[at + 1] == 4 and at + 4 <= end else None
        at += max(packet[at + 1], 2)
    return None
