# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IKE and child SAs as values, from vici's `list-sa` events, and the choice of the one that carries a line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from . import proposals


@dataclass(frozen=True)
class Child:
    """One child SA; SPIs in hex, counters in bytes and packets, ages in seconds."""

    name: str
    state: str
    mode: str
    protocol: str
    encap: bool
    spi_in: str
    spi_out: str
    algorithms: dict[str, str]
    local_ts: list[str]
    remote_ts: list[str]
    bytes_in: int
    bytes_out: int
    packets_in: int
    packets_out: int
    age: int

    @property
    def spis(self) -> tuple[str, str]:
        """Both, the incoming one first."""
        return self.spi_in, self.spi_out


@dataclass(frozen=True)
class Ike:
    """One IKE SA; ages in seconds."""

    connection: str
    uniqueid: str
    version: str
    state: str
    local: tuple[str, int]
    remote: tuple[str, int]
    local_id: str
    remote_id: str
    spis: tuple[str, str]
    nat: tuple[bool, bool]
    algorithms: dict[str, str]
    local_vips: list[str]
    remote_vips: list[str]
    age: int
    rekey_in: int | None
    children: list[Child] = field(default_factory=list)

    @property
    def installed(self) -> list[Child]:
        """The child SAs that carry traffic, the youngest first."""
        return sorted((child for child in self.children if child.state == "INSTALLED"), key=lambda child: child.age)


def _number(section: dict[str, Any], name: str) -> int:
    return int(section.get(name, "0") or 0)


def _child(section: dict[str, Any]) -> Child:
    return Child(
        name=section.get("name", ""),
        state=section.get("state", ""),
        mode=section.get("mode", "").lower(),
        protocol=section.get("protocol", "").lower(),
        encap=section.get("encap") == "yes",
        spi_in=section.get("spi-in", ""),
        spi_out=section.get("spi-out", ""),
        algorithms=proposals.negotiated(section),
        local_ts=list(section.get("local-ts", [])),
        remote_ts=list(section.get("remote-ts", [])),
        bytes_in=_number(section, "bytes-in"),
        bytes_out=_number(section, "bytes-out"),
        packets_in=_number(section, "packets-in"),
        packets_out=_number(section, "packets-out"),
        age=_number(section, "install-time"),
    )


def _ike(connection: str, section: dict[str, Any]) -> Ike:
    return Ike(
        connection=connection,
        uniqueid=section.get("uniqueid", ""),
        version=section.get("version", ""),
        state=section.get("state", ""),
        local=(section.get("local-host", ""), _number(section, "local-port")),
        remote=(section.get("remote-host", ""), _number(section, "remote-port")),
        local_id=section.get("local-id", ""),
        remote_id=section.get("remote-id", ""),
        spis=(section.get("initiator-spi", ""), section.get("responder-spi", "")),
        nat=(section.get("nat-local") == "yes", section.get("nat-remote") == "yes"),
        algorithms=proposals.negotiated(section),
        local_vips=list(section.get("local-vips", [])),
        remote_vips=list(section.get("remote-vips", [])),
        age=_number(section, "established"),
        rekey_in=int(section["rekey-time"]) if section.get("rekey-time") else None,
        children=[_child(child) for child in section.get("child-sas", {}).values()],
    )


def parse(events: Iterable[dict[str, Any]]) -> list[Ike]:
    """The SAs of a listing, in its order."""
    return [_ike(name, section) for event in events for name, section in event.items()]


class Index:
    """All SAs of a host by what a line can be recognised by; built once, so that many lines stay linear."""

    def __init__(self, sas: Iterable[Ike]) -> None:
        self._by_connection: dict[str, list[Ike]] = defaultdict(list)
        self._by_address: dict[str, list[Ike]] = defaultdict(list)
        self._by_identity: dict[str, list[Ike]] = defaultdict(list)
        for sa in sas:
            self._by_connection[sa.connection].append(sa)
            self._by_identity[sa.remote_id].append(sa)
            for address in sa.remote_vips or [sa.remote[0]]:
                self._by_address[address].append(sa)

    def for_connection(self, name: str) -> Ike | None:
        """The initiator's side: a connection of its own per line."""
        return best(self._by_connection[name])

    def for_peer(self, address: str | None, identity: str | None) -> Ike | None:
        """The responder's side: by the L2TP peer's address inside of IPsec (a virtual IP is one line's alone; an
        address may be a NAT's, shared by several, so the identity decides among them), else by the identity."""
        here = self._by_address[address] if address else []
        named = [sa for sa in here if identity is None or sa.remote_id == identity]
        return best(named) or best(here) or (best(self._by_identity[identity]) if identity else None)


def best(candidates: list[Ike]) -> Ike | None:
    """The SA in use among several: established, with a child SA, the youngest."""
    return min(candidates, key=lambda sa: (sa.state != "ESTABLISHED", not sa.installed, sa.age), default=None)
