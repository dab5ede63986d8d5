"""The section `gateway` of engine.json: whose tunnels end here, and to which LNS each session is carried on."""

from __future__ import annotations

from dataclasses import dataclass, field

from branchline.lac_config import AUTH_METHODS
from branchline.reader import Reader
from branchline.trunk_config import Choice, Listen, TrunkConfig, read_choices, read_listen, read_trunk

MOST_MRU = 1500  # what PPP takes for granted (RFC 1661 6.1)


@dataclass(frozen=True)
class Rule:
    """Which calls go where: every condition that is not None must hold; none at all is the rule for the rest.

    `host_name` is the Host Name of the tunnel's peer, `called_number` the call's, `realm` what follows the @ in the
    caller's name: a LAC has asked for that (Proxy Authen Name), else the gateway does where the first rule that fits
    wants a realm. `line` names the one session that the rule is for.
    """

    host_name: str | None
    called_number: str | None
    realm: str | None
    line: str | None
    lns: tuple[Choice, ...]


@dataclass(frozen=True)
class Gateway:
    """The tunnel switch of this host; `setup`, `dead`, `idle` and `hello` in seconds.

    `auth` and `mru` (octets) are what callers that have to be asked for their realm are asked for.
    """

    listen: tuple[Listen, ...]
    require_tunnel_secret: bool
    peers: dict[str, str] = field(repr=False)
    lns: dict[str, TrunkConfig]
    rules: tuple[Rule, ...]
    auth: tuple[str, ...]
    mru: int
    hello: float
    setup: float  # for IPsec and tunnel, and again for the session, of one LNS before the next one is tried
    dead: float  # how long an LNS that did not answer is tried last
    idle: float  # how long a tunnel to an LNS is kept without sessions


def read_gateway(reader: Reader) -> Gateway:
    """Return the section."""
    trunks = {name: read_trunk(name, entry) for name, entry in reader.sections("lns")}
    gateway = Gateway(
        listen=tuple(read_listen(entry) for entry in reader.items("listen")),
        require_tunnel_secret=reader.boolean("require_tunnel_secret", default=False),
        peers={name: entry.text("secret") for name, entry in reader.sections("peers")},
        lns=trunks,
        rules=tuple(_rule(entry, trunks) for entry in reader.items("rules")),
        auth=reader.choices("auth", AUTH_METHODS, AUTH_METHODS[:2]),
        mru=reader.integer("mru", 576, MOST_MRU, MOST_MRU),
        hello=reader.number("hello", 1, 3600, 60),
        setup=reader.number("setup", 1, 300, 6),
        dead=reader.number("dead", 0, 3600, 60),
        idle=reader.number("idle", 1, 86400, 60),
    )
    _agree(gateway, reader)
    reader.done()
    return gateway


def _rule(reader: Reader, trunks: dict[str, TrunkConfig]) -> Rule:
    rule = Rule(
        host_name=reader.optional_text("host_name"),
        called_number=reader.optional_text("called_number"),
        realm=reader.optional_text("realm"),
        line=reader.optional_text("line"),
        lns=read_choices(reader, trunks),
    )
    reader.done()
    return rule


def _agree(gateway: Gateway, reader: Reader) -> None:
    """What only two fields together can get wrong."""
    seen: dict[tuple[str | None, ...], int] = {}
    lines: dict[str, int] = {}
    for index, rule in enumerate(gateway.rules):
        conditions = (rule.host_name, rule.called_number, rule.realm)
        if (earlier := seen.setdefault(conditions, index)) != index:
            reader.problem(f"rules[{index}]", f"is never reached: rules[{earlier}] asks for the same", "remove one")
        elif earlier != len(gateway.rules) - 1 and not any(conditions):
            reader.problem(f"rules[{index}]", "is for every call, so no rule after it is reached", "put it last")
        if rule.line and lines.setdefault(rule.line, index) != index:
            reader.problem(f"rules[{index}].line", f"{rule.line} is also that of another rule", "give each its own")
    if not gateway.listen:
        reader.problem("listen", "names no address", "give the addresses that branches call")
