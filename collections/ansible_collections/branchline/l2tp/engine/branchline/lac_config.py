"""The section `lac` of engine.json: where hosts dial in by PPPoE, and to which LNS each of them is carried."""

from __future__ import annotations

from dataclasses import dataclass, field

from branchline.reader import Reader
from branchline.trunk_config import Choice, TrunkConfig, read_choices, read_trunk

AUTH_METHODS = ("mschapv2", "chap-md5", "pap")
ETHERNET_MRU = 1500
MOST_SESSIONS = 60_000  # of 65,534 ids, so that a free one is found soon


@dataclass(frozen=True)
class Access:
    """One interface with hosts on it; VLAN 0 is untagged. `realm` is that of all its hosts, whatever they say."""

    interface: str
    vlans: frozenset[int]
    realm: str | None


@dataclass(frozen=True)
class Circuit:
    """A host that an LNS may call by number: the one that waits and fits each condition that is not None.

    `service` is that of `waiting` which the host asks for. Where none waits, the program `dialler` is run with the
    number as its last argument, and the host waited for.
    """

    line: str
    mac: str | None
    circuit_id: str | None
    remote_id: str | None
    service: str | None
    dialler: tuple[str, ...]


@dataclass(frozen=True)
class Lac:
    """The access concentrator of this host; `setup`, `dead` and `idle` in seconds, `rate` in answers a second.

    `services` maps the names on offer to the realm that each stands for, or None; `callers` users to names of lines.
    Hosts that ask for a service in `waiting` wait for an LNS to call them by one of the numbers in `circuits`.
    """

    ac_name: str
    interfaces: tuple[Access, ...]
    services: dict[str, str | None]
    auth: tuple[str, ...]
    mru: int
    max_sessions: int
    max_sessions_per_mac: int
    rate: float
    setup: float
    dead: float
    idle: float
    lns: dict[str, TrunkConfig] = field(repr=False)
    realms: dict[str, tuple[Choice, ...]]
    default_realm: str | None
    callers: dict[str, str]
    waiting: frozenset[str]
    circuits: dict[str, Circuit]


def read_lac(reader: Reader, host_name: str) -> Lac:
    """Return the section."""
    trunks = {name: read_trunk(name, entry) for name, entry in reader.sections("lns")}
    services = {name: (realm, wait) for name, realm, wait in map(_service, reader.items("services"))}
    lac = Lac(
        ac_name=reader.text("ac_name", host_name),
        interfaces=tuple(_access(entry) for entry in reader.items("interfaces")),
        services={name: realm for name, (realm, _) in services.items()} or {"": None},
        auth=reader.choices("auth", AUTH_METHODS, AUTH_METHODS[:2]),
        mru=reader.integer("mru", 576, ETHERNET_MRU, ETHERNET_MRU),
        max_sessions=reader.integer("max_sessions", 1, MOST_SESSIONS, 10_000),
        max_sessions_per_mac=reader.integer("max_sessions_per_mac", 1, MOST_SESSIONS, 8),
        rate=reader.number("rate", 1, 100_000, 200),
        setup=reader.number("setup", 1, 300, 6),
        dead=reader.number("dead", 0, 3600, 60),
        idle=reader.number("idle", 1, 86400, 60),
        lns=trunks,
        realms={name: _realm(entry, trunks) for name, entry in reader.sections("realms")},
        default_realm=reader.optional_text("default_realm"),
        callers={name: _caller(entry) for name, entry in reader.sections("callers")},
        waiting=frozenset(name for name, (_, wait) in services.items() if wait),
        circuits={name: _circuit(entry) for name, entry in reader.sections("circuits")},
    )
    _agree(lac, reader)
    reader.done()
    return lac


def _access(reader: Reader) -> Access:
    vlans = reader.optional_integers("vlans", 0, 4094)
    access = Access(
        interface=reader.interface("interface"),
        vlans=frozenset((0,) if vlans is None else vlans),
        realm=reader.optional_text("realm"),
    )
    if not access.vlans:
        reader.problem("vlans", "names no VLAN", "give null for untagged hosts, or a list")
    reader.done()
    return access


def _service(reader: Reader) -> tuple[str, str | None, bool]:
    service = (reader.any_text("name"), reader.optional_text("realm"), reader.boolean("wait", default=False))
    reader.done()
    return service


def _realm(reader: Reader, trunks: dict[str, TrunkConfig]) -> tuple[Choice, ...]:
    choices = read_choices(reader, trunks)
    reader.done()
    return choices


def _caller(reader: Reader) -> str:
    line = reader.text("line")
    reader.done()
    return line


def _circuit(reader: Reader) -> Circuit:
    names = ("mac", "circuit_id", "remote_id", "service")
    conditions = {name: reader.optional_text(name) for name in names}
    circuit = Circuit(line=reader.text("line"), dialler=reader.texts("dialler"), **conditions)
    if not any(conditions.values()):
        reader.problem("mac", "tells no host from another", f"give at least one of {', '.join(names)}")
    reader.done()
    return circuit


def _agree(lac: Lac, reader: Reader) -> None:
    """What only two fields together can get wrong."""
    named = {f"interfaces[{index}].realm": access.realm for index, access in enumerate(lac.interfaces)}
    named.update({f"services.{name or 'nameless'}.realm": realm for name, realm in lac.services.items()})
    for at, realm in {**named, "default_realm": lac.default_realm}.items():
        if realm is not None and realm not in lac.realms:
            reader.problem(at, f"there is no realm {realm!r}", "name one of lac.realms")
    if not lac.interfaces:
        reader.problem("interfaces", "names no interface", "give those that hosts dial in on")
    _once(reader, "interfaces", [access.interface for access in lac.interfaces])
    lines = [*lac.callers.values(), *(circuit.line for circuit in lac.circuits.values())]
    _once(reader, "callers", lines)
    for number, circuit in lac.circuits.items():
        if circuit.service is not None and circuit.service not in lac.waiting:
            where = f"circuits.{number}.service"
            reader.problem(where, f"no host can wait for {circuit.service!r}", 'name a service with "wait": true')
    if lac.circuits and not lac.waiting:
        reader.problem("circuits", "are of no use: no host can wait", 'give a service with "wait": true')


def _once(reader: Reader, at: str, names: list[str]) -> None:
    for name in sorted({name for name in names if names.count(name) > 1}):
        reader.problem(at, f"{name} is there more than once", "name each once")
