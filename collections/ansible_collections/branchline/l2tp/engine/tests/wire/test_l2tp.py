"""RFC 2661 3.1: message headers, both ways, and what is refused."""

from __future__ import annotations

import pytest

from branchline.errors import PeerError
from branchline.wire import l2tp
from branchline.wire.l2tp import ControlHeader

CONTROL = [
    # wire, (tunnel, session, ns, nr), body
    ("c802 000c 0000 0000 0000 0000", (ControlHeader(0, 0, 0, 0), "")),
    ("c802 000c 1234 0000 0005 0006", (ControlHeader(0x1234, 0, 5, 6), "")),
    ("c802 000e ffff fffe fffd fffc 8008", (ControlHeader(65535, 65534, 65533, 65532), "8008")),
]  # fmt: skip


@pytest.mark.parametrize(("wire", "value"), CONTROL)
def test_control_both_ways(wire, value):
    header, body = value[0], bytes.fromhex(value[1])
    assert l2tp.decode_control(bytes.fromhex(wire)) == (header, body)
    assert l2tp.encode_control(header, body) == bytes.fromhex(wire)


def test_octets_after_the_length_are_dropped():
    assert l2tp.decode_control(bytes.fromhex("c802 000c 0001 0000 0000 0000 beef"))[1] == b""


def test_reserved_bits_are_ignored():
    """3.1: "All reserved bits MUST be ... ignored on incoming messages"."""
    assert l2tp.decode_control(bytes.fromhex("fcf2 000c 0001 0002 0003 0004"))[0] == (1, 2, 3, 4)


CONTROL_REFUSED = [
    # wire                                   error, words
    ("c8", 2, "no L2TP message"),
    ("c802 000c 0000", 2, "shorter than its header"),
    ("c802 000b 0000 0000 0000 0000", 2, "says 11 octets"),
    ("c802 000d 0000 0000 0000 0000", 2, "holds 12"),
    ("8802 000c 0000 0000 0000 0000", 3, "T, L and S"),
    ("c002 000c 0000 0000 0000 0000", 3, "T, L and S"),
    ("ca02 000c 0000 0000 0000 0000", 3, "O and P clear"),
    ("c902 000c 0000 0000 0000 0000", 3, "O and P clear"),
    ("c803 000c 0000 0000 0000 0000", 0x0100, "L2TPv3 (version 3) is not spoken here"),
    ("c801 000c 0000 0000 0000 0000", 0x0100, "L2F (version 1) is not spoken here"),
    ("c800 000c 0000 0000 0000 0000", 0x0100, "version 0 is not spoken here"),
]


@pytest.mark.parametrize(("wire", "error", "words"), CONTROL_REFUSED)
def test_control_refused(wire, error, words):
    with pytest.raises(PeerError) as caught:
        l2tp.decode_control(bytes.fromhex(wire))
    assert caught.value.error == error
    assert words in caught.value.message


DATA = [
    # wire                                             tunnel session start end ns
    ("0002 0001 0002 aabb", (1, 2, 6, 8, None)),
    ("0002 0001 0002", (1, 2, 6, 6, None)),
    ("0102 0001 0002 aabb", (1, 2, 6, 8, None)),  # P
    ("4002 000a 0001 0002 aabb", (1, 2, 8, 10, None)),  # L
    ("4002 0009 0001 0002 aabb", (1, 2, 8, 9, None)),  # L, octets behind it
    ("0802 0001 0002 0007 ffff aabb", (1, 2, 10, 12, 7)),  # S; Nr is nobody's business
    ("0202 0001 0002 0000 aabb", (1, 2, 8, 10, None)),  # O
    ("0202 0001 0002 0003 000000 aabb", (1, 2, 11, 13, None)),  # O with padding
    ("4a02 0013 0001 0002 0007 0000 0003 ffffff aabb", (1, 2, 17, 19, 7)),  # L, S, O
    ("34f2 0001 0002 aabb", (1, 2, 6, 8, None)),  # reserved bits
]


@pytest.mark.parametrize(("wire", "value"), DATA)
def test_data(wire, value):
    assert l2tp.parse_data(bytes.fromhex(wire)) == value
    assert l2tp.decode_data(bytes.fromhex(wire)) == value


DATA_REFUSED = [
    "",
    "00",
    "0002",
    "0002 0001 00",
    "0003 0001 0002 aabb",  # L2TPv3
    "0001 0001 0002 aabb",  # L2F
    "c802 000c 0000 0000 0000 0000",  # control
    "4002 000b 0001 0002 aabb",  # Length behind the end
    "4002 0007 0001 0002 aabb",  # Length within the header
    "4002 0001",
    "0802 0001 0002 0007 00",
    "0202 0001 0002 00",
    "0202 0001 0002 0003 aabb",  # offset behind the end
    "0202 0001 0002 ffff aabb",
]


@pytest.mark.parametrize("wire", DATA_REFUSED)
def test_data_refused(wire):
    assert l2tp.parse_data(bytes.fromhex(wire)) is None
    with pytest.raises(PeerError):
        l2tp.decode_data(bytes.fromhex(wire))


def test_data_headers_are_those_that_are_parsed():
    assert l2tp.parse_data(l2tp.data_header(7, 8) + b"x") == (7, 8, 6, 7, None)
    assert l2tp.parse_data(l2tp.sequenced_header(7, 8, 65535) + b"x") == (7, 8, 10, 11, 65535)
