"""A line's device while no session carries the line: its packets wait here for the session that they bring about."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace

from branchline.datapath.interface import Counters, SessionPath
from branchline.datapath.netlink import Netlink, NextHop

MOST_PACKETS, MOST_BYTES = 64, 64 * 1024
LONGEST = 30.0  # seconds: whoever sent a packet that is older has given up, or sends another one
MULTICAST = 224  # first octet of what is for everybody, which nobody is called for: RFC 1112, RFC 919
DESTINATION = 16  # where an IPv4 header has it


class Queue:
    """Packets that wait, oldest first, within bounds: each that goes beyond them drops the oldest, and is counted."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._packets: deque[tuple[float, bytes]] = deque()
        self._bytes = 0
        self.dropped = 0

    def put(self, packet: bytes) -> None:
        """One more."""
        self._packets.append((self._clock(), packet))
        self._bytes += len(packet)
        while len(self._packets) > MOST_PACKETS or self._bytes > MOST_BYTES:
            self._drop()

    def __len__(self) -> int:
        """How many there are that are not too old."""
        while self._packets and self._clock() - self._packets[0][0] > LONGEST:
            self._drop()
        return len(self._packets)

    def take(self) -> list[bytes]:
        """All of them, which wait no more."""
        taken = [packet for _since, packet in self._packets] if len(self) else []
        self._packets.clear()
        self._bytes = 0
        return taken

    def drop(self) -> None:
        """Drop all of them."""
        while self._packets:
            self._drop()

    def _drop(self) -> None:
        _since, packet = self._packets.popleft()
        self._bytes -= len(packet)
        self.dropped += 1


@dataclass
class Kept:
    """One kept line; `counters` are those of its sessions so far. `wake` None: nobody is to be called, all is dropped.

    `carried`: a session carries the line, and no packet waits.
    """

    path: SessionPath
    wake: Callable[[], None] | None
    queue: Queue = field(default_factory=lambda: Queue(asyncio.get_running_loop().time))
    counters: Counters = field(default_factory=Counters)
    carried: bool = False
    lost: bool = False  # somebody else has removed the device
    releasing: asyncio.Task[None] | None = None

    def arrived(self, packet: bytes) -> None:
        """A packet for the line, whole."""
        if self.wake is None or packet[DESTINATION] >= MULTICAST:
            self.queue.dropped += 1
        else:
            self.queue.put(packet)
            self.wake()

    def renew(self, wake: Callable[[], None] | None) -> None:
        """Call `wake` from now on."""
        self.wake = wake
        if wake is None:
            self.queue.drop()

    def resume(self, release: Coroutine[None, None, None]) -> None:
        """Run what lets packets go to a session that has just been attached."""
        self.pause()
        self.releasing = asyncio.get_running_loop().create_task(release)

    def pause(self) -> None:
        """Packets wait from now on."""
        self.carried = False
        if self.releasing is not None:
            self.releasing.cancel()

    def counted(self, counters: Counters) -> Counters:
        """The counters of a data path, and what was dropped before it was its turn."""
        return replace(counters, tx_dropped=counters.tx_dropped + self.queue.dropped)


async def lead(netlink: Netlink, link: int, kept: Kept, path: SessionPath) -> None:
    """Have the session's networks and its other end reached through the kept device `link`, besides what is already.

    The device has no peer's address of its own. The routes stay when the session ends: sockets to the peer live on.
    Raises LocalError.
    """
    before, peer = kept.path.peer_address, path.peer_address
    if before not in ("", peer):
        await netlink.remove_route(f"{before}/32", link)
    networks = [network for network in path.routes if network not in kept.path.routes]
    if peer != path.outer_peer:  # else it is pinned outside
        networks.append(f"{peer}/32")
    for network in networks:
        await netlink.add_route(network, NextHop(link, None))
    kept.path = path
