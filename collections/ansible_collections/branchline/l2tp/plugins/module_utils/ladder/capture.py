# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A capture of the outer interfaces while traffic flows: how many packets of which kind, between whom.

Only headers are looked at and only counts are kept. With the kernel's ESP in tunnel mode Linux shows incoming packets a
second time, decrypted.
"""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from .frames import Frame, classify

ETH_P_ALL = 0x0003
SOL_PACKET, PACKET_STATISTICS = 263, 6
HEADERS = 128  # bytes: IP, extensions, AH or UDP, and the first words of what follows
LARGEST = 100_000  # distinct flows
LINGER = 0.5  # seconds


class Flow(NamedTuple):
    """Packets that look alike on one interface."""

    interface: str
    outgoing: bool
    frame: Frame


@dataclass
class Capture:
    """What was seen: packets by flow, for how many seconds, and how many the kernel dropped before they were seen."""

    flows: Counter[Flow] = field(default_factory=Counter)
    interfaces: list[str] = field(default_factory=list)
    seconds: float = 0.0
    dropped: int = 0
    error: str = ""


class Recorder:
    """Records in a thread between entering and leaving the `with`; its result is `capture`."""

    def __init__(self, interfaces: list[str]) -> None:
        self.capture = Capture(interfaces=sorted(set(interfaces)))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._record, name="capture", daemon=True)
        self._sockets: dict[socket.socket, str] = {}
        self._started = 0.0

    def __enter__(self) -> Recorder:
        try:
            for name in self.capture.interfaces:
                self._sockets[_open(name)] = name
        except OSError as error:
            self.capture.error = f"{name}: {error.strerror or error}"
        self._started = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.capture.seconds = round(time.monotonic() - self._started, 3)
        for opened in self._sockets:
            self.capture.dropped += _dropped(opened)
            opened.close()

    def _record(self) -> None:
        """Until told to stop; then what is already queued, but on a busy interface no longer than LINGER."""
        stopped_at = None
        while self._sockets and (stopped_at is None or time.monotonic() < stopped_at + LINGER):
            ready = select.select(list(self._sockets), [], [], 0.05)[0]
            for opened in ready:
                self._drain(opened)
            if self._stop.is_set():
                stopped_at = stopped_at or time.monotonic()
                if not ready:
                    return

    def _drain(self, opened: socket.socket) -> None:
        """At most a thousand packets, so that a busy interface cannot keep the recorder from its end."""
        for _ in range(1000):
            try:
                packet, address = opened.recvfrom(HEADERS)
            except BlockingIOError:
                return
            self._count(packet, outgoing=address[2] == socket.PACKET_OUTGOING, interface=self._sockets[opened])

    def _count(self, packet: bytes, *, outgoing: bool, interface: str) -> None:
        frame = classify(packet)
        if frame is None:
            return
        flow = Flow(interface, outgoing, frame)
        if flow in self.capture.flows or len(self.capture.flows) < LARGEST:
            self.capture.flows[flow] += 1


def _open(interface: str) -> socket.socket:
    """Cooked (SOCK_DGRAM): frames begin at the IP header whatever the link is."""
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)  # nothing before bind()
    opened.setblocking(False)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    try:
        opened.bind((interface, ETH_P_ALL))
    except OSError:
        opened.close()
        raise
    return opened


def _dropped(opened: socket.socket) -> int:
    """tp_drops of struct tpacket_stats."""
    _, drops = struct.unpack("=II", opened.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
    return int(drops)
