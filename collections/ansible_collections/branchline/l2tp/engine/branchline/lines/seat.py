"""One line's place in the data path, for attempts beside each other: the last one whose network came up has it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from branchline.datapath.interface import Carrier, DataPath, Deliver, FrameChannel, SessionPath


class Attaching(Protocol):
    """What one session asks of a data path; see DataPath."""

    def take(self, carrier: Carrier, receive: Deliver) -> FrameChannel | None:
        """Take a session's frames over."""

    async def attach(self, path: SessionPath, send: Deliver) -> Deliver:
        """Connect a session."""

    async def detach(self, line: str) -> None:
        """Take away all that `attach` made."""


@dataclass
class Place:
    """What the seats of one line share: `pinned` are the addresses of its LNSs, reached outside the line also then."""

    datapath: DataPath
    pinned: tuple[str, ...]
    owner: Seat | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Seat:
    """One attempt's; `on_ousted` is called before another attempt takes the line's packets over.

    It must not use what `attach` returned from then on.
    """

    def __init__(self, place: Place, on_ousted: Callable[[], None]) -> None:
        self._place, self._on_ousted = place, on_ousted
        self.attached = asyncio.Event()

    def take(self, carrier: Carrier, receive: Deliver) -> FrameChannel | None:
        """Pass it on: sessions beside each other are apart until one is attached."""
        return self._place.datapath.take(carrier, receive)

    async def attach(self, path: SessionPath, send: Deliver) -> Deliver:
        """Take the line's packets over; on failure nobody has them."""
        place = self._place
        async with place.lock:
            before, place.owner = place.owner, None
            if before is not None:
                before._on_ousted()
            deliver = await place.datapath.attach(replace(path, outer_others=place.pinned), send)
            place.owner = self
        self.attached.set()
        return deliver

    async def detach(self, line: str) -> None:
        """Give the line's packets up, unless another attempt has them."""
        place = self._place
        async with place.lock:
            if place.owner is self:
                place.owner = None
                await place.datapath.detach(line)
