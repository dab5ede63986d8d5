"""Values of AVPs: what each looks like in Python, and in octets (RFC 2661 4.4)."""

from __future__ import annotations

from struct import Struct
from typing import Any, Callable, NamedTuple

from branchline.errors import PeerError


class Codec(NamedTuple):
    """Two functions; `decode` raises PeerError, with error 2 for a wrong length and 3 for a value out of range."""

    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]


class ResultCode(NamedTuple):
    """Result Code AVP, 4.4.2; `error` and `message` are optional on the wire, 0 and "" then."""

    result: int
    error: int = 0
    message: str = ""


class ProtocolVersion(NamedTuple):
    """Protocol Version AVP, 4.4.3: 1.0 for all of RFC 2661."""

    version: int = 1
    revision: int = 0


class CauseCode(NamedTuple):
    """Q.931 Cause Code AVP, 4.4.4."""

    cause: int
    message: int
    advisory: str = ""


class CallErrors(NamedTuple):
    """Call Errors AVP, 4.4.6: counted since the call was established."""

    crc: int = 0
    framing: int = 0
    hardware_overruns: int = 0
    buffer_overruns: int = 0
    timeouts: int = 0
    alignment: int = 0


class Accm(NamedTuple):
    """ACCM AVP, 4.4.6: the asynchronous control character maps for sending and receiving."""

    send: int = 0xFFFFFFFF
    receive: int = 0xFFFFFFFF


class DisconnectCause(NamedTuple):
    """PPP Disconnect Cause Code AVP, RFC 3145 2: `protocol` is the NCP concerned, `direction` 0, 1 or 2."""

    code: int
    protocol: int = 0
    direction: int = 0
    message: str = ""


def _length(data: bytes, least: int, most: int | None = None) -> None:
    most = least if most is None else most
    if not least <= len(data) <= most:
        wanted = f"{least}" if least == most else f"at least {least}"
        raise PeerError(f"{len(data)} octets instead of {wanted}", error=2)


def _integer(size: int, least: int = 0, most: int | None = None) -> Codec:
    def decode(data: bytes) -> int:
        _length(data, size)
        value = int.from_bytes(data, "big")
        if value < least or (most is not None and value > most):
            raise PeerError(f"value {value} is out of range", error=3)
        return value

    return Codec(lambda value: int(value).to_bytes(size, "big"), decode)


def _octets(least: int, most: int) -> Codec:
    def decode(data: bytes) -> bytes:
        _length(data, least, most)
        return bytes(data)

    return Codec(bytes, decode)


def _text(least: int) -> Codec:
    def decode(data: bytes) -> str:
        _length(data, least, 1023)
        return data.decode("utf-8", "replace")

    return Codec(lambda value: str(value).encode(), decode)


def _fields(shape: Struct, kind: Callable[..., Any], *, text: bool = False, pad: int = 0) -> Codec:
    """Return the codec of fixed fields after `pad` reserved octets, with text up to the end where `text` says so."""

    def encode(value: Any) -> bytes:
        fixed, tail = (value[:-1], str(value[-1]).encode()) if text else (value, b"")
        return bytes(pad) + shape.pack(*fixed) + tail

    def decode(data: bytes) -> Any:
        size = pad + shape.size
        _length(data, size, 1023 if text else size)
        tail = [data[size:].decode("utf-8", "replace")] if text else []
        return kind(*shape.unpack_from(data, pad), *tail)

    return Codec(encode, decode)


def _encode_result(value: ResultCode) -> bytes:
    head = value.result.to_bytes(2, "big")
    return head + value.error.to_bytes(2, "big") + value.message.encode() if value.error or value.message else head


def _decode_result(data: bytes) -> ResultCode:
    _length(data, 2, 1023)
    if len(data) == 3:
        raise PeerError("3 octets instead of 2 or at least 4", error=2)
    error, message = int.from_bytes(data[2:4], "big"), data[4:].decode("utf-8", "replace")
    return ResultCode(int.from_bytes(data[:2], "big"), error, message)


def _decode_empty(data: bytes) -> bool:
    _length(data, 0)
    return True


U16 = _integer(2)
NONZERO16 = _integer(2, least=1)
ID8 = _integer(2, most=255)
U32 = _integer(4)
U64 = _integer(8)
BYTES = _octets(0, 1023)
OCTETS1 = _octets(1, 1023)
OCTETS3 = _octets(3, 3)
OCTETS8 = _octets(8, 8)
OCTETS16 = _octets(16, 16)
TEXT = _text(0)
TEXT1 = _text(1)
EMPTY = Codec(lambda _: b"", _decode_empty)
RESULT = Codec(_encode_result, _decode_result)
VERSION = _fields(Struct("!BB"), ProtocolVersion)
CAUSE = _fields(Struct("!HB"), CauseCode, text=True)
CALL_ERRORS = _fields(Struct("!6I"), CallErrors, pad=2)
ACCM = _fields(Struct("!2I"), Accm, pad=2)
DISCONNECT = _fields(Struct("!HHB"), DisconnectCause, text=True)
