"""Networks that only a line may carry: while it is down, their packets go nowhere instead of out in clear.

Each is an unreachable route of the worst metric, under the line's own route to the same network.
"""

from __future__ import annotations

from contextlib import suppress

from branchline.datapath.netlink import Netlink
from branchline.errors import LocalError


class Holds:
    """The held networks of each owner; two owners may hold the same one."""

    def __init__(self, netlink: Netlink) -> None:
        self._netlink = netlink
        self._owned: dict[str, frozenset[str]] = {}

    async def set(self, owner: str, networks: frozenset[str]) -> None:
        """Hold `networks` for `owner`, and no others any more; raises LocalError."""
        before = self._all()
        self._owned[owner] = networks
        if not networks:
            del self._owned[owner]
        after = self._all()
        for network in sorted(before - after):
            await self._netlink.release(network)
        for network in sorted(after - before):
            await self._netlink.hold(network)

    async def close(self) -> None:
        """Hold nothing."""
        for owner in list(self._owned):
            with suppress(LocalError):
                await self.set(owner, frozenset())

    def _all(self) -> frozenset[str]:
        return frozenset().union(*self._owned.values())
