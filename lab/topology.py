"""A lab's topology file, read into values; every contradiction is reported at once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any, Callable, TypeVar

import yaml

from lab.system import LabError

T = TypeVar("T")
NAME = re.compile(r"[a-z][a-z0-9-]{0,11}")  # a port of the switch is "<host>.<n>": 15 characters at most
KEYS = {
    "topology": {"name", "state", "networks", "layers", "certificates", "hosts"},
    "layer": {"packages", "disable", "over"},
    "host": {"nets", "gateway", "forward", "masquerade", "layer", "routes"},
}


@dataclass(frozen=True)
class Layer:
    """Packages frozen on top of the base image, or of another layer."""

    name: str
    packages: tuple[str, ...]
    disable: tuple[str, ...] = ()  # units that the packages enable and that roles are to enable
    over: str | None = None


@dataclass(frozen=True)
class Link:
    """One network card of a host: `device` inside the host is a port of the bridge `network`."""

    device: str
    network: str
    address: IPv4Interface


@dataclass(frozen=True)
class Host:
    """One host; its first link is the management network."""

    name: str
    links: tuple[Link, ...]
    gateway: IPv4Address | None = None
    forward: bool = False
    masquerade: str | None = None  # the device whose outgoing traffic gets the host's address
    layer: str | None = None
    routes: tuple[tuple[IPv4Network, IPv4Address], ...] = ()


@dataclass(frozen=True)
class Topology:
    """A lab. `name` is the prefix of its namespaces, `state` the folder of its ssh_config and keys."""

    name: str
    path: Path
    state: Path
    networks: dict[str, IPv4Interface]  # with the switch's own address in the first, the management network
    layers: dict[str, Layer]
    certificates: dict[str, tuple[str, ...]]
    hosts: dict[str, Host]

    @property
    def management(self) -> str:
        """Name of the network by which ssh and packages reach the hosts."""
        return next(iter(self.networks))


@dataclass
class Reader:
    """Walks a topology document, gathering its errors."""

    document: dict[str, Any]
    errors: list[str] = field(default_factory=list)
    networks: dict[str, IPv4Interface] = field(default_factory=dict)
    taken: dict[tuple[str, IPv4Address], str] = field(default_factory=dict)

    def keys(self, kind: str, where: str, value: dict[str, Any]) -> None:
        """Note every key that a `kind` does not have."""
        self.errors += [f"{where}: unknown key {key!r}" for key in sorted(set(value) - KEYS[kind])]

    def name(self, where: str, value: str) -> None:
        """Note a name that would not fit an interface name."""
        if not NAME.fullmatch(value):
            self.errors.append(f"{where}: {value!r} must be a letter, then up to 11 of a-z, 0-9, -")

    def read_networks(self) -> None:
        """Read `networks`: name -> CIDR."""
        for name, cidr in self.document.get("networks", {}).items():
            network = self.parsed(f"networks.{name}", IPv4Interface, cidr)
            if network:
                self.networks[name] = network
            self.name(f"networks.{name}", name)

    def link(self, host: str, number: int, network: str, address: str) -> Link | None:
        """Read one entry of a host's `nets`: network -> address."""
        where = f"hosts.{host}.nets.{network}"
        if network not in self.networks:
            self.errors.append(f"{where}: no such network")
            return None
        net = self.networks[network].network
        bare = self.parsed(where, IPv4Address, address)
        if bare is None:
            return None
        if bare not in net:
            self.errors.append(f"{where}: {bare} is not in {net}")
        owner = self.taken.setdefault((network, bare), host)
        if owner != host:
            self.errors.append(f"{where}: {bare} is {owner}'s already")
        return Link(f"eth{number}", network, IPv4Interface(f"{bare}/{net.prefixlen}"))

    def host(self, name: str, value: dict[str, Any], layers: dict[str, Layer]) -> Host:
        """Read one entry of `hosts`."""
        where = f"hosts.{name}"
        self.name(where, name)
        self.keys("host", where, value)
        found = [self.link(name, n, net, addr) for n, (net, addr) in enumerate(value.get("nets", {}).items())]
        links = tuple(link for link in found if link)
        if next(iter(value.get("nets", {})), None) != next(iter(self.networks), None):
            self.errors.append(f"{where}.nets: the first must be the management network, the first of `networks`")
        gateway = self.parsed(f"{where}.gateway", IPv4Address, value.get("gateway"))
        if gateway and not any(gateway in link.address.network for link in links):
            self.errors.append(f"{where}.gateway: {gateway} is on none of the host's networks")
        masquerade = {link.network: link.device for link in links}.get(value.get("masquerade", ""))
        if value.get("masquerade") and not masquerade:
            self.errors.append(f"{where}.masquerade: {value['masquerade']!r} is none of the host's networks")
        if value.get("layer") and value["layer"] not in layers:
            self.errors.append(f"{where}.layer: no layer {value['layer']!r}")
        routes = (self.route(f"{where}.routes.{net}", net, via) for net, via in value.get("routes", {}).items())
        known = tuple(route for route in routes if route)
        return Host(name, links, gateway, bool(value.get("forward")), masquerade, value.get("layer"), known)

    def parsed(self, where: str, kind: Callable[[str], T], value: str | None) -> T | None:
        """A value of that kind; None, and an error noted, when it is none."""
        try:
            return kind(value) if value else None
        except ValueError as error:
            self.errors.append(f"{where}: {error}")
            return None

    def route(self, where: str, net: str, via: str) -> tuple[IPv4Network, IPv4Address] | None:
        """Read one entry of a host's `routes`: CIDR -> next hop."""
        to, hop = self.parsed(where, IPv4Network, net), self.parsed(where, IPv4Address, via)
        return (to, hop) if to and hop else None

    def layer(self, name: str, value: dict[str, Any]) -> Layer:
        """Read one entry of `layers`; one may stand on those written before it."""
        self.keys("layer", f"layers.{name}", value)
        over = value.get("over")
        if over and over not in list(self.document["layers"])[: list(self.document["layers"]).index(name)]:
            self.errors.append(f"layers.{name}.over: no layer {over!r} before it")
        return Layer(name, tuple(value.get("packages", ())), tuple(value.get("disable", ())), over)


def load(path: Path) -> Topology:
    """Read a topology file; LabError lists everything that is wrong with it."""
    try:
        document = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise LabError(f"cannot read the topology {path}: {error}") from None
    if not isinstance(document, dict):
        raise LabError(f"the topology {path} must be a mapping: name, networks, hosts, ...")
    reader = Reader(document)
    reader.keys("topology", "topology", document)
    reader.name("name", document.get("name", ""))
    reader.read_networks()
    layers = {name: reader.layer(name, value) for name, value in document.get("layers", {}).items()}
    hosts = {name: reader.host(name, value, layers) for name, value in document.get("hosts", {}).items()}
    certificates = {name: tuple(names) for name, names in document.get("certificates", {}).items()}
    if reader.errors:
        raise LabError("\n  ".join([f"{path} is wrong in {len(reader.errors)} places:", *reader.errors]))
    state = (path.parent / document.get("state", ".lab")).resolve()
    return Topology(document["name"], path.resolve(), state, reader.networks, layers, certificates, hosts)
