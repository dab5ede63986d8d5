"""Hiding of AVP values, RFC 2661 4.3, and the tunnel's Challenge Response, 4.4.3: all that MD5 does here."""

from __future__ import annotations

from hashlib import md5

from branchline.errors import PeerError

BLOCK = 16


def _md5(*parts: bytes) -> bytes:
    return md5(b"".join(parts), usedforsecurity=False).digest()  # the protocol's choice


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right))


def hide(attribute: int, value: bytes, secret: bytes, vector: bytes, padding: bytes = b"") -> bytes:
    """Return the hidden form of an AVP's value: its length, itself and `padding` (random octets), enciphered."""
    clear = len(value).to_bytes(2, "big") + value + padding
    key, out = _md5(attribute.to_bytes(2, "big"), secret, vector), b""
    for at in range(0, len(clear), BLOCK):
        block = _xor(clear[at : at + BLOCK], key)
        out += block
        key = _md5(secret, block)
    return out


def reveal(attribute: int, data: bytes, secret: bytes, vector: bytes) -> bytes:
    """Return the value that hide() hid; PeerError if the length inside is impossible (a wrong secret, mostly)."""
    key, clear = _md5(attribute.to_bytes(2, "big"), secret, vector), b""
    for at in range(0, len(data), BLOCK):
        block = data[at : at + BLOCK]
        clear += _xor(block, key)
        key = _md5(secret, block)
    length = int.from_bytes(clear[:2], "big")
    if len(clear) < 2 or length > len(clear) - 2:
        raise PeerError(f"hidden AVP {attribute} does not decipher: is the shared secret the same?", error=2)
    return clear[2 : 2 + length]


def challenge_response(message_type: int, secret: bytes, challenge: bytes) -> bytes:
    """Return the 16 octets that answer `challenge` in a message of `message_type` (2 SCCRP, 3 SCCCN)."""
    return _md5(bytes([message_type]), secret, challenge)
