"""The UDP socket of a local address: what it is, and why it cannot be had."""

from __future__ import annotations

import errno
import os
import socket

import pytest

from branchline.aio.sockets import Binding, open_socket
from branchline.errors import LocalError


def test_it_is_bound_and_does_not_block():
    with open_socket(Binding("127.0.0.1", 0, None)) as sock:
        address, port = sock.getsockname()
        assert (address, port > 0, sock.getblocking()) == ("127.0.0.1", True, False)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) > 0


def test_without_an_address_the_kernel_chooses():
    with open_socket(Binding("", 0, None)) as sock:
        assert sock.getsockname()[0] == "0.0.0.0"


def test_a_port_in_use_names_the_way_to_find_who_uses_it():
    with open_socket(Binding("127.0.0.1", 0, None)) as first:
        port = first.getsockname()[1]
        with pytest.raises(LocalError) as caught:
            open_socket(Binding("127.0.0.1", port, None))
    assert caught.value.message == f"cannot use 127.0.0.1:{port}: Address already in use"
    assert caught.value.remedy == "another daemon has this port: stop xl2tpd or whatever `ss -lunp` shows"


def test_an_address_of_another_host():
    with pytest.raises(LocalError) as caught:
        open_socket(Binding("192.0.2.1", 1701, None))
    assert caught.value.message == "cannot use 192.0.2.1:1701: Cannot assign requested address"
    assert caught.value.remedy == "this host does not have that address now"


REFUSED = [
    # errno            what the message begins with                             a part of the remedy
    (errno.EPERM, "cannot use any address:1701: Operation not permitted", "a capability is missing"),
    (errno.ENETUNREACH, "cannot use any address:1701: Network is unreachable", "no route to it"),
    (errno.ENOBUFS, "cannot use any address:1701: No buffer space available", ""),
]


@pytest.mark.parametrize(("code", "message", "remedy"), REFUSED)
def test_any_refusal_is_a_clear_error_and_leaves_no_socket_open(monkeypatch, code, message, remedy):
    def refuse(sock, _address):
        opened.append(sock)
        raise OSError(code, os.strerror(code))

    opened: list[socket.socket] = []
    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(LocalError) as caught:
        open_socket(Binding("", 1701, None))
    assert (caught.value.message, remedy in caught.value.remedy) == (message, True)
    assert [sock.fileno() for sock in opened] == [-1]
