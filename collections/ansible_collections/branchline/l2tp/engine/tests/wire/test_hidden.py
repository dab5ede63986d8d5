"""RFC 2661 4.3 hiding and 4.4.3 Challenge Response, against a second, literal reading of the text."""

from __future__ import annotations

import hashlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from branchline.errors import PeerError
from branchline.wire import hidden


def literal(attribute, subformat, secret, vector):
    """b1 = MD5(AV + S + RV), c(1) = p1 xor b1, bi = MD5(S + c(i-1)), c(i) = pi xor bi; on whole padded blocks."""
    chunks = [subformat[i : i + 16] for i in range(0, len(subformat), 16)]
    b = hashlib.md5(bytes([attribute >> 8, attribute & 255]) + secret + vector).digest()
    out = []
    for p in chunks:
        c = bytes(x ^ y for x, y in zip(p.ljust(16, b"\0"), b))
        out.append(c[: len(p)])
        b = hashlib.md5(secret + c).digest()
    return b"".join(out)


@given(
    attribute=st.integers(0, 65535),
    value=st.binary(max_size=100),
    padding=st.binary(max_size=40),
    secret=st.binary(min_size=1, max_size=30),
    vector=st.binary(max_size=32),
)
def test_both_ways(attribute, value, padding, secret, vector):
    data = hidden.hide(attribute, value, secret, vector, padding)
    assert data == literal(attribute, len(value).to_bytes(2, "big") + value + padding, secret, vector)
    assert hidden.reveal(attribute, data, secret, vector) == value


@given(data=st.binary(max_size=80), secret=st.binary(max_size=8), vector=st.binary(max_size=20))
def test_anything_reveals_something_or_is_refused(data, secret, vector):
    with suppress(PeerError):
        assert len(hidden.reveal(9, data, secret, vector)) <= max(0, len(data) - 2)


@pytest.mark.parametrize("data", ["", "00", "ffff", "0001"])
def test_refused(data):
    key = hashlib.md5(b"\x00\x09sv").digest()
    wire = bytes(x ^ y for x, y in zip(bytes.fromhex(data), key))
    with pytest.raises(PeerError):
        hidden.reveal(9, wire, b"s", b"v")


@pytest.mark.parametrize("kind", [2, 3])
def test_challenge_response(kind):
    """RFC 1994 4.1 over the message type as Identifier, the secret and the challenge."""
    assert hidden.challenge_response(kind, b"secret", b"chal") == hashlib.md5(bytes([kind]) + b"secretchal").digest()
