"""MSS clamping (RFC 9293 3.7.1): the value, the checksum and everything that is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP

from branchline.datapath import mss


def packet(options, flags="S", **ip) -> bytes:
    return bytes(IP(src="10.0.0.1", dst="10.0.0.2", **ip) / TCP(sport=1, dport=2, flags=flags, options=options))


CLAMPED = [
    # options                                                   MSS afterwards at an MTU of 1360
    ([("MSS", 1460)], 1320),
    ([("MSS", 1320)], 1320),
    ([("MSS", 536)], 536),
    ([("NOP", None), ("MSS", 1460)], 1320),
    ([("NOP", None), ("NOP", None), ("NOP", None), ("MSS", 9000), ("SAckOK", b"")], 1320),
    ([("SAckOK", b""), ("Timestamp", (1, 0)), ("NOP", None), ("WScale", 7), ("MSS", 1400)], 1320),
]


@pytest.mark.parametrize(("options", "wanted"), CLAMPED)
@pytest.mark.parametrize("flags", ["S", "SA"])
def test_the_mss_fits_and_the_checksum_agrees(options, wanted, flags):
    before = packet(options, flags)
    assert mss.is_syn(before)
    after = mss.clamp(before, 1360)
    assert dict(IP(after)[TCP].options)["MSS"] == wanted
    assert after == bytes(packet([(n, wanted if n == "MSS" else v) for n, v in options], flags))


LEFT_ALONE = [
    packet([("MSS", 1460)], "A"),
    packet([("MSS", 1460)], "S", frag=5),
    bytes(IP(src="10.0.0.1", dst="10.0.0.2", proto=17) / (b"x" * 40)),
    b"",
    b"\x45" * 30,
]


@pytest.mark.parametrize("data", LEFT_ALONE)
def test_anything_else_is_no_syn(data):
    assert not mss.is_syn(data)


@pytest.mark.parametrize("options", [[], [("SAckOK", b"")], [("EOL", None), ("MSS", 1460)]])
def test_a_syn_without_mss_stays_as_it_is(options):
    assert mss.clamp(packet(options), 1360) == packet(options)


@given(st.binary(max_size=80), st.integers(0, 79), st.integers(0, 255))
def test_damaged_packets_harm_nobody(tail, at, octet):
    data = bytearray(packet([("MSS", 1460)]) + tail)
    data[at % len(data)] = octet
    if mss.is_syn(bytes(data)):
        assert len(mss.clamp(bytes(data), 1360)) == len(data)
