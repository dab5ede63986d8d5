"""PPPoL2TP sockets (linux/if_pppol2tp.h): by them the kernel takes tunnels and sessions over from the engine.

Python's socket module does not know AF_PPPOX, so that connect(2) is called through ctypes.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import socket
import struct
from dataclasses import dataclass

from branchline.datapath.interface import Counters

AF_PPPOX = 24
PX_PROTO_OL2TP = 1
SOL_PPPOL2TP = 273
UDP_ENCAP, L2TP_IN_UDP = 100, 3  # linux/udp.h
SO_RECVSEQ, SO_SENDSEQ, SO_LNSMODE, SO_REORDERTO = 2, 3, 4, 5
# sockaddr_pppol2tp, packed: family, protocol, pid (0: this process), UDP socket, sockaddr_in (not looked at),
# our tunnel and session id, the peer's
ADDRESS = struct.Struct("=HIii16xHHHH")
PPPIOCGL2TPSTATS = 0x80487436
# pppol2tp_ioc_stats: tunnel, session, using_ipsec; tx packets, bytes, errors; rx packets, bytes, seq_discards,
# oos_packets, errors
STATS = struct.Struct("=HHI8Q")
LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Ids:
    """The ids of a session (RFC 2661 3.1): ours, which the peer sends, and the peer's, which we send."""

    tunnel: int
    session: int
    peer_tunnel: int
    peer_session: int


def open_tunnel(udp: socket.socket, tunnel: int, peer_tunnel: int) -> None:
    """Give the data messages on a connected UDP socket to the kernel; it has them until that socket is closed.

    Messages of sessions that the kernel does not know still come to the socket. Does nothing where the kernel has it
    already. Raises OSError: EEXIST if another tunnel of this network namespace has the id.
    """
    if _carries(udp):
        return
    connect_session(udp, Ids(tunnel, 0, peer_tunnel, 0)).close()
    if not _carries(udp):
        raise OSError(errno.EEXIST, os.strerror(errno.EEXIST))


def _carries(udp: socket.socket) -> bool:
    return udp.getsockopt(socket.IPPROTO_UDP, UDP_ENCAP) == L2TP_IN_UDP


def connect_session(udp: socket.socket, ids: Ids) -> socket.socket:
    """A socket that is a session of an open tunnel; the session ends with it. Raises OSError."""
    sock = socket.socket(AF_PPPOX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, PX_PROTO_OL2TP)
    address = ADDRESS.pack(
        AF_PPPOX, PX_PROTO_OL2TP, 0, udp.fileno(), ids.tunnel, ids.session, ids.peer_tunnel, ids.peer_session
    )
    if LIBC.connect(sock.fileno(), address, len(address)) != 0:
        code = ctypes.get_errno()
        sock.close()
        raise OSError(code, os.strerror(code))
    return sock


def set_options(sock: socket.socket, *, lns: bool, reorder: float) -> None:
    """Say which end this is: only an LNS decides about sequence numbers (5.4); `reorder`: seconds to wait at a gap."""
    sock.setsockopt(SOL_PPPOL2TP, SO_LNSMODE, int(lns))
    sock.setsockopt(SOL_PPPOL2TP, SO_REORDERTO, int(reorder * 1000))


def require_sequence(sock: socket.socket) -> None:
    """Number what is sent, and drop what comes without a number."""
    sock.setsockopt(SOL_PPPOL2TP, SO_SENDSEQ, 1)
    sock.setsockopt(SOL_PPPOL2TP, SO_RECVSEQ, 1)


def counters(sock: socket.socket) -> Counters:
    """Return what the session has carried so far, in data messages with their headers; raises OSError."""
    values = STATS.unpack(fcntl.ioctl(sock.fileno(), PPPIOCGL2TPSTATS, bytes(STATS.size)))
    lost = {"tx_dropped": values[5], "rx_dropped": values[8] + values[10]}
    return Counters(tx_packets=values[3], tx_bytes=values[4], rx_packets=values[6], rx_bytes=values[7], **lost)
