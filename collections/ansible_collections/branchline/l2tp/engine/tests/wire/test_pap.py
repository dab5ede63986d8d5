"""RFC 1334 2.2: PAP's packets."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from branchline.errors import PeerError
from branchline.wire import pap
from branchline.wire.pap import Request

WIRE = [
    ("04 6f736c6f 06 733363726574",   Request("oslo", b"s3cret")),
    ("00 00",                         Request("", b"")),
]  # fmt: skip

MESSAGES = [("00", b"", ""), ("02 6f6b", b"ok", "ok")]


@pytest.mark.parametrize(("wire", "request_"), WIRE)
def test_both_ways(wire, request_):
    assert pap.decode(bytes.fromhex(wire)) == request_
    assert pap.encode(request_) == bytes.fromhex(wire)


@pytest.mark.parametrize("wire", ["", "00", "01", "046f736c6f", "046f736c6f06733363"])
def test_refusals(wire):
    with pytest.raises(PeerError):
        pap.decode(bytes.fromhex(wire))


@pytest.mark.parametrize(("wire", "message", "text"), MESSAGES)
def test_messages_both_ways(wire, message, text):
    assert pap.decode_message(bytes.fromhex(wire)) == text
    assert pap.encode_message(message) == bytes.fromhex(wire)


def test_a_message_may_be_missing():
    assert pap.decode_message(b"") == ""


@given(st.binary(max_size=600))
def test_damaged(data):
    for decode in (pap.decode, pap.decode_message):
        with contextlib.suppress(PeerError):
            decode(data)
