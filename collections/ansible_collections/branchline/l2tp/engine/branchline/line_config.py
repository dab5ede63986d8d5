"""One line that this host opens itself, as engine.json describes it under `lines`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from branchline.dial_config import ALWAYS, DialRule, check_one_address, read_dial
from branchline.lac_config import AUTH_METHODS, ETHERNET_MRU
from branchline.pppoe_config import DEFAULT_MRU, Pppoe, read_pppoe
from branchline.reader import Reader
from branchline.standby_config import (
    Failover,
    Standby,
    check_apart,
    read_failover,
    read_rank,
    read_standby,
    read_way,
)
from branchline.trunk_config import Choice, Ipsec

DEFAULT_MTU = 1360  # ipsec0's 1400 less IP 20, UDP 8, L2TP 8 and PPP 4


@dataclass(frozen=True)
class Line:
    """A line that this host opens itself: to its LNS (voluntary), or by PPPoE to a concentrator; `lns` is "" then."""

    name: str
    lns: str
    port: int
    ipsec: Ipsec | None
    source_port: int
    tunnel_secret: str | None = field(repr=False)
    peer_host_name: str | None
    user: str
    secret: str = field(repr=False)
    auth: tuple[str, ...]
    interface: str
    mtu: int
    mss_clamp: bool
    address: str | None
    routes: tuple[str, ...]
    default_route: bool
    hello: float
    echo: float
    hide_avps: bool
    sequencing: bool
    enabled: bool
    pppoe: Pppoe | None = None
    dial: DialRule = ALWAYS
    preference: int = 10  # of its own LNS among those of `standby`: the lowest first, equal ones by weight
    weight: int = 1
    standby: dict[str, Standby] = field(default_factory=dict)
    failover: Failover = field(default_factory=Failover)


def read_line(name: str, reader: Reader) -> Line:
    """Return the line `name` of the section `lines`."""
    pppoe = reader.section("pppoe")
    return _pppoe_line(name, reader, read_pppoe(pppoe)) if pppoe else _l2tp_line(name, reader)


def _pppoe_line(name: str, reader: Reader, pppoe: Pppoe) -> Line:
    mtu = reader.integer("mtu", 576, ETHERNET_MRU, DEFAULT_MRU)
    absent: dict[str, Any] = {"ipsec": None, "tunnel_secret": None, "peer_host_name": None, "pppoe": pppoe}
    line = Line(
        name, lns="", port=0, source_port=0, hello=0, hide_avps=False, sequencing=False, **absent, **_ppp(reader, mtu)
    )
    if pppoe.wait and line.dial.on_demand:
        reader.problem("dial.when", "is demand, but the line waits to be called", "set pppoe.wait to false, or this")
    reader.done()
    return line


def _ppp(reader: Reader, mtu: int) -> dict[str, Any]:
    """What a line is told of PPP and its packets, whatever carries it."""
    address = reader.optional_address("address")
    return {
        "user": reader.text("user"),
        "secret": reader.text("secret"),
        "auth": reader.choices("auth", AUTH_METHODS, AUTH_METHODS[:2]),
        "interface": reader.interface("interface"),
        "mtu": mtu,
        "mss_clamp": reader.boolean("mss_clamp", default=True),
        "address": address,
        "routes": reader.networks("routes"),
        "default_route": reader.boolean("default_route", default=False),
        "echo": reader.number("echo", 0, 3600, 10),
        "enabled": reader.boolean("enabled", default=True),
        "dial": read_dial(reader, address),
    }


def _l2tp_line(name: str, reader: Reader) -> Line:
    way, standby = read_way(reader), read_standby(reader)
    check_apart(reader, way, standby)
    line = Line(
        name=name,
        **way,
        hello=reader.number("hello", 1, 3600, 60),
        sequencing=reader.boolean("sequencing", default=False),
        **_ppp(reader, reader.integer("mtu", 576, 9000, DEFAULT_MTU)),
        **read_rank(reader),
        standby=standby,
        failover=read_failover(reader),
    )
    others = {name: other.address for name, other in standby.items()}
    check_one_address(reader, line.dial, line.address, others)
    reader.done()
    return line


def choices(line: Line) -> tuple[Choice, ...]:
    """Return the LNSs of a line with their places, its own as ""."""
    others = [Choice(name, other.preference, other.weight) for name, other in line.standby.items()]
    return (Choice("", line.preference, line.weight), *others)


def towards(line: Line, lns: str) -> Line:
    """Return the line as if `lns`, one of its standby or "" for its own, were its only LNS."""
    if not lns:
        return replace(line, standby={})
    return replace(line, standby={}, **vars(line.standby[lns]))


def ways(line: Line) -> tuple[Line, ...]:
    """Return the line towards each of its LNSs, its own first."""
    return tuple(towards(line, name) for name in ("", *line.standby))
