"""One Ethernet interface that hosts dial in on: its packets, discovery on it, and the interface itself."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from branchline.aio.packet import EthernetPort
from branchline.errors import LocalError
from branchline.lac_config import Access, Lac
from branchline.pppoe.concentrator import Concentrator, Offer
from branchline.pppoe.events import Event, Place
from branchline.wire.pppoe import OVERHEAD

LOG = logging.getLogger(__name__)
LOOK = 2.0  # seconds between two looks whether the interface is (still) there


class EthernetAccess:
    """`on_event` gets SessionBegun and SessionEnded with this object; `run` keeps the interface open."""

    def __init__(self, config: Access, lac: Lac, on_event: Callable[[EthernetAccess, Event], None]) -> None:
        self.config = config
        self.port: EthernetPort | None = None
        self._lac = lac
        self._on_event = on_event
        self._concentrator = Concentrator(self._offer(), random=secrets.token_bytes)
        self._task = asyncio.get_running_loop().create_task(self._run())

    def use(self, lac: Lac) -> None:
        """Offer what `lac` says from now on; open sessions stay."""
        self._lac = lac
        self._concentrator.use(self._offer())

    def hang_up(self, session: int, reason: str) -> None:
        """End a session: PADT; SessionEnded follows at once."""
        self._concentrator.close(session, reason)
        self._settle()

    async def close(self, reason: str) -> None:
        """End every session and give up the interface."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._shut(reason)

    def status(self) -> dict[str, Any]:
        """Return its entry of the status; `mac` and `mtu` are None while the interface is missing."""
        port, vlans = self.port, sorted(self.config.vlans)
        return {
            "interface": self.config.interface,
            "vlans": vlans,
            "mac": port.mac.hex(":") if port else None,
            "mtu": port.mtu if port else None,
            "sessions": len(self._concentrator.sessions),
        }

    def drops(self) -> dict[str, int]:
        """Return how many packets got no answer, by reason."""
        return dict(self._concentrator.drops)

    async def _run(self) -> None:
        """Open the interface, and again if it was taken away: a VLAN or bridge may be made anew while this runs."""
        told = ""
        while True:
            if self.port is not None and not self.port.is_there():
                LOG.warning("the interface %s is gone", self.config.interface)
                self._shut("the interface is gone")
            if self.port is None:
                told = self._open(told)
            await asyncio.sleep(LOOK)

    def _open(self, told: str) -> str:
        """Try it; say why not, but only once."""
        access = self.config
        try:
            self.port = EthernetPort(access.interface, access.vlans, self._receive, self._stray)
        except LocalError as error:
            if str(error) != told:
                LOG.warning("%s", error)
            return str(error)
        self._concentrator.use(self._offer())
        LOG.info("hosts may dial in on %s (%s)", access.interface, self.port.mac.hex(":"))
        return ""

    def _shut(self, reason: str) -> None:
        for session in list(self._concentrator.sessions):
            self._concentrator.close(session, reason)
        self._settle()
        if self.port is not None:
            self.port.close()
            self.port = None

    def _offer(self) -> Offer:
        lac = self._lac
        room = self.port.mtu - OVERHEAD if self.port else lac.mru
        limits = (lac.max_sessions, lac.max_sessions_per_mac, lac.rate)
        return Offer(lac.ac_name, tuple(lac.services), min(lac.mru, room), *limits)

    def _receive(self, data: bytes, place: Place) -> None:
        self._concentrator.receive(data, place, asyncio.get_running_loop().time())
        self._settle()

    def _stray(self, place: Place, session: int) -> None:
        self._concentrator.stray(session, place, asyncio.get_running_loop().time())
        self._settle()

    def _settle(self) -> None:
        for place, packet in self._concentrator.outbox():
            if self.port is not None:
                self.port.send_discovery(packet, place)
        while (event := self._concentrator.next_event()) is not None:
            self._on_event(self, event)
