"""How a gateway or LAC reaches an LNS on behalf of others (a trunk), and how it chooses among several."""

from __future__ import annotations

from dataclasses import dataclass, field

from branchline.reader import Reader

L2TP_PORT = 1701


@dataclass(frozen=True)
class Listen:
    """One local address of an LNS or gateway: replies leave from the address that was addressed."""

    address: str
    port: int = L2TP_PORT


@dataclass(frozen=True)
class Ipsec:
    """The strongSwan connection and child that carry a line; with `virtual_ip` L2TP is sent from that address.

    `bundled` is a second child that the line needs (AH around ESP); `reason` says why IPsec is done as it is.
    """

    connection: str
    child: str
    virtual_ip: bool
    bundled: str | None = None
    reason: str | None = field(default=None, compare=False)


@dataclass(frozen=True)
class TrunkConfig:
    """One tunnel to an LNS that carries the sessions of others; `hello` in seconds."""

    name: str
    address: str
    port: int
    ipsec: Ipsec | None
    source_port: int
    tunnel_secret: str | None = field(repr=False)
    peer_host_name: str | None
    hide_avps: bool
    hello: float
    sequencing: bool  # ask for it on every session; else as the caller asks
    outgoing: bool  # LAC: this LNS may have us call out (RFC 2661 5.2.2), so its tunnel is kept open


@dataclass(frozen=True)
class Choice:
    """One LNS of several: the lowest preference first, equal ones by weight."""

    line: str
    preference: int
    weight: int


def read_listen(reader: Reader) -> Listen:
    """Return one entry of `listen`."""
    listen = Listen(reader.bindable("address"), reader.integer("port", 1, 65535, L2TP_PORT))
    reader.done()
    return listen


def read_ipsec(reader: Reader) -> Ipsec:
    """Return a section `ipsec`."""
    ipsec = Ipsec(
        connection=reader.text("connection"),
        child=reader.text("child", "l2tp"),
        virtual_ip=reader.boolean("virtual_ip", default=False),
        bundled=reader.optional_text("bundled"),
        reason=reader.optional_text("reason"),
    )
    reader.done()
    return ipsec


def read_trunk(name: str, reader: Reader) -> TrunkConfig:
    """Return one entry of the section `lns` of a gateway or LAC."""
    ipsec = reader.section("ipsec")
    trunk = TrunkConfig(
        name=name,
        address=reader.address("address"),
        port=reader.integer("port", 1, 65535, L2TP_PORT),
        ipsec=read_ipsec(ipsec) if ipsec else None,
        source_port=reader.integer("source_port", 0, 65535, 0),
        tunnel_secret=reader.optional_text("tunnel_secret"),
        peer_host_name=reader.optional_text("peer_host_name"),
        hide_avps=reader.boolean("hide_avps", default=False),
        hello=reader.number("hello", 1, 3600, 60),
        sequencing=reader.boolean("sequencing", default=False),
        outgoing=reader.boolean("outgoing", default=False),
    )
    if trunk.hide_avps and trunk.tunnel_secret is None:
        reader.problem("hide_avps", "needs tunnel_secret (RFC 2661 4.3)", "give that or set this to false")
    reader.done()
    return trunk


def read_choices(reader: Reader, known: dict[str, TrunkConfig]) -> tuple[Choice, ...]:
    """Return the list `lns` of an object: where its sessions may go; each names one of the trunks `known`."""
    choices = tuple(_choice(entry, known) for entry in reader.items("lns"))
    if not choices:
        reader.problem("lns", "names no LNS", "give a list of {line, preference, weight}")
    return choices


def _choice(reader: Reader, known: dict[str, TrunkConfig]) -> Choice:
    choice = Choice(
        reader.text("line"), reader.integer("preference", 0, 65535, 10), reader.integer("weight", 1, 65535, 1)
    )
    if choice.line and choice.line not in known:
        names = ", ".join(known) or "none"
        reader.problem("line", f"{choice.line!r} is no LNS of this section", f"name one of: {names}")
    reader.done()
    return choice
