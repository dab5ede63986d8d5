"""CHAP (RFC 1994): the two packets that carry values, and the digest of algorithm 5."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from branchline.errors import PeerError
from branchline.wire.ppp import decode_text

CHALLENGE = 1
RESPONSE = 2
SUCCESS = 3
FAILURE = 4


class Value(NamedTuple):
    """The data of a Challenge or Response (RFC 1994 4.1)."""

    value: bytes
    name: str


def decode(data: bytes) -> Value:
    """Read the data of a Challenge or Response."""
    if not data or not 1 <= data[0] < len(data):
        raise PeerError("a CHAP value is empty or longer than its packet")
    end = 1 + data[0]
    return Value(data[1:end], decode_text(data[end:]))


def encode(value: Value) -> bytes:
    """Write the data of a Challenge or Response."""
    return bytes((len(value.value),)) + value.value + value.name.encode()


def digest(identifier: int, secret: bytes, challenge: bytes) -> bytes:
    """The Response Value of CHAP with MD5 (RFC 1994 4.1), 16 octets."""
    return hashlib.md5(bytes((identifier,)) + secret + challenge, usedforsecurity=False).digest()
