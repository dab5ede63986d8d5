# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's addresses and routes by iproute2's JSON, the guard's counters by nft's: one process per question."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from typing import Any

GUARD_TABLE = "branchline_guard"
TIMEOUT = 30.0  # seconds; 10,000 `route get` of one batch take well below one


@dataclass(frozen=True)
class Interface:
    """One interface: its addresses without prefix lengths, its MTU in bytes, whether it is administratively up."""

    name: str
    mtu: int
    up: bool
    addresses: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Route:
    """What the kernel would do with a packet to an address; `via` is None on a link without gateway."""

    dev: str
    via: str | None
    src: str | None

    def as_dict(self) -> dict[str, Any]:
        """Evidence."""
        found = {"dev": self.dev, "via": self.via, "src": self.src}
        return {name: value for name, value in found.items() if value}


def interfaces(listing: list[dict[str, Any]]) -> dict[str, Interface]:
    """`ip -j address`, by interface name."""
    return {entry["ifname"]: _interface(entry) for entry in listing if entry.get("ifname")}


def _interface(entry: dict[str, Any]) -> Interface:
    addresses = [item["local"] for item in entry.get("addr_info", []) if "local" in item]
    return Interface(entry["ifname"], int(entry.get("mtu", 0)), "UP" in entry.get("flags", []), addresses)


def routes(text: str) -> dict[str, Route]:
    """`ip -j -batch` of `route get`s, by destination: one JSON list after the other, none for an unreachable one."""
    decoder = json.JSONDecoder()
    found: dict[str, Route] = {}
    rest = text.strip()
    while rest:
        entries, end = decoder.raw_decode(rest)
        found.update({entry["dst"]: _route(entry) for entry in entries if "dst" in entry})
        rest = rest[end:].strip()
    return found


def _route(entry: dict[str, Any]) -> Route:
    return Route(entry.get("dev", ""), entry.get("gateway"), entry.get("prefsrc"))


def guard(listing: dict[str, Any]) -> dict[str, int]:
    """`nft -j list counters`: packets by the name of the guard's counter."""
    counters = [entry["counter"] for entry in listing.get("nftables", []) if "counter" in entry]
    return {item["name"]: int(item["packets"]) for item in counters if item.get("table") == GUARD_TABLE}


def _run(argv: list[str], stdin: str = "") -> str:
    return subprocess.run(  # noqa: S603 - the argv is one of the constants below, without a shell
        argv, input=stdin, capture_output=True, text=True, timeout=TIMEOUT, check=False
    ).stdout


def observe_interfaces() -> dict[str, Interface]:
    """The interfaces as they are now."""
    return interfaces(json.loads(_run(["ip", "-j", "address", "show"]) or "[]"))


def observe_routes(destinations: list[str]) -> dict[str, Route]:
    """The route to each of the destinations; an unreachable one is absent."""
    asked = "".join(f"route get {address}\n" for address in dict.fromkeys(destinations))
    return routes(_run(["ip", "-j", "-force", "-batch", "-"], asked)) if asked else {}


def observe_guard() -> dict[str, int] | None:
    """The guard's counters; None where there is no such table (or no nft)."""
    try:
        text = _run(["nft", "-j", "list", "counters", "table", "inet", GUARD_TABLE])
    except OSError:
        return None
    return guard(json.loads(text)) if text.strip() else None
