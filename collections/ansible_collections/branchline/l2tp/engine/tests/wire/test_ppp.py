"""RFC 1661 2 and 5, RFC 1662 3.1: frames and packets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from branchline.errors import PeerError
from branchline.wire import ppp
from branchline.wire.ppp import Packet

FRAMES = [
    # frame                     protocol     offset
    ("ff03 c021 01010004",      ppp.LCP,     4),
    ("c021 01010004",           ppp.LCP,     2),
    ("ff03 0021 45",            ppp.IPV4,    4),
    ("ff03 21 45",              ppp.IPV4,    3),
    ("0021 45",                 ppp.IPV4,    2),
    ("21 45",                   ppp.IPV4,    1),
    ("57 60",                   ppp.IPV6,    1),
    ("8021",                    ppp.IPCP,    2),
    ("",                        0,           0),
    ("ff03",                    0,           0),
    ("ff03 c0",                 0,           0),
    ("c0",                      0,           0),
    ("c020 01",                 0,           0),  # the last octet of a protocol number is odd
]  # fmt: skip


@pytest.mark.parametrize(("frame", "protocol", "offset"), FRAMES)
def test_split(frame, protocol, offset):
    assert ppp.split(bytes.fromhex(frame)) == (protocol, offset)


@given(st.sampled_from([ppp.LCP, ppp.PAP, ppp.CHAP, ppp.IPCP, ppp.IPV6CP]), st.binary())
def test_frames_both_ways(protocol, packet):
    frame = ppp.encode_frame(protocol, packet)
    found, offset = ppp.split(frame)
    assert (found, frame[offset:]) == (protocol, packet)


PACKETS = [
    ("01 07 0004",             Packet(1, 7, b"")),
    ("09 ff 0008 12345678",    Packet(9, 255, bytes.fromhex("12345678"))),
]  # fmt: skip


@pytest.mark.parametrize(("wire", "packet"), PACKETS)
def test_packets_both_ways(wire, packet):
    assert ppp.decode(bytes.fromhex(wire)) == packet
    assert ppp.encode(packet) == bytes.fromhex(wire)


def test_padding_is_cut():
    assert ppp.decode(bytes.fromhex("0107 0005 aa 0000")) == Packet(1, 7, b"\xaa")


@pytest.mark.parametrize("wire", ["", "01", "010700", "01070003", "01070005", "0107ffff00"])
def test_refusals(wire):
    with pytest.raises(PeerError):
        ppp.decode(bytes.fromhex(wire))


@given(st.binary(max_size=64))
def test_damaged_frames_and_packets(data):
    protocol, offset = ppp.split(data)
    assert offset <= len(data)
    assert protocol % 2 or not protocol
    try:
        packet = ppp.decode(data)
    except PeerError:
        return
    assert ppp.encode(packet) == data[: 4 + len(packet.data)]


@given(st.binary())
def test_text_is_always_printable_utf8(data):
    ppp.decode_text(data).encode()
