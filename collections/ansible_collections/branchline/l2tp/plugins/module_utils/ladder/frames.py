# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a packet on the outer interface is: IKE, ESP, AH, or L2TP and inner traffic in clear."""

from __future__ import annotations

import struct
from ipaddress import ip_address
from typing import NamedTuple

ESP, AH, UDP, L2TPV3 = 50, 51, 17, 115
IKE_PORT, NAT_T_PORT, L2TP_PORT = 500, 4500, 1701
IPV6_EXTENSIONS = {0, 43, 60}

KINDS = {
    "ike": "IKE (udp 500, or 4500 behind the non-ESP marker; RFC 3948 2.2)",
    "keepalive": "NAT keep-alive (RFC 3948 2.3)",
    "esp_udp": "ESP in UDP 4500 (RFC 3948 2.1)",
    "esp": "ESP (RFC 4303)",
    "ah": "AH (RFC 4302)",
    "l2tp": "L2TP in clear (udp 1701, or IP protocol 115)",
    "fragment": "a later fragment, which has no ports",
    "ip": "any other IP packet",
}


class Frame(NamedTuple):
    """One packet: its kind, addresses, and the SPI of ESP or AH in hex (else "")."""

    kind: str
    source: str
    destination: str
    spi: str = ""


def classify(packet: bytes) -> Frame | None:
    """The frame's meaning, from its IP header on; None for what is not IP or is cut short in its IP header."""
    version = packet[0] >> 4 if packet else 0
    if version == 4 and len(packet) >= 20:
        return _ipv4(packet)
    if version == 6 and len(packet) >= 40:
        return _ipv6(packet)
    return None


def _ipv4(packet: bytes) -> Frame:
    source, destination = (".".join(map(str, packet[start : start + 4])) for start in (12, 16))
    (fragment,) = struct.unpack_from("!H", packet, 6)
    if fragment & 0x1FFF:
        return Frame("fragment", source, destination)
    kind, spi = _payload(packet[9], packet[(packet[0] & 0x0F) * 4 :])
    return Frame(kind, source, destination, spi)


def _ipv6(packet: bytes) -> Frame:
    source, destination = (str(ip_address(packet[start : start + 16])) for start in (8, 24))
    protocol, offset = packet[6], 40
    while protocol in IPV6_EXTENSIONS and len(packet) >= offset + 8:
        protocol, offset = packet[offset], offset + (packet[offset + 1] + 1) * 8
    kind, spi = _payload(protocol, packet[offset:])
    return Frame(kind, source, destination, spi)


def _payload(protocol: int, data: bytes) -> tuple[str, str]:
    if protocol == ESP:
        return "esp", data[:4].hex()
    if protocol == AH:
        return "ah", data[4:8].hex()
    if protocol == L2TPV3:
        return "l2tp", ""
    if protocol == UDP and len(data) >= 8:
        return _udp(data)
    return "ip", ""


def _udp(data: bytes) -> tuple[str, str]:
    ports = set(struct.unpack_from("!HH", data))
    if L2TP_PORT in ports:
        return "l2tp", ""
    if NAT_T_PORT in ports:
        return _nat_traversal(data[8:])
    return ("ike" if IKE_PORT in ports else "ip"), ""


def _nat_traversal(payload: bytes) -> tuple[str, str]:
    if payload[:4] == b"\0\0\0\0":
        return "ike", ""
    if len(payload) >= 8:
        return "esp_udp", payload[:4].hex()
    return ("keepalive" if payload[:1] == b"\xff" else "ip"), ""
