"""Our discovery packets as scapy reads them, and scapy's as we do."""

from __future__ import annotations

from scapy.layers.ppp import PPPoE, PPPoED, PPPoED_Tags, PPPoETag

from branchline.wire import pppoe
from branchline.wire.pppoe import Packet

TAGS = (
    (pppoe.SERVICE_NAME, b"internet"),
    (pppoe.AC_NAME, b"lac1"),
    (pppoe.HOST_UNIQ, b"\1\2\3\4"),
    (pppoe.AC_COOKIE, bytes(16)),
    (pppoe.RELAY_SESSION_ID, b"relay"),
)


def test_scapy_reads_ours():
    for code in pppoe.NAMES:
        read = PPPoED(pppoe.encode(Packet(code, 7, TAGS)))
        assert (read.version, read.type, read.code, read.sessionid) == (1, 1, code, 7)
        assert [(tag.tag_type, bytes(tag.tag_value)) for tag in read[PPPoED_Tags].tag_list] == list(TAGS)


def test_scapys_are_read():
    tags = PPPoED_Tags(tag_list=[PPPoETag(tag_type=kind, tag_value=value) for kind, value in TAGS])
    assert pppoe.decode(bytes(PPPoED(code=pppoe.PADI, sessionid=0) / tags)) == Packet(pppoe.PADI, 0, TAGS)


def test_session_packets():
    read = PPPoE(pppoe.encode_session(0x1234, b"\xc0\x21\x09\x01\x00\x04"))
    assert (read.version, read.type, read.code, read.sessionid, read.len) == (1, 1, 0, 0x1234, 6)
