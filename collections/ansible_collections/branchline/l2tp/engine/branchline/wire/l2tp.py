"""L2TP message headers, RFC 2661 3.1: control and data, of version 2 alone."""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

from branchline.errors import PeerError

T, L, S, O, P = 0x8000, 0x4000, 0x0800, 0x0200, 0x0100  # noqa: E741  the RFC's letters
VERSION_MASK, VERSION = 0x000F, 2
CONTROL_FLAGS = T | L | S | VERSION

U16 = Struct("!H")
FLAGS_AND_IDS = Struct("!HHH")
IDS = Struct("!HH")
CONTROL = Struct("!HHHHHH")
SEQUENCED = Struct("!HHHHH")

VERSION_NAMES = {1: "L2F (version 1)", 3: "L2TPv3 (version 3)"}


class ControlHeader(NamedTuple):
    """Header of a control message; `tunnel` and `session` are the receiver's ids, `nr` what it is to send next."""

    tunnel: int
    session: int
    ns: int
    nr: int


class DataHeader(NamedTuple):
    """Where the payload of a data message lies, datagram[start:end]; `ns` is None where S is not set."""

    tunnel: int
    session: int
    start: int
    end: int
    ns: int | None


def is_control(datagram: bytes) -> bool:
    """Tell whether the T bit is set."""
    return len(datagram) > 0 and datagram[0] >= 0x80


def check_version(datagram: bytes) -> None:
    """Raise PeerError unless the header is of version 2; the message names what it is instead."""
    if len(datagram) < 2:
        raise PeerError(f"datagram of {len(datagram)} octets is no L2TP message", error=2)
    version = datagram[1] & VERSION_MASK
    if version != VERSION:
        name = VERSION_NAMES.get(version, f"version {version}")
        raise PeerError(f"{name} is not spoken here, only L2TPv2 (RFC 2661)", result=5, error=0x0100)


def encode_control(header: ControlHeader, body: bytes = b"") -> bytes:
    """Return the datagram of a control message; an empty `body` makes it a ZLB acknowledgement."""
    return CONTROL.pack(CONTROL_FLAGS, CONTROL.size + len(body), *header) + body


def decode_control(datagram: bytes) -> tuple[ControlHeader, bytes]:
    """Return header and AVPs of a control message; octets after the header's Length are dropped."""
    check_version(datagram)
    if len(datagram) < CONTROL.size:
        raise PeerError(f"control message of {len(datagram)} octets is shorter than its header", error=2)
    flags, length, *fields = CONTROL.unpack_from(datagram)
    if flags & (T | L | S | O | P) != T | L | S:
        raise PeerError(f"control message with flags {flags:#06x}: T, L and S must be set, O and P clear", error=3)
    if not CONTROL.size <= length <= len(datagram):
        raise PeerError(f"control message says {length} octets, the datagram holds {len(datagram)}", error=2)
    return ControlHeader(*fields), datagram[CONTROL.size : length]


def data_header(tunnel: int, session: int) -> bytes:
    """Return the header that goes before every payload of an unsequenced session; it never changes."""
    return FLAGS_AND_IDS.pack(VERSION, tunnel, session)


def sequenced_header(tunnel: int, session: int, ns: int) -> bytes:
    """Return the header of one sequenced data message; Nr is reserved there and sent as 0 (3.1, 5.4)."""
    return SEQUENCED.pack(S | VERSION, tunnel, session, ns, 0)


def parse_data(datagram: bytes) -> tuple[int, int, int, int, int | None] | None:
    """Return (tunnel, session, start, end, ns) of a data message, as in DataHeader; None for anything else.

    For the fast path: no exception, no copy, and the common header (no optional field) is done in one look.
    """
    if datagram[:2] == b"\x00\x02":
        if len(datagram) < FLAGS_AND_IDS.size:
            return None
        tunnel, session = IDS.unpack_from(datagram, 2)
        return tunnel, session, 6, len(datagram), None
    if is_control(datagram):
        return None
    try:
        return decode_data(datagram)
    except PeerError:
        return None


def decode_data(datagram: bytes) -> DataHeader:
    """Return the header of a data message with whatever optional fields; PeerError says what is wrong with it."""
    check_version(datagram)
    flags, size, at, end, ns = U16.unpack_from(datagram)[0], len(datagram), 2, len(datagram), None
    need = 6 + (2 if flags & L else 0) + (4 if flags & S else 0) + (2 if flags & O else 0)
    if flags & T or size < need:
        raise PeerError(f"data message of {size} octets is shorter than its header of {need}", error=2)
    if flags & L:
        end, at = U16.unpack_from(datagram, at)[0], at + 2
    tunnel, session = IDS.unpack_from(datagram, at)
    at += 4
    if flags & S:
        ns, at = U16.unpack_from(datagram, at)[0], at + 4
    if flags & O:
        at += 2 + U16.unpack_from(datagram, at)[0]
    if not need <= end <= size or at > end:
        raise PeerError(f"data message of {size} octets: its Length or Offset Size is wrong", error=2)
    return DataHeader(tunnel, session, at, end, ns)
