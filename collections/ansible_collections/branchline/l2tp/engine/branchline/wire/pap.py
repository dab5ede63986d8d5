"""PAP (RFC 1334 2.2)."""

from __future__ import annotations

from typing import NamedTuple

from branchline.errors import PeerError
from branchline.wire.ppp import decode_text

AUTHENTICATE_REQUEST = 1
AUTHENTICATE_ACK = 2
AUTHENTICATE_NAK = 3


class Request(NamedTuple):
    """The data of an Authenticate-Request (RFC 1334 2.2.1)."""

    name: str
    password: bytes


def decode(data: bytes) -> Request:
    """Read the data of an Authenticate-Request."""
    name, rest = _counted(data)
    password, _ = _counted(rest)
    return Request(decode_text(name), password)


def encode(request: Request) -> bytes:
    """Write the data of an Authenticate-Request; name and password have at most 255 octets each."""
    name = request.name.encode()
    return bytes((len(name),)) + name + bytes((len(request.password),)) + request.password


def decode_message(data: bytes) -> str:
    """The Message of an Ack or Nak (RFC 1334 2.2.2), which some peers leave out together with its length."""
    return decode_text(_counted(data)[0]) if data else ""


def encode_message(message: bytes) -> bytes:
    """Write the data of an Ack or Nak."""
    return bytes((len(message),)) + message


def _counted(data: bytes) -> tuple[bytes, bytes]:
    if not data or data[0] >= len(data):
        raise PeerError("a PAP field is longer than its packet")
    return data[1 : 1 + data[0]], data[1 + data[0] :]
