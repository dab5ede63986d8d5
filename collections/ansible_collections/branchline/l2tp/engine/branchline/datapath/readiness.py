"""Whether the other end of a session carries packets yet: it may be told of its network later than this end is.

What is sent before that is lost there, so the packets that have waited for the session wait for this as well. An ICMP
echo to the peer's own address asks; any packet that comes is the answer, or that none does for a second.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable

from branchline.datapath.interface import Deliver, SessionPath

POLL = 0.005  # seconds
PROBES = (0.0, 0.02, 0.06, 0.14, 0.3, 0.6)  # seconds after the first
LONGEST = 1.0  # seconds
ICMP, ECHO_REQUEST = 1, 8


async def ready(path: SessionPath, send: Deliver, received: Callable[[], int]) -> None:
    """Return when more packets were received than now, or after a second; `send` takes what asks for one."""
    loop, before = asyncio.get_running_loop(), received()
    began, probes = loop.time(), list(PROBES)
    while received() == before and (passed := loop.time() - began) < LONGEST:
        if probes and passed >= probes[0]:
            probes.pop(0)
            send(echo(path.local_address, path.peer_address, len(probes)))
        await asyncio.sleep(POLL)


def echo(source: str, destination: str, number: int) -> bytes:
    """An IPv4 packet with an Echo Request (RFC 792), which nobody here waits for the answer of."""
    request = _summed(struct.pack("!BBHHH", ECHO_REQUEST, 0, 0, 0, number), 2)
    ends = socket.inet_aton(source) + socket.inet_aton(destination)
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(request), 0, 0, 64, ICMP, 0) + ends
    return _summed(header, 10) + request


def _summed(data: bytes, at: int) -> bytes:
    """The data with its checksum (RFC 1071) in the place `at`, where it has zeros."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return data[:at] + (~total & 0xFFFF).to_bytes(2, "big") + data[at + 2 :]
