"""ICMP echo (RFC 792), its checksum (RFC 1071), and a router's complaint (RFC 1191)."""

from __future__ import annotations

import struct

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder import echo, icmp

RUN = b"\x12\x34\x56\x78"
HEADER = bytes.fromhex("4500 0000 0001 4000 40 01 0000 0a140001 0a140014")


def reply(size: int, probe: int, sequence: int) -> bytes:
    message = bytearray(icmp.request(RUN, probe, sequence, size))
    message[0] = icmp.ECHO_REPLY
    return HEADER + bytes(message)


@pytest.mark.parametrize(
    ("wire", "value"),
    [("0001 f203 f4f5 f6f7", 0x220D), ("00", 0xFFFF), ("ffff", 0), ("ff", 0x00FF)],  # the first one is RFC 1071's
)
def test_checksum(wire: str, value: int) -> None:
    assert icmp.checksum(bytes.fromhex(wire)) == value


@pytest.mark.parametrize("size", [icmp.SMALLEST, 84, 1359, 1360, 1500])
def test_a_request_has_the_asked_size_and_a_right_checksum(size: int) -> None:
    message = icmp.request(RUN, 7, 3, size)
    assert len(message) == size - 20
    assert icmp.checksum(message) == 0
    assert struct.unpack("!BBHHH", message[:8])[3:] == (0x1234, 3)


def test_replies() -> None:
    assert icmp.read(reply(1360, 7, 3), RUN) == icmp.Reply(7, 3, 1360, "10.20.0.1")
    assert icmp.read(reply(84, 70_000, 0), RUN) == icmp.Reply(70_000, 0, 84, "10.20.0.1")


def test_too_big() -> None:
    quoted = HEADER + icmp.request(RUN, 9, 0, 1361)[:40]
    packet = HEADER + struct.pack("!BBHHH", 3, 4, 0, 0, 1360) + quoted
    assert icmp.read(packet, RUN) == icmp.TooBig(9, 1360, "10.20.0.1")
    assert icmp.read(packet[: 28 + 28], RUN) is None  # quoted too little to tell whose it was


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\x45",
        HEADER,
        HEADER + icmp.request(RUN, 1, 1, 84),
        HEADER + struct.pack("!BBHHH", 3, 1, 0, 0, 0) + bytes(40),
    ],
    ids=["nothing", "cut", "no ICMP", "a request", "host unreachable"],
)
def test_not_ours(packet: bytes) -> None:
    assert icmp.read(packet, RUN) is None


def test_another_run() -> None:
    assert icmp.read(reply(84, 1, 1), b"\x12\x34\x00\x00") is None


def test_evidence_of_an_outcome() -> None:
    outcome = echo.Outcome(echo.Probe("10.20.0.1"), sent=2, rtts={0: 0.0012, 1: 0.002})
    assert outcome.as_dict() == {
        "bytes": 84,
        "sent": 2,
        "received": 2,
        "rtt_ms": {"min": 1.2, "avg": 1.6, "max": 2.0},
    }
    refused = echo.Outcome(echo.Probe("10.20.0.1", 1361, df=True, count=1), refused="EMSGSIZE")
    assert refused.as_dict() == {"bytes": 1361, "sent": 0, "received": 0, "refused": "EMSGSIZE"}
