"""A table of IPv4 networks with longest match: which session a packet of the shared device belongs to."""

from __future__ import annotations

import ipaddress
from typing import Generic, TypeVar

T = TypeVar("T")


class RouteTable(Generic[T]):
    """Networks to values. A look-up costs one dictionary access per prefix length in use, longest first."""

    def __init__(self) -> None:
        self._by_length: dict[int, dict[int, T]] = {}
        self._hosts: dict[bytes, T] = {}  # /32s by packed address: by far the most
        self._masks: list[tuple[int, dict[int, T]]] = []

    def add(self, network: str, value: T) -> None:
        """Enter `network`; ValueError if it is there already."""
        key, length = _parse(network)
        table = self._by_length.setdefault(length, {})
        if key in table:
            raise ValueError(f"{network} is already routed")
        table[key] = value
        self._index()
        if length == 32:
            self._hosts[key.to_bytes(4, "big")] = value

    def remove(self, network: str) -> None:
        """Take `network` out; KeyError if it is not there."""
        key, length = _parse(network)
        del self._by_length[length][key]
        if length == 32:
            del self._hosts[key.to_bytes(4, "big")]
        if not self._by_length[length]:
            del self._by_length[length]
        self._index()

    def find(self, packed: bytes) -> T | None:
        """The value of the longest network that holds the address, 4 bytes in network order."""
        found = self._hosts.get(packed)
        if found is not None or not self._masks:
            return found
        address = int.from_bytes(packed, "big")
        for mask, table in self._masks:
            found = table.get(address & mask)
            if found is not None:
                return found
        return None

    def _index(self) -> None:
        lengths = sorted((length for length in self._by_length if length < 32), reverse=True)
        self._masks = [((0xFFFFFFFF << (32 - length)) & 0xFFFFFFFF, self._by_length[length]) for length in lengths]


def _parse(network: str) -> tuple[int, int]:
    parsed = ipaddress.IPv4Network(network)
    return int(parsed.network_address), parsed.prefixlen
