"""RFC 1994 4: CHAP's packets and its digest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from branchline.errors import PeerError
from branchline.wire import chap
from branchline.wire.chap import Value

WIRE = [
    ("04 01020304 6c6e7331",   Value(bytes.fromhex("01020304"), "lns1")),
    ("01 ff",                  Value(b"\xff", "")),
]  # fmt: skip


@pytest.mark.parametrize(("wire", "value"), WIRE)
def test_both_ways(wire, value):
    assert chap.decode(bytes.fromhex(wire)) == value
    assert chap.encode(value) == bytes.fromhex(wire)


@pytest.mark.parametrize("wire", ["", "00", "00 6c", "01", "05 01020304"])
def test_refusals(wire):
    with pytest.raises(PeerError):
        chap.decode(bytes.fromhex(wire))


@given(st.binary(max_size=300))
def test_damaged(data):
    try:
        value = chap.decode(data)
    except PeerError:
        return
    assert value.value == data[1 : 1 + data[0]]


def test_digest():
    """RFC 1994 4.1: over the identifier, followed by the secret, followed by the challenge.

    The wanted octets are md5sum's of `printf '\\001secret\\001\\002\\003\\004'`.
    """
    assert chap.digest(1, b"secret", bytes((1, 2, 3, 4))).hex() == "afd81c66f2d5f7fc733e1b2d88bb2630"
