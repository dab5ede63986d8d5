"""Addresses that an LNS gives: named pools of ranges, each address to one holder at a time."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from branchline.errors import LocalError


@dataclass(frozen=True)
class PoolState:
    """How many addresses of a pool exist, and how many of them are held or kept for somebody."""

    name: str
    size: int
    used: int


class Pool:
    """One pool. `reserved` addresses belong to users by name and are never given to others.

    A user gets the address that it had last when that is free; otherwise the one that has been free for longest.
    """

    def __init__(self, name: str, ranges: Iterable[str], reserved: frozenset[str]) -> None:
        self.name = name
        self._all = {address for each in ranges for address in expand(each)}
        free = sorted(self._all - reserved, key=int_of)
        self._free: OrderedDict[str, None] = OrderedDict.fromkeys(free)
        self._held: dict[str, str] = {}
        self._last: dict[str, str] = {}

    def take(self, holder: str) -> str:
        """An address for `holder`; raises LocalError when none is free."""
        if not self._free:
            remedy = f"widen pool {self.name}, or end sessions that are not needed"
            raise LocalError(
                f"pool {self.name} is empty: all {len(self._all)} addresses are in use or reserved", remedy
            )
        address = self._last.get(holder, "")
        if address in self._free:
            del self._free[address]
        else:
            address, _ = self._free.popitem(last=False)
        self._held[address] = holder
        self._last[holder] = address
        return address

    def hold(self, address: str, holder: str) -> None:
        """`holder` goes on using an address that it was given before this pool was made anew."""
        if address in self._free:
            del self._free[address]
            self._held[address] = holder
            self._last[holder] = address

    def give_back(self, address: str) -> None:
        """The holder of `address` is gone; nothing happens for an address that this pool has not given."""
        if self._held.pop(address, None) is not None and address in self._all:
            self._free[address] = None

    def state(self) -> PoolState:
        """Size and use."""
        return PoolState(self.name, len(self._all), len(self._all) - len(self._free))


def expand(text: str) -> list[str]:
    """The addresses of "first-last", of a network (all but its own and its broadcast address) or the one address."""
    first, _, last = text.partition("-")
    if last:
        low, high = int_of(first), int_of(last)
        return [str(ipaddress.IPv4Address(number)) for number in range(low, high + 1)]
    network = ipaddress.IPv4Network(text)
    return [str(host) for host in network.hosts()]


def int_of(address: str) -> int:
    """An IPv4 address as a number."""
    return int(ipaddress.IPv4Address(address))
