# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One line's share of a capture: what was protected, and what of it was seen in clear."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Union

from .capture import Capture, Flow

Address = Union[IPv4Address, IPv6Address]
Network = Union[IPv4Network, IPv6Network]
PROTECTING = {"esp": {"esp", "esp_udp"}, "ah": {"ah"}, "esp+ah": {"ah"}, "none": set[str]()}


@dataclass(frozen=True)
class Marks:
    """How a line is recognised on the wire: its SPIs, its peer's outer addresses, the networks on both sides of it.

    An inner packet in clear is one from a network `here` to one `there` or back. `decrypted`: the kernel shows what
    came out of its ESP in tunnel mode once more on the outer interface: incoming L2TP is judged at its sender's end.
    """

    spis_in: frozenset[str]
    spis_out: frozenset[str]
    peers: frozenset[str]
    decrypted: bool
    here: tuple[Network, ...]
    there: tuple[Network, ...]


@dataclass
class Share:
    """Packets of one line: protected ones by direction, IKE's, and those in clear by description."""

    protected_in: int = 0
    protected_out: int = 0
    ike: int = 0
    keepalive: int = 0
    clear: Counter[str] = field(default_factory=Counter)

    @property
    def cleartext(self) -> int:
        """Packets in clear."""
        return sum(self.clear.values())

    def as_dict(self) -> dict[str, Any]:
        """Evidence."""
        return {
            "protected_in": self.protected_in,
            "protected_out": self.protected_out,
            "ike": self.ike,
            "keepalive": self.keepalive,
            "cleartext": self.cleartext,
            "cleartext_seen": dict(self.clear.most_common(10)),
        }


def networks(addresses: list[str | None]) -> tuple[Network, ...]:
    """Addresses and networks as networks; None is left out."""
    return tuple(dict.fromkeys(ip_network(address, strict=False) for address in addresses if address))


class Sorted:
    """A capture by what lines are recognised by; made once, so that many lines stay linear."""

    def __init__(self, capture: Capture) -> None:
        self._by_spi: dict[tuple[str, bool], Counter[str]] = defaultdict(Counter)
        self._by_peer: dict[str, list[tuple[Flow, int]]] = defaultdict(list)
        self._plain: list[tuple[Address, Address, int]] = []
        for flow, packets in capture.flows.items():
            self._sort(flow, packets)

    def _sort(self, flow: Flow, packets: int) -> None:
        frame = flow.frame
        if frame.spi:
            self._by_spi[frame.spi, flow.outgoing][frame.kind] += packets
        elif frame.kind == "ip":
            self._plain.append((ip_address(frame.source), ip_address(frame.destination), packets))
        else:
            self._by_peer[frame.destination if flow.outgoing else frame.source].append((flow, packets))

    def share(self, marks: Marks, protection: str) -> Share:
        """The line's part."""
        kinds = PROTECTING[protection]
        found = Share(
            protected_in=sum(self._protected(spi, kinds, outgoing=False) for spi in marks.spis_in),
            protected_out=sum(self._protected(spi, kinds, outgoing=True) for spi in marks.spis_out),
        )
        for peer in marks.peers:
            for flow, packets in self._by_peer.get(peer, ()):
                if flow.outgoing or not (marks.decrypted and flow.frame.kind == "l2tp"):
                    _add(found, flow, packets)
        for source, destination, packets in self._plain:
            if any(_between(*ends, marks) for ends in ((source, destination), (destination, source))):
                found.clear[f"inner {source} > {destination}"] += packets
        return found

    def _protected(self, spi: str, kinds: set[str], *, outgoing: bool) -> int:
        seen = self._by_spi.get((spi, outgoing), Counter[str]())
        return sum(packets for kind, packets in seen.items() if kind in kinds)


def _add(found: Share, flow: Flow, packets: int) -> None:
    if flow.frame.kind == "l2tp":
        found.clear[f"L2TP {flow.frame.source} > {flow.frame.destination}"] += packets
    elif flow.frame.kind == "ike":
        found.ike += packets
    elif flow.frame.kind == "keepalive":
        found.keepalive += packets


def _between(source: Address, destination: Address, marks: Marks) -> bool:
    return any(source in network for network in marks.here) and any(destination in network for network in marks.there)
