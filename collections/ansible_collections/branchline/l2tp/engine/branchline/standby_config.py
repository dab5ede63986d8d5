"""The LNSs that a voluntary line turns to when its own does not answer: `standby` and `failover` of a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from branchline.reader import Reader
from branchline.trunk_config import L2TP_PORT, Ipsec, read_ipsec

OWN = "the line's own LNS"


@dataclass(frozen=True)
class Standby:
    """How another LNS is reached, what it gives, and its place among all: lowest preference first, then by weight."""

    lns: str
    port: int
    ipsec: Ipsec | None
    source_port: int
    tunnel_secret: str | None = field(repr=False)
    peer_host_name: str | None
    hide_avps: bool
    address: str | None
    routes: tuple[str, ...]
    preference: int
    weight: int


@dataclass(frozen=True)
class Failover:
    """Seconds: `setup` for one LNS to answer before the next is tried; `dead` that a silent one is tried last;
    `again` between looks whether a better one is back; `spread` over which lines that lost an LNS turn to another.
    """

    setup: float = 6
    dead: float = 60
    again: float = 60
    spread: float = 3


def read_way(reader: Reader) -> dict[str, Any]:
    """Return the fields of a line that tell how its LNS is reached."""
    ipsec = reader.section("ipsec")
    way = {
        "lns": reader.address("lns"),
        "port": reader.integer("port", 1, 65535, L2TP_PORT),
        "ipsec": read_ipsec(ipsec) if ipsec else None,
        "source_port": reader.integer("source_port", 0, 65535, 0),
        "tunnel_secret": reader.optional_text("tunnel_secret"),
        "peer_host_name": reader.optional_text("peer_host_name"),
        "hide_avps": reader.boolean("hide_avps", default=False),
    }
    if way["hide_avps"] and way["tunnel_secret"] is None:
        reader.problem("hide_avps", "needs tunnel_secret (RFC 2661 4.3)", "give that or set this to false")
    return way


def read_rank(reader: Reader) -> dict[str, Any]:
    """Return the fields that tell an LNS's place among those of its line."""
    return {"preference": reader.integer("preference", 0, 65535, 10), "weight": reader.integer("weight", 1, 65535, 1)}


def read_standby(reader: Reader) -> dict[str, Standby]:
    """Return the section `standby` of a line, by the names of the LNSs."""
    return {name: _standby(entry) for name, entry in reader.sections("standby")}


def read_failover(reader: Reader) -> Failover:
    """Return the section `failover` of a line."""
    section = reader.section("failover")
    if section is None:
        return Failover()
    failover = Failover(
        setup=section.number("setup", 1, 300, Failover.setup),
        dead=section.number("dead", 0, 3600, Failover.dead),
        again=section.number("return", 1, 86400, Failover.again),
        spread=section.number("spread", 0, 300, Failover.spread),
    )
    section.done()
    return failover


def _standby(reader: Reader) -> Standby:
    standby = Standby(
        **read_way(reader),
        address=reader.optional_address("address"),
        routes=reader.networks("routes"),
        **read_rank(reader),
    )
    reader.done()
    return standby


def check_apart(reader: Reader, own: Mapping[str, Any], standby: dict[str, Standby]) -> None:
    """Note what two LNSs of a line must not share: both are called at once while the line returns to the better one.

    `own` is what `read_way` returned for the line itself.
    """
    ports, connections = {_port(own["source_port"], own["ipsec"]): OWN}, {_connection(own["ipsec"]): OWN}
    for name, other in standby.items():
        at = f"standby.{name}"
        port, connection = _port(other.source_port, other.ipsec), _connection(other.ipsec)
        if port and (owner := ports.setdefault(port, name)) != name:
            remedy = "give each LNS a port of its own, or 0"
            reader.problem(f"{at}.source_port", f"{port} is also that of {owner}", remedy)
        if connection and (owner := connections.setdefault(connection, name)) != name:
            remedy = "give each LNS a connection of its own"
            reader.problem(f"{at}.ipsec.connection", f"{connection} is also that of {owner}", remedy)


def _port(port: int, ipsec: Ipsec | None) -> int:
    """The port that no other socket of this host may have; 0: each virtual IP has ports of its own."""
    return 0 if ipsec is not None and ipsec.virtual_ip else port


def _connection(ipsec: Ipsec | None) -> str:
    return ipsec.connection if ipsec else ""
