"""What tests of kept devices share: a line's path, its packets, and patience."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace

from branchline.datapath.interface import SessionPath
from branchline.datapath.netlink import NextHop

LNS, INNER, PEER = "203.0.113.10", "10.20.0.16", "10.20.0.1"
KEPT = SessionPath("oslo", "oslo-lns1", False, INNER, "", 1360, True, ("10.10.0.0/24",), False, LNS)
OPEN = replace(KEPT, peer_address=PEER)
ETH = NextHop(2, "192.0.2.1")


def packet(number: int, destination: str = "10.10.0.10", size: int = 28) -> bytes:
    """An IPv4 header, and its number behind it."""
    header = bytes.fromhex("4500001c0000400040010000") + socket.inet_aton(INNER) + socket.inet_aton(destination)
    return (header + number.to_bytes(8, "big")).ljust(size, b"\0")


def payload(sent: list[bytes], before: bytes = b"") -> list[bytes]:
    """What was sent, without the questions whether the peer is ready, of which a slow machine sees more than one.

    `before` is what stands before each IPv4 header.
    """
    at = len(before) + 16
    return [one for one in sent if one[at : at + 4] != socket.inet_aton(PEER)]


async def until(condition) -> None:
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen")
