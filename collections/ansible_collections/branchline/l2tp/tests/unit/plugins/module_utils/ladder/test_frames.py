"""What a packet is, from its bytes: RFC 791, 3948, 4302, 4303, 2661 8.1."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.frames import Frame, classify

HERE, THERE = "198.51.100.10", "203.0.113.10"


def ipv4(protocol: int, payload: bytes, fragment: int = 0) -> bytes:
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, fragment, 64, protocol, 0)
    return head + ip_address(HERE).packed + ip_address(THERE).packed + payload


def ipv6(protocol: int, payload: bytes) -> bytes:
    addresses = ip_address("2001:db8::1").packed + ip_address("2001:db8::2").packed
    return struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64) + addresses + payload


def udp(source: int, destination: int, payload: bytes) -> bytes:
    return struct.pack("!HHHH", source, destination, 8 + len(payload), 0) + payload


ESP = bytes.fromhex("c57a180b 00000001") + bytes(40)
SCCRQ = bytes.fromhex("c802 0014 0000 0000 0000 0000 8008 0000 0000 0001")
KINDS = [
    # what it is                      packet                                                kind        SPI
    ("IKE_SA_INIT",                   ipv4(17, udp(500, 500, bytes(28))),                   "ike",       ""),
    ("IKE_AUTH, non-ESP marker",      ipv4(17, udp(4500, 4500, bytes(4) + b"x" * 28)),      "ike",       ""),
    ("IKE from a NAT's port",         ipv4(17, udp(1024, 4500, bytes(4) + b"x" * 28)),      "ike",       ""),
    ("NAT keep-alive",                ipv4(17, udp(4500, 4500, b"\xff")),                   "keepalive", ""),
    ("ESP in UDP",                    ipv4(17, udp(4500, 4500, ESP)),                       "esp_udp",   "c57a180b"),
    ("ESP in UDP from a NAT's port",  ipv4(17, udp(61001, 4500, ESP)),                      "esp_udp",   "c57a180b"),
    ("ESP",                           ipv4(50, ESP),                                        "esp",       "c57a180b"),
    ("ESP, first fragment",           ipv4(50, ESP, 0x2000),                                "esp",       "c57a180b"),
    ("AH with UDP in it",             ipv4(51, bytes.fromhex("11040000 0000beef 00000001")), "ah",        "0000beef"),
    ("L2TP to the LNS",               ipv4(17, udp(40123, 1701, SCCRQ)),                    "l2tp",      ""),
    ("L2TP from the LNS",             ipv4(17, udp(1701, 40123, SCCRQ)),                    "l2tp",      ""),
    ("L2TPv3 over IP",                ipv4(115, bytes(12)),                                 "l2tp",      ""),
    ("a later fragment",              ipv4(17, bytes(64), 0x00B9),                          "fragment",  ""),
    ("ICMP",                          ipv4(1, bytes(8)),                                    "ip",        ""),
    ("DNS",                           ipv4(17, udp(5353, 53, bytes(12))),                   "ip",        ""),
    ("UDP header cut short",          ipv4(17, b"\x06\xa5"),                                "ip",        ""),
    ("noise on 4500",                 ipv4(17, udp(4500, 4500, b"abc")),                    "ip",        ""),
]  # fmt: skip
KINDS_IPV6 = [
    (ipv6(50, ESP), "esp"),
    (ipv6(17, udp(4500, 4500, ESP)), "esp_udp"),
    (ipv6(0, bytes.fromhex("1100000000000000") + udp(1701, 1701, SCCRQ)), "l2tp"),  # behind hop-by-hop options
]


@pytest.mark.parametrize(("packet", "kind", "spi"), [row[1:] for row in KINDS], ids=[row[0] for row in KINDS])
def test_ipv4(packet: bytes, kind: str, spi: str) -> None:
    assert classify(packet) == Frame(kind, HERE, THERE, spi)


@pytest.mark.parametrize(("packet", "kind"), KINDS_IPV6)
def test_ipv6(packet: bytes, kind: str) -> None:
    frame = classify(packet)
    assert frame is not None
    assert (frame.kind, frame.source, frame.destination) == (kind, "2001:db8::1", "2001:db8::2")


@pytest.mark.parametrize("packet", [b"", b"\x45", bytes(60), ipv4(17, b"")[:19], ipv6(17, b"")[:39]])
def test_no_ip(packet: bytes) -> None:
    assert classify(packet) is None


@pytest.mark.parametrize("packet", [row[1] for row in KINDS] + [row[0] for row in KINDS_IPV6])
def test_every_cut_is_survived(packet: bytes) -> None:
    for size in range(len(packet)):
        classify(packet[:size])
