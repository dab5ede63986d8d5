"""Which address each user gets: its own, or one of its pool's."""

from __future__ import annotations

from typing import Any

from branchline.config import Lns, User
from branchline.lines.pools import Pool


class Addresses:
    """The pools of an LNS and who holds what."""

    def __init__(self, config: Lns) -> None:
        reserved = frozenset(user.address for user in config.users.values() if user.address) | {config.address}
        self._pools = {name: Pool(name, ranges, reserved) for name, ranges in config.pools.items()}
        self._holders: dict[str, User] = {}

    def renewed(self, config: Lns) -> Addresses:
        """The same holders under another configuration."""
        renewed = Addresses(config)
        for address, user in self._holders.items():
            renewed._hold(address, user)
        return renewed

    def take(self, user: User) -> str:
        """An address for `user`; raises LocalError when its pool is empty."""
        address = user.address or self._pools[user.pool or ""].take(user.name)
        self._holders[address] = user
        return address

    def give_back(self, address: str | None) -> None:
        """Whoever held `address` no longer needs it."""
        if address is None:
            return
        self._holders.pop(address, None)
        for pool in self._pools.values():
            pool.give_back(address)

    def status(self) -> list[dict[str, Any]]:
        """Return the pools' part of the status."""
        states = [pool.state() for pool in self._pools.values()]
        return [{"name": s.name, "size": s.size, "used": s.used, "free": s.size - s.used} for s in states]

    def _hold(self, address: str, user: User) -> None:
        self._holders[address] = user
        for pool in self._pools.values():
            pool.hold(address, user.name)
