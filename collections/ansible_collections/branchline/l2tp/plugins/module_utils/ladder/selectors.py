# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Traffic selectors as charon prints them: `10.99.0.1/32[udp]`, `203.0.113.10/32[udp/l2f]`, `10.0.0.1..10.0.0.9`.

charon prints ports by the host's /etc/services, where 1701/udp is `l2f`, and protocols by /etc/protocols, which a small
host does not have: names and numbers both occur.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Union

Address = Union[IPv4Address, IPv6Address]

L2TP_PORT = 1701
UDP = {"udp", "17"}
L2TP_NAMES = {"l2f", "l2tp", "1701"}

_SHAPE = re.compile(r"^(?P<hosts>[^\[]+?)(\[(?P<protocol>[^/\]]*)(/(?P<port>[^\]]*))?\])?$")


@dataclass(frozen=True)
class Selector:
    """Addresses from `first` to `last`, and which protocol and port of theirs ("" is any)."""

    first: Address
    last: Address
    protocol: str = ""
    port: str = ""

    def covers_address(self, address: str) -> bool:
        """Whether the address is inside."""
        wanted = ip_address(address)
        if wanted.version != self.first.version:
            return False
        return int(self.first) <= int(wanted) <= int(self.last)

    def covers_udp(self, port: int | None) -> bool:
        """Whether UDP from or to `port` is inside; None asks whether *some* UDP port is."""
        if self.protocol and self.protocol not in UDP:
            return False
        if not self.port or port is None:
            return True
        return _port_matches(self.port, port)


def _port_matches(text: str, port: int) -> bool:
    if text in L2TP_NAMES:
        return port == L2TP_PORT
    first, _, last = text.partition("-")
    return first.isdigit() and int(first) <= port <= int(last or first)


def parse(text: str) -> Selector | None:
    """A selector's value; None for text that names no addresses (such as `dynamic`)."""
    match = _SHAPE.match(text.strip())
    if match is None:
        return None
    try:
        first, last = _span(match["hosts"])
    except ValueError:
        return None
    return Selector(first, last, match["protocol"] or "", match["port"] or "")


def _span(hosts: str) -> tuple[Address, Address]:
    low, separator, high = hosts.partition("..")
    if separator:
        return ip_address(low), ip_address(high)
    network = ip_network(hosts, strict=False)
    return network[0], network[-1]


def cover(texts: list[str], address: str, port: int | None) -> bool:
    """Whether any of the selectors covers UDP at this address and port."""
    found = [selector for selector in map(parse, texts) if selector is not None]
    return any(selector.covers_address(address) and selector.covers_udp(port) for selector in found)
