"""The section `pppoe` of a line in engine.json: which access concentrator the host's line is dialled through."""

from __future__ import annotations

from dataclasses import dataclass

from branchline.reader import Reader

DEFAULT_MRU = 1492  # octets: what every Ethernet carries (RFC 2516 7)


@dataclass(frozen=True)
class Pppoe:
    """`vlan` 0: untagged; `service` "": any; `ac` None: any access concentrator, else the one of that name.

    `wait`: say nothing in PPP until the other end does: the LNS calls this host, not this host the LNS.
    """

    interface: str
    vlan: int
    service: str
    ac: str | None
    wait: bool


def read_pppoe(reader: Reader) -> Pppoe:
    """Return the section."""
    pppoe = Pppoe(
        interface=reader.interface("interface"),
        vlan=reader.optional_integer("vlan", 0, 4094) or 0,
        service=reader.any_text("service"),
        ac=reader.optional_text("ac"),
        wait=reader.boolean("wait", default=False),
    )
    reader.done()
    return pppoe
