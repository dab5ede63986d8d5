# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ICMP echo (RFC 792) as bytes: what is sent, and what an answer or a refusal says.

The identifier field is one for the whole run; which probe an answer belongs to is in the payload, so that one socket
serves any number of targets.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

ECHO_REPLY, UNREACHABLE, ECHO_REQUEST = 0, 3, 8
FRAGMENTATION_NEEDED = 4
HEADERS = 28  # bytes of the IPv4 and ICMP headers
TOKEN = struct.Struct("!4sI")
SMALLEST = HEADERS + TOKEN.size


@dataclass(frozen=True)
class Reply:
    """An answer to packet `sequence` of probe `probe`; `bytes` is the length of its IP packet."""

    probe: int
    sequence: int
    bytes: int
    source: str


@dataclass(frozen=True)
class TooBig:
    """A router said that the packet does not fit: the MTU that it named (RFC 1191)."""

    probe: int
    mtu: int
    source: str


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def request(run: bytes, probe: int, sequence: int, size: int) -> bytes:
    """The ICMP message whose IPv4 packet is `size` bytes; `run` is four bytes that tell this run's from others'."""
    payload = TOKEN.pack(run, probe).ljust(size - HEADERS, b"\0")
    (identifier,) = struct.unpack("!H", run[:2])
    header = struct.pack("!BBHHH", ECHO_REQUEST, 0, 0, identifier, sequence)
    return header[:2] + struct.pack("!H", checksum(header + payload)) + header[4:] + payload


def read(packet: bytes, run: bytes) -> Reply | TooBig | None:
    """A received IPv4 packet's meaning; None for what is not an answer to this run's requests."""
    offset = (packet[0] & 0x0F) * 4 if packet else 0
    if len(packet) < offset + 8 or offset < 20:
        return None
    kind, code = packet[offset], packet[offset + 1]
    source = ".".join(map(str, packet[12:16]))
    if kind == ECHO_REPLY:
        return _reply(packet, offset, run, source)
    if kind == UNREACHABLE and code == FRAGMENTATION_NEEDED:
        return _too_big(packet, offset, run, source)
    return None


def _token(data: bytes, offset: int, run: bytes) -> int | None:
    if len(data) < offset + TOKEN.size:
        return None
    ours, probe = TOKEN.unpack_from(data, offset)
    return int(probe) if ours == run else None


def _reply(packet: bytes, offset: int, run: bytes, source: str) -> Reply | None:
    probe = _token(packet, offset + 8, run)
    if probe is None:
        return None
    (sequence,) = struct.unpack_from("!H", packet, offset + 6)
    return Reply(probe, sequence, len(packet), source)


def _too_big(packet: bytes, offset: int, run: bytes, source: str) -> TooBig | None:
    (mtu,) = struct.unpack_from("!H", packet, offset + 6)
    quoted = offset + 8
    inner = (packet[quoted] & 0x0F) * 4 if len(packet) > quoted else 0
    probe = _token(packet, quoted + inner + 8, run)
    return None if probe is None else TooBig(probe, mtu, source)
