# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IPv4 ranges as pairs of integers, and the sweep that finds overlaps among all of them in n log n."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import NamedTuple

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import BadValueError

UNKNOWN = IPv4Address(0)
"""Stands for an address that is missing or unreadable (its error is noted), so that the other checks can go on."""


class Range(NamedTuple):
    """Addresses from `first` to `last`, both included, as integers."""

    first: int
    last: int

    def __str__(self) -> str:
        if self.first == self.last:
            return str(IPv4Address(self.first))
        return f"{IPv4Address(self.first)}-{IPv4Address(self.last)}"

    @property
    def size(self) -> int:
        """How many addresses there are in it."""
        return self.last - self.first + 1


class Claim(NamedTuple):
    """A range that somebody claims: `use` says for what, `text` is as the inventory wrote it."""

    range: Range
    host: str
    variable: str
    use: str
    text: str


def address(value: object) -> IPv4Address:
    """Read one IPv4 address; raises BadValueError."""
    try:
        return IPv4Address(str(value).strip())
    except ValueError:
        raise BadValueError(f"{value!r} is not an IPv4 address", "write four numbers, as in 203.0.113.10") from None


def network(value: object) -> IPv4Network:
    """Read one IPv4 network in CIDR notation without host bits; raises BadValueError."""
    text = str(value).strip()
    if "/" not in text:
        raise BadValueError(
            f"{value!r} is not a network in CIDR notation", "write address/length, as in 192.168.50.0/24"
        )
    try:
        return IPv4Network(text)
    except ValueError:
        pass
    try:
        meant = IPv4Network(text, strict=False)
    except ValueError:
        raise BadValueError(
            f"{value!r} is not an IPv4 network", "write address/length, as in 192.168.50.0/24"
        ) from None
    raise BadValueError(f"{value!r} has host bits set", f"did you mean {meant}?")


def pool_range(value: object) -> Range:
    """Read `first-last`, one address, or a network (less its first and last one); raises BadValueError."""
    text = str(value).strip()
    if "/" in text:
        return usable(network(text))
    first, dash, last = text.partition("-")
    start, end = address(first), address(last if dash else first)
    if end < start:
        raise BadValueError(f"{value!r} ends before it begins", f"did you mean {end}-{start}?")
    return Range(int(start), int(end))


def usable(net: IPv4Network) -> Range:
    """The addresses of a network that hosts can have: without the first and last one, unless it is a /31 or /32."""
    edge = 0 if net.prefixlen >= 31 else 1
    return Range(int(net.network_address) + edge, int(net.broadcast_address) - edge)


def whole(net: IPv4Network) -> Range:
    """All addresses of a network."""
    return Range(int(net.network_address), int(net.broadcast_address))


def without(ranges: Iterable[Range], taken: IPv4Address) -> Iterator[Range]:
    """The ranges less one address."""
    hole = int(taken)
    for start, end in ranges:
        if not start <= hole <= end:
            yield Range(start, end)
            continue
        if start < hole:
            yield Range(start, hole - 1)
        if hole < end:
            yield Range(hole + 1, end)


def contains(ranges: Iterable[Range], wanted: IPv4Address) -> bool:
    """Whether one of the ranges has the address."""
    number = int(wanted)
    return any(start <= number <= end for start, end in ranges)


def within(networks: Iterable[IPv4Network], wanted: IPv4Address) -> bool:
    """Whether one of the networks has the address."""
    return any(wanted in net for net in networks)


def overlaps(claims: Iterable[Claim], shared: frozenset[str]) -> Iterator[tuple[Claim, Claim]]:
    """Claims that overlap an earlier one, each with that earlier one.

    Claims of the same use that is in `shared` may overlap on different hosts (two LNSs before one LAN). The claims are
    swept in the order of their first address; for each use only the claim that reaches furthest is remembered, hence at
    most one pair for a claim and a use, in n log n, however many of them overlap.
    """
    furthest: dict[tuple[str, str], Claim] = {}
    for claim in sorted(claims):
        own = _track(claim, shared)
        for track, other in furthest.items():
            clash = track == own or track[0] != claim.use or claim.use not in shared
            if clash and other.range.last >= claim.range.first:
                yield other, claim
        if own not in furthest or furthest[own].range.last < claim.range.last:
            furthest[own] = claim


def _track(claim: Claim, shared: frozenset[str]) -> tuple[str, str]:
    """One track for each use; for shared uses one for each host (only LNSs have those: they are few)."""
    return (claim.use, claim.host if claim.use in shared else "")
