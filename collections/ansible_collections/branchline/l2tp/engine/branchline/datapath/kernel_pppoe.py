"""PPPoE sessions (linux/if_pppox.h) whose discovery was the engine's: the kernel carries their packets."""

from __future__ import annotations

import ctypes
import os
import socket
import struct

from branchline.datapath.interface import Counters, Deliver, HostCarrier
from branchline.datapath.kernel_channel import KernelChannel
from branchline.datapath.kernel_sockets import AF_PPPOX, LIBC
from branchline.errors import LocalError

PX_PROTO_OE = 0
# sockaddr_pppox, packed: family, protocol, session id as it is sent, the peer's Ethernet address, the device
ADDRESS = struct.Struct("=HI2s6s16s")


class HostChannel(KernelChannel):
    """A PPPoE session and its PPP channel; the kernel does not count what passes."""

    def __init__(self, carrier: HostCarrier, receive: Deliver) -> None:
        super().__init__(_connect(carrier), receive)

    def require_sequence(self) -> None:
        """Nothing: PPPoE has no numbers."""

    def counters(self) -> Counters:
        """Return zeros."""
        return Counters()


def packed(carrier: HostCarrier) -> bytes:
    """The session's address for connect(2)."""
    session = carrier.session.to_bytes(2, "big")
    return ADDRESS.pack(AF_PPPOX, PX_PROTO_OE, session, carrier.mac, carrier.interface.encode())


def _connect(carrier: HostCarrier) -> socket.socket:
    """A socket that is the session; raises LocalError."""
    try:
        sock = socket.socket(AF_PPPOX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK, PX_PROTO_OE)
    except OSError as error:
        raise LocalError(f"this kernel has no PPPoE: {error.strerror}", "give it the module pppoe") from None
    address = packed(carrier)
    if LIBC.connect(sock.fileno(), address, len(address)) != 0:
        said = os.strerror(ctypes.get_errno())
        sock.close()
        raise LocalError(f"no PPPoE session {carrier.session} on {carrier.interface}: {said}", "see the kernel's log")
    return sock
