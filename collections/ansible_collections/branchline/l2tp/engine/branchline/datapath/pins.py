"""Routes to the outer addresses of peers, pinned outside the lines so that no line's own route can eat them.

Several lines may share a peer; its pin goes with the last of them. `refresh` follows the host when its own routes
change, as after a new DHCP lease. One change is done before the next begins, so that no refresh brings back a pin that
is being removed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from branchline.datapath.netlink import Netlink
from branchline.errors import LocalError

LOG = logging.getLogger(__name__)


class Pins:
    """The pinned peers of this host's lines."""

    def __init__(self, netlink: Netlink) -> None:
        self._netlink = netlink
        self._peers: dict[str, tuple[str, ...]] = {}
        self._links: dict[str, int] = {}
        self._one = asyncio.Lock()

    async def add(self, line: str, peer: str, avoid: frozenset[int], others: tuple[str, ...] = ()) -> None:
        """Pin `peer` for `line`, over what the main table says without the links `avoid`; raises LocalError.

        `others` are pinned as well; one that is out of reach waits for the next change.
        """
        async with self._one:
            await self._pin(peer, avoid)
            self._peers[line] = (peer, *(other for other in others if other != peer))
            for other in self._peers[line][1:]:
                with suppress(LocalError):
                    await self._pin(other, avoid)

    async def remove(self, line: str) -> None:
        """Unpin the peers of `line` but those that another line needs."""
        async with self._one:
            gone = set(self._peers.pop(line, ())) - self._wanted()
            for peer in sorted(gone & self._links.keys()):
                with suppress(LocalError):
                    await self._netlink.remove_route(f"{peer}/32", self._links.pop(peer))

    async def follow(self, avoid: Callable[[], frozenset[int]]) -> None:
        """Refresh whenever the host's own routes change; runs until it is cancelled."""
        while True:
            await self._follow(avoid)
            await asyncio.sleep(1.0)

    async def _follow(self, avoid: Callable[[], frozenset[int]]) -> None:
        try:
            await self.refresh(avoid())
            async for _change in self._netlink.watch_routes():
                await self.refresh(avoid())
        except Exception:  # the kernel had more news than the socket holds, say
            LOG.exception("the watch over this host's routes begins anew")

    async def refresh(self, avoid: frozenset[int]) -> None:
        """Make every pin lead where the host's own routes lead now; a peer out of reach waits for the next change.

        Pins are set even where the way is the old one: the kernel has removed them if its link was down.
        """
        async with self._one:
            for peer in sorted(self._wanted()):
                with suppress(LocalError):
                    await self._pin(peer, avoid)

    def _wanted(self) -> set[str]:
        return set().union(*self._peers.values())

    async def _pin(self, peer: str, avoid: frozenset[int]) -> None:
        hop = await self._netlink.next_hop(peer, avoid)
        if hop is None:
            raise LocalError(f"there is no route to {peer} outside the lines", "give this host a route to its LNS")
        await self._netlink.add_route(f"{peer}/32", hop)
        self._links[peer] = hop.link
