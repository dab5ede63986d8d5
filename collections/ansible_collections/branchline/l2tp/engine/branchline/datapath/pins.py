"""Routes to the outer addresses of peers, pinned outside the lines so that no line's own route can eat them.

Several lines may share a peer; its pin goes with the last of them. `refresh` follows the host when its own routes
change, as after a new DHCP lease.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from branchline.datapath.netlink import Netlink, NextHop
from branchline.errors import LocalError


class Pins:
    """The pinned peers of this host's lines."""

    def __init__(self, netlink: Netlink) -> None:
        self._netlink = netlink
        self._peers: dict[str, str] = {}
        self._hops: dict[str, NextHop] = {}

    async def add(self, line: str, peer: str, avoid: frozenset[int]) -> None:
        """Pin `peer` for `line`, over what the main table says without the links `avoid`; raises LocalError."""
        hop = await self._netlink.next_hop(peer, avoid)
        if hop is None:
            raise LocalError(f"there is no route to {peer} outside the lines", "give this host a route to its LNS")
        await self._netlink.add_route(f"{peer}/32", hop)
        self._peers[line], self._hops[peer] = peer, hop

    async def remove(self, line: str) -> None:
        """Unpin the peer of `line` unless another line needs it."""
        peer = self._peers.pop(line, None)
        if peer is not None and peer not in self._peers.values():
            del self._hops[peer]
            await self._netlink.remove_route(f"{peer}/32")

    async def follow(self, avoid: Callable[[], frozenset[int]]) -> None:
        """Refresh whenever the host's own routes change; runs until it is cancelled."""
        async for _change in self._netlink.watch_routes():
            with suppress(LocalError):  # a route in between two changes may be impossible; the next change comes
                await self.refresh(avoid())

    async def refresh(self, avoid: frozenset[int]) -> None:
        """Move the pins to where the host's own routes lead now."""
        for peer, old in list(self._hops.items()):
            hop = await self._netlink.next_hop(peer, avoid)
            if hop is not None and hop != old:
                await self._netlink.add_route(f"{peer}/32", hop)
                self._hops[peer] = hop
