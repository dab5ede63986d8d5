"""The PPP unit of a kept line, as pppd's `demand` has it: while no session carries the line, the kernel gives its
packets back to the unit's descriptor (SC_LOOP_TRAFFIC). The same unit carries every session of the line.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress

from branchline.datapath import kernel_ppp
from branchline.datapath.kept import Kept
from branchline.datapath.kernel_channel import BIGGEST, SessionChannel
from branchline.datapath.readiness import ready
from branchline.wire import ppp

BATCH = 64  # frames; the kernel keeps 32
IPV4 = ppp.IPV4.to_bytes(2, "big")


class KeptUnit:
    """One unit, which waits from the first on; `on_lost` is called when somebody has removed its interface.

    Raises OSError where the kernel has none for it.
    """

    def __init__(self, state: Kept, on_lost: Callable[[], None]) -> None:
        self.state = state
        self._on_lost = on_lost
        self._channel: SessionChannel | None = None
        self._loop = asyncio.get_running_loop()
        self._descriptor, self.number = kernel_ppp.open_unit()
        self.wait()

    def wait(self) -> None:
        """No session carries the line now: have its packets, also while one is still saying goodbye."""
        with suppress(OSError):  # the interface has gone
            kernel_ppp.loop_traffic(self._descriptor, on=True)
        self.state.pause()
        if not self.state.lost:
            self._loop.add_reader(self._descriptor, self._read)

    def carry(self, channel: SessionChannel, received: Callable[[], int]) -> None:
        """Have a session carry the line, what waits first, once the peer is ready; raises OSError.

        `received` tells how many packets have come from the peer.
        """
        channel.join(self.number)
        self._channel = channel
        self.state.resume(self._release(channel, received))

    async def _release(self, channel: SessionChannel, received: Callable[[], int]) -> None:
        await ready(self.state.path, lambda packet: channel.send(IPV4 + packet), received)
        self._read()
        for packet in self.state.queue.take():
            channel.send(IPV4 + packet)
        kernel_ppp.loop_traffic(self._descriptor, on=False)
        self.state.carried = True
        self._read()  # what has come since the last look

    async def close(self) -> None:
        """Give the interface up, and its routes with it."""
        self.state.pause()
        self._loop.remove_reader(self._descriptor)
        await self._loop.run_in_executor(None, os.close, self._descriptor)  # some 20 ms

    def _read(self) -> None:
        for _ in range(BATCH):
            try:
                frame = os.read(self._descriptor, BIGGEST)
            except BlockingIOError:
                return
            except OSError:
                frame = b""
            if not frame:
                self._ended()
                return
            self._take(frame)

    def _take(self, frame: bytes) -> None:
        """A packet that the kernel has given back, or a control frame of a network protocol from the peer."""
        if not frame.startswith(IPV4):
            if self._channel is not None:
                self._channel.receive(frame)
        elif self.state.carried and self._channel is not None:
            self._channel.send(frame)
        else:
            self.state.arrived(frame[len(IPV4) :])

    def _ended(self) -> None:
        """There is nothing to read any more: the session has ended and `wait` comes next, or the interface has gone."""
        self._loop.remove_reader(self._descriptor)
        if not self.state.carried or (self._channel is not None and self._channel.is_open):
            self.state.lost = True
            self._on_lost()
