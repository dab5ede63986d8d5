"""What the engine is told to do, as frozen values; `parse` makes them from the JSON of engine.json.

Every problem of a document is found in one go: `parse` raises `InvalidConfigError` with one `ConfigError` for each.
Addresses are text (`ipaddress` has checked them), times are seconds, MTUs are bytes of the inner IP packet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from branchline.errors import BranchlineError, ConfigError
from branchline.gateway_config import Gateway, read_gateway
from branchline.lac_config import AUTH_METHODS, Lac, read_lac
from branchline.line_config import DEFAULT_MTU, Line, read_line
from branchline.reader import Reader
from branchline.trunk_config import Listen, read_listen

DATAPATHS = ("auto", "kernel", "tun")
PROXY = ("accept", "renegotiate")
DEFAULT_PACE = 200


class InvalidConfigError(BranchlineError):
    """All that is wrong with a configuration."""

    def __init__(self, errors: list[ConfigError]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors


@dataclass(frozen=True)
class Dial:
    """How the LNS has a user called: the Host Name of the concentrator, the number, and whether the line is kept up."""

    lac: str
    number: str
    keep: bool


@dataclass(frozen=True)
class User:
    """Somebody who may open a session at this LNS; `address` fixes the one that `pool` would give."""

    name: str
    line: str
    secret: str = field(repr=False)
    address: str | None
    pool: str | None
    routes: tuple[str, ...]
    dial: Dial | None = None


@dataclass(frozen=True)
class Lns:
    """The network server half of this host.

    `pace`: new tunnels a second; requests beyond it get no answer, so that their retransmissions spread them.
    `proxy` "accept": what an access concentrator did with a host counts; "renegotiate": PPP begins anew (RFC 2661 9.5).
    """

    listen: tuple[Listen, ...]
    interface: str
    mtu: int
    mss_clamp: bool
    address: str
    dns: tuple[str, ...]
    auth: tuple[str, ...]
    require_tunnel_secret: bool
    pools: dict[str, tuple[str, ...]]
    peers: dict[str, str] = field(repr=False)
    users: dict[str, User]
    hello: float
    echo: float
    proxy: str
    pace: int


@dataclass(frozen=True)
class Config:
    """One host's whole configuration; `mark` is the SO_MARK of its L2TP sockets."""

    host_name: str
    datapath: str
    mark: int | None
    lns: Lns | None
    gateway: Gateway | None
    lac: Lac | None
    lines: dict[str, Line]


def parse(document: Any) -> Config:
    """The configuration that `document` (decoded JSON) describes; raises InvalidConfigError."""
    errors: list[ConfigError] = []
    reader = Reader(document, "", errors)
    version = reader.integer("version", 1, 1)
    host_name = reader.text("host_name")
    config = Config(
        host_name=host_name,
        datapath=reader.choice("datapath", DATAPATHS, "auto"),
        mark=reader.optional_integer("mark", 0, 2**32 - 1),
        lns=_lns(lns) if (lns := reader.section("lns")) else None,
        gateway=read_gateway(gateway) if (gateway := reader.section("gateway")) else None,
        lac=read_lac(lac, host_name) if (lac := reader.section("lac")) else None,
        lines={name: read_line(name, entry) for name, entry in reader.sections("lines")},
    )
    reader.done()
    if not errors and version == 1:
        _agree(config, errors)
    if errors:
        raise InvalidConfigError(errors)
    return config


def _lns(reader: Reader) -> Lns:
    lns = Lns(
        listen=tuple(read_listen(entry) for entry in reader.items("listen")),
        interface=reader.interface("interface", "l2tp0"),
        mtu=reader.integer("mtu", 576, 9000, DEFAULT_MTU),
        mss_clamp=reader.boolean("mss_clamp", default=True),
        address=reader.address("address"),
        dns=reader.addresses("dns", at_most=2),
        auth=reader.choices("auth", AUTH_METHODS, AUTH_METHODS[:2]),
        require_tunnel_secret=reader.boolean("require_tunnel_secret", default=False),
        pools={name: reader.ranges("pools", name) for name in reader.names("pools")},
        peers={name: entry.text("secret") for name, entry in reader.sections("peers")},
        users={name: _user(name, entry) for name, entry in reader.sections("users")},
        hello=reader.number("hello", 1, 3600, 60),
        echo=reader.number("echo", 0, 3600, 30),
        proxy=reader.choice("proxy", PROXY, "accept"),
        pace=reader.integer("pace", 1, 100_000, DEFAULT_PACE),
    )
    reader.done()
    return lns


def _dial(reader: Reader) -> Dial:
    dial = Dial(reader.text("lac"), reader.text("number"), reader.boolean("keep", default=False))
    reader.done()
    return dial


def _user(name: str, reader: Reader) -> User:
    user = User(
        name=name,
        line=reader.text("line", name),
        secret=reader.text("secret"),
        address=reader.optional_address("address"),
        pool=reader.optional_text("pool"),
        routes=reader.networks("routes"),
        dial=_dial(dial) if (dial := reader.section("dial")) else None,
    )
    reader.done()
    return user


def _agree(config: Config, errors: list[ConfigError]) -> None:
    """What only two fields together can get wrong."""
    interfaces: dict[str, str] = {config.lns.interface: "lns"} if config.lns else {}
    for name, line in config.lines.items():
        other = interfaces.setdefault(line.interface, f"lines.{name}")
        if other != f"lines.{name}":
            at = f"lines.{name}.interface"
            errors.append(ConfigError(at, f"{line.interface} is also that of {other}", "rename it"))
    if config.lns is not None:
        _users_agree(config.lns, errors)
    for listen in config.gateway.listen if config.gateway and config.lns else ():
        if config.lns and listen in config.lns.listen:
            what = f"{listen.address}:{listen.port} is also one of lns.listen"
            errors.append(ConfigError("gateway.listen", what, "give the gateway an address or a port of its own"))


def _users_agree(lns: Lns, errors: list[ConfigError]) -> None:
    fixed: dict[str, str] = {lns.address: "lns.address"}
    lines: dict[str, str] = {}
    for name, user in lns.users.items():
        at = f"lns.users.{name}"
        if user.pool is not None and user.pool not in lns.pools:
            errors.append(ConfigError(f"{at}.pool", f"there is no pool {user.pool!r}", "name one of lns.pools"))
        if (other := lines.setdefault(user.line, at)) != at:
            errors.append(ConfigError(f"{at}.line", f"{user.line} is also that of {other}", "give each its own"))
        if user.pool is None and user.address is None:
            errors.append(ConfigError(at, "has neither address nor pool", "give one of them"))
        if user.address and (other := fixed.setdefault(user.address, at)) != at:
            errors.append(ConfigError(f"{at}.address", f"{user.address} is also that of {other}", "give each its own"))
