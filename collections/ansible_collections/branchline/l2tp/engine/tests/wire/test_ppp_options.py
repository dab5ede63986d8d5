"""RFC 1661 6, RFC 1332 3, RFC 1877 1, RFC 5072 4: configuration options in two columns."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from branchline.errors import PeerError
from branchline.wire import ppp_options as options

WIRE = [
    (options.LCP,    "0104 05dc",               ("mru", 1500)),
    (options.LCP,    "0206 000a0000",           ("accm", 0x000A0000)),
    (options.LCP,    "0304 c023",               ("auth", "pap")),
    (options.LCP,    "0305 c223 05",            ("auth", "chap-md5")),
    (options.LCP,    "0305 c223 80",            ("auth", "mschapv1")),
    (options.LCP,    "0305 c223 81",            ("auth", "mschapv2")),
    (options.LCP,    "0304 c227",               ("auth", "eap")),
    (options.LCP,    "0305 c223 06",            ("auth", "c22306")),
    (options.LCP,    "0302",                    ("auth", "")),
    (options.LCP,    "0506 deadbeef",           ("magic", 0xDEADBEEF)),
    (options.LCP,    "0702",                    ("pfc", True)),
    (options.LCP,    "0802",                    ("acfc", True)),
    (options.LCP,    "0d03 06",                 ("unknown", bytes.fromhex("0d0306"))),  # callback, RFC 1570 2.3
    (options.LCP,    "0103 05",                 ("unknown", bytes.fromhex("010305"))),  # an MRU of one octet
    (options.LCP,    "0703 01",                 ("unknown", bytes.fromhex("070301"))),
    (options.IPCP,   "0306 0a140014",           ("ip_address", IPv4Address("10.20.0.20"))),
    (options.IPCP,   "8106 0a0a0035",           ("dns1", IPv4Address("10.10.0.53"))),
    (options.IPCP,   "8306 00000000",           ("dns2", IPv4Address(0))),
    (options.IPCP,   "0206 002d0f01",           ("unknown", bytes.fromhex("0206002d0f01"))),  # compression
    (options.IPV6CP, "010a 0200000000000001",   ("interface_id", bytes.fromhex("0200000000000001"))),
]  # fmt: skip


@pytest.mark.parametrize(("table", "wire", "option"), WIRE)
def test_both_ways(table, wire, option):
    data = bytes.fromhex(wire)
    assert options.decode(table, data) == [option]
    assert options.encode(table, [option]) == data


@pytest.mark.parametrize("wire", ["01", "0100", "0101", "0104 05", "0702 08"])
def test_refusals(wire):
    with pytest.raises(PeerError):
        options.decode(options.LCP, bytes.fromhex(wire))


@given(st.sampled_from([options.LCP, options.IPCP, options.IPV6CP]), st.binary(max_size=80))
def test_what_can_be_read_is_written_alike(table, data):
    """A Configure-Reject repeats options octet by octet (RFC 1661 5.4)."""
    try:
        decoded = options.decode(table, data)
    except PeerError:
        return
    assert options.encode(table, decoded) == data


@pytest.mark.parametrize("table", [options.LCP, options.IPCP, options.IPV6CP])
def test_rows_differ(table):
    assert len({spec.type for spec in table}) == len({spec.name for spec in table}) == len(table)
