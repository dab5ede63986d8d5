"""A Netlink that has a main table of its own instead of the kernel's, and refuses what the test says."""

from __future__ import annotations

import asyncio

from branchline.datapath.netlink import NextHop
from branchline.errors import LocalError


class FakeNetlink:
    """`hops` is how the host reaches each address, best first; `routes` are those that were made."""

    def __init__(self, **hops: list[NextHop]) -> None:
        self.hops = hops
        self.routes: dict[str, NextHop] = {}
        self.refused: set[str] = set()
        self.changes: asyncio.Queue[None] = asyncio.Queue()
        self.gate = asyncio.Event()
        self.gate.set()

    async def next_hop(self, address: str, avoid: frozenset[int]) -> NextHop | None:
        await self.gate.wait()
        return next((hop for hop in self.hops.get(address, []) if hop.link not in avoid), None)

    async def add_route(self, network: str, hop: NextHop) -> None:
        if network in self.refused:
            raise LocalError(f"cannot add the route to {network}", "see `ip route`")
        self.routes[network] = hop

    async def remove_route(self, network: str, link) -> None:
        self.routes.pop(network, None)

    async def watch_routes(self):
        while True:
            yield await self.changes.get()

    async def close(self) -> None:
        """Nothing to give up."""
