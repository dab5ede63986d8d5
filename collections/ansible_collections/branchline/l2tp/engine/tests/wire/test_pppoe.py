"""RFC 2516 4 to 6 and appendix A, RFC 4638, TR-101 3.9.2: every packet both ways, what is refused, and damage."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from branchline.errors import PeerError
from branchline.wire import pppoe
from branchline.wire.pppoe import LineId, Packet

WIRE = [
    # octets, packet
    ("1109 0000 0004 0101 0000", Packet(pppoe.PADI, 0, ((pppoe.SERVICE_NAME, b""),))),
    (
        "1107 0000 0011 0102 0004 6c616331 0101 0000 0103 0001 07",
        Packet(pppoe.PADO, 0, ((pppoe.AC_NAME, b"lac1"), (pppoe.SERVICE_NAME, b""), (pppoe.HOST_UNIQ, b"\7"))),
    ),
    (
        "1119 0000 000e 0101 0002 7376 0104 0004 01020304",
        Packet(pppoe.PADR, 0, ((pppoe.SERVICE_NAME, b"sv"), (pppoe.AC_COOKIE, b"\1\2\3\4"))),
    ),
    (
        "1165 1234 000a 0101 0000 0120 0002 05dc",
        Packet(pppoe.PADS, 0x1234, ((pppoe.SERVICE_NAME, b""), (pppoe.PPP_MAX_PAYLOAD, b"\x05\xdc"))),
    ),
    (
        "1165 0000 0010 0101 0000 0201 0002 6e6f 0110 0002 aabb",
        Packet(
            pppoe.PADS,
            0,
            ((pppoe.SERVICE_NAME, b""), (pppoe.SERVICE_NAME_ERROR, b"no"), (pppoe.RELAY_SESSION_ID, b"\xaa\xbb")),
        ),
    ),
    ("11a7 ffff 0000", Packet(pppoe.PADT, 0xFFFF, ())),
]


@pytest.mark.parametrize(("wire", "packet"), WIRE)
def test_both_ways(wire, packet):
    data = bytes.fromhex(wire)
    assert pppoe.decode(data) == packet
    assert pppoe.encode(packet) == data
    assert pppoe.decode(data + bytes(40)) == packet  # Ethernet's padding


REFUSED = [
    # octets, what is wrong
    ("", "shorter than its header"),
    ("1109 0000 00", "shorter than its header"),
    ("2109 0000 0000", "no discovery"),  # version 2
    ("1209 0000 0000", "no discovery"),  # type 2
    ("1100 0001 0000", "no discovery"),  # a session packet
    ("1109 0000 0005 0101 0000", "says that it has 5"),
    ("1109 0000 05cd 0101 0000", "says that it has 1485"),
    ("1109 0000 0003 0101 00", "shorter than its header"),
    ("1109 0000 0005 0101 0002 61", "longer than its packet"),
]


@pytest.mark.parametrize(("wire", "words"), REFUSED)
def test_refused(wire, words):
    with pytest.raises(PeerError, match=words):
        pppoe.decode(bytes.fromhex(wire))


def test_end_of_list_ends_it():
    """Appendix A: tags after it are not looked at."""
    assert pppoe.decode(bytes.fromhex("1109 0000 0009 0101 0000 0000 0000 ff")).tags == ((pppoe.SERVICE_NAME, b""),)


def test_what_does_not_fit_is_not_written():
    with pytest.raises(ValueError, match="do not fit"):
        pppoe.encode(Packet(pppoe.PADI, 0, ((pppoe.HOST_UNIQ, bytes(1481)),)))


SESSIONS = [
    # octets, (session, PPP)
    ("1100 1234 0003 c02101", (0x1234, bytes.fromhex("c02101"))),
    ("1100 1234 0003 c02101 0000", (0x1234, bytes.fromhex("c02101"))),  # padded
    ("1100 1234 0004 c02101", None),
    ("1100 1234 0000", None),
    ("1109 0000 0000", None),
    ("2100 1234 0003 c02101", None),
    ("1100 1234", None),
]


@pytest.mark.parametrize(("wire", "value"), SESSIONS)
def test_session_packets(wire, value):
    assert pppoe.decode_session(bytes.fromhex(wire)) == value


def test_a_session_packet_is_read_as_it_was_written():
    assert pppoe.encode_session(0x1234, b"\xc0\x21\x01") == bytes.fromhex("1100 1234 0003 c02101")


@pytest.mark.parametrize(
    ("value", "size"), [("05dc", 1500), ("05d4", None), ("05d5", 1493), ("05", None), ("", None), ("05dc00", None)]
)
def test_max_payload(value, size):
    """RFC 4638 3: up to 1492 it says nothing new."""
    assert pppoe.max_payload(Packet(pppoe.PADI, 0, ((pppoe.PPP_MAX_PAYLOAD, bytes.fromhex(value)),))) == size


LINES = [
    # value of a vendor tag, what it says
    ("00000de9 0103 657468 0204 686f6d65", LineId(b"eth", b"home")),
    ("00000de9 0204 686f6d65 8104 00002710", LineId(b"", b"home", ((0x81, bytes.fromhex("00002710")),))),
    ("00000de9 0103 6574", LineId()),
    ("00000de9", LineId()),
    ("00000001 0103 657468", LineId()),
    ("0000", LineId()),
]


@pytest.mark.parametrize(("wire", "line"), LINES)
def test_line_identification(wire, line):
    assert pppoe.line_id(Packet(pppoe.PADR, 0, ((pppoe.VENDOR_SPECIFIC, bytes.fromhex(wire)),))) == line


def test_line_identification_is_read_as_it_was_written():
    line = LineId(b"lac eth 0/1:7", b"home1", ((0x81, b"\0\0\x27\x10"),))
    assert pppoe.line_id(Packet(pppoe.PADR, 0, ((pppoe.VENDOR_SPECIFIC, pppoe.encode_line_id(line)),))) == line


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=200))
def test_nothing_but_peer_errors_comes_of_any_octets(data):
    pppoe.decode_session(data)
    for octets in (data, b"\x11\x09\0\0" + data, b"\x11\x09\0\0" + max(len(data) - 2, 0).to_bytes(2, "big") + data):
        try:
            packet = pppoe.decode(octets)
        except PeerError:
            continue
        pppoe.line_id(packet)
        pppoe.max_payload(packet)
        assert pppoe.decode(pppoe.encode(packet)) == packet


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.binary(max_size=80))
def test_vendor_tags_of_any_octets(vendor, data):
    for number in (vendor % 2**32, pppoe.ADSL_FORUM):
        value = number.to_bytes(4, "big") + data
        pppoe.line_id(Packet(pppoe.PADR, 0, ((pppoe.VENDOR_SPECIFIC, value),)))
