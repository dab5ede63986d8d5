"""UDP sockets: those that a host listens or calls on, and those that serve one peer alone beside a listening one."""

from __future__ import annotations

import ctypes
import errno
import socket
import struct
from dataclasses import dataclass

from branchline.errors import LocalError
from branchline.l2tp.policy import Address

BUFFER = 4 * 1024 * 1024  # bytes, each way
SO_RCVBUFFORCE, SO_SNDBUFFORCE = 33, 32
SO_ATTACH_REUSEPORT_CBPF = 51
RETURN_0 = struct.pack("=HBBI", 0x06, 0, 0, 0)  # classic BPF: the first socket of the group


@dataclass(frozen=True)
class Binding:
    """Where a socket is bound: address "" lets the kernel choose, port 0 too; `mark` is its SO_MARK.

    `shared`: it listens for many peers, some of which get a socket of their own with the same address beside it.
    """

    address: str
    port: int
    mark: int | None
    shared: bool = False


def open_socket(binding: Binding) -> socket.socket:
    """A non-blocking UDP socket; raises LocalError where the address cannot be had."""
    sock = _new()
    try:
        _mark(sock, binding.mark)
        for option, forced in ((socket.SO_RCVBUF, SO_RCVBUFFORCE), (socket.SO_SNDBUF, SO_SNDBUFFORCE)):
            _grow(sock, option, forced)
        if binding.shared:
            _ensure_free(binding)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind((binding.address, binding.port))
        if binding.shared:
            _keep_strangers(sock)
    except OSError as error:
        sock.close()
        where = f"{binding.address or 'any address'}:{binding.port}"
        raise LocalError(f"cannot use {where}: {error.strerror}", hint(error).strip(" ;")) from None
    return sock


def open_beside(listening: socket.socket, mark: int | None, peer: Address) -> socket.socket:
    """A socket with the address of a shared one, connected to `peer`, whose datagrams it gets from now on.

    What has come before stays in the listening socket's queue. Raises LocalError.
    """
    sock = _new()
    try:
        _mark(sock, mark)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(listening.getsockname())
        sock.connect(peer)
    except OSError as error:
        sock.close()
        raise _no_connection(peer, error) from None
    return sock


def connect(sock: socket.socket, peer: Address) -> None:
    """Have a socket hear `peer` alone; raises LocalError."""
    try:
        sock.connect(peer)
    except OSError as error:
        raise _no_connection(peer, error) from None


def _no_connection(peer: Address, error: OSError) -> LocalError:
    return LocalError(f"no socket for {peer[0]}:{peer[1]} alone: {error.strerror}", hint(error).strip(" ;"))


def hint(error: OSError) -> str:
    """What helps against an error of a UDP socket, after "; ", or ""."""
    hints = {
        errno.EPERM: "; the guard lets no L2TP out without IPsec, or a capability is missing",
        errno.EADDRINUSE: "; another daemon has this port: stop xl2tpd or whatever `ss -lunp` shows",
        errno.EADDRNOTAVAIL: "; this host does not have that address now",
        errno.ENETUNREACH: "; there is no route to it",
    }
    return hints.get(error.errno or 0, "")


def _new() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    return sock


def _mark(sock: socket.socket, mark: int | None) -> None:
    if mark is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, mark)


def _ensure_free(binding: Binding) -> None:
    """SO_REUSEPORT would let a second engine of this user have the address as well: ask for it alone first."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as alone:
        alone.bind((binding.address, binding.port))


def _keep_strangers(sock: socket.socket) -> None:
    """Have every datagram of a peer without a socket of its own come here, never to one that is being connected."""
    program = ctypes.create_string_buffer(RETURN_0, len(RETURN_0))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, struct.pack("HP", 1, ctypes.addressof(program)))


def _grow(sock: socket.socket, option: int, forced: int) -> None:
    try:
        sock.setsockopt(socket.SOL_SOCKET, forced, BUFFER)
    except PermissionError:
        sock.setsockopt(socket.SOL_SOCKET, option, BUFFER)
