"""Ports of loopback for what tests start, also when several processes of tests run at once."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

BLOCK = 100


def free_port() -> int:
    """A UDP port that is nobody's and stays so: an LNS that a test ends and begins again finds it free."""
    for port in itertools.islice(_PORTS, BLOCK):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, suppress(OSError):
            sock.bind(("127.0.0.1", port))
            return port
    raise AssertionError("all ports of this process's block are in use")


def _ports() -> Iterator[int]:
    """The ports of one block, in turn; it is this process's own while its first port is held by TCP.

    Blocks are below the range from which the kernel gives a port to whoever asks for none.
    """
    ephemeral = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for first in range(ephemeral - BLOCK, 0, -BLOCK):
        try:
            held = socket.create_server(("127.0.0.1", first))
        except OSError:
            continue
        with held:
            yield from itertools.cycle(range(first, first + BLOCK))


_PORTS = _ports()
