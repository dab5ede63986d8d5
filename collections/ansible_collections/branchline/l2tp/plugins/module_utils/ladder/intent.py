# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one end of a line was meant to be: a line of the plan, seen from one of its hosts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from typing import Any


@dataclass(frozen=True)
class End:
    """One end's expectations; `near` are the networks behind this host, `far` those reached through the line."""

    line: str
    host: str
    role: str
    ike_version: int
    local_id: str | None
    remote_id: str | None
    proposals: list[str]
    esp_proposals: list[str]
    ah_proposals: list[str]
    protection: str
    allow_cleartext: bool
    address: str | None
    lns_address: str | None
    pool: str | None
    pool_ranges: list[str]
    mtu: int
    interface: str
    connection: str
    backend: str  # where this end does IPsec: kernel, libipsec or none
    mode: str  # of the line
    chosen: str  # why, in the words of the plan
    near: list[str]
    far: list[str]
    near_probe: str | None
    far_probe: str | None
    initiates: bool = True  # the SA and the tunnel of its hop
    dials: bool = False  # by PPPoE: it has no hop of its own
    hop: str = ""  # of a host between: which of its tunnels this is
    onward: bool = False  # of a gateway: the hop to the LNS, not the one of the branch
    lns: str = ""  # of several that the line may be on the one that it was judged by

    @property
    def is_branch(self) -> bool:
        """Whether this end opens the line."""
        return self.role == "branch"

    @property
    def relays(self) -> bool:
        """Whether this host is between the ends: it carries the line on and has no part in its PPP."""
        return bool(self.hop)


RELAYS = {"multihop": "gateway", "compulsory": "lac"}


def ends_of(line: dict[str, Any], host: str) -> list[End]:
    """All that `host` has to prove of a line: its end, or each of its tunnels where it stands between."""
    if host not in line["ends"][1:-1]:
        return [end_of(line, host)]
    hops = [hop for hop in line["hops"] if host in hop["ends"]]
    return [_between(line, hop, host) for hop in hops]


def _between(line: dict[str, Any], hop: dict[str, Any], host: str) -> End:
    initiates = hop["ends"][0] == host
    no_ppp: dict[str, Any] = {"branch_lans": [], "lns_lans": [], "routes": [], "branch_probe": None, "lns_probe": None}
    no_address = {"address": None, "lns_address": None}
    own = {"name": line["name"], "kind": "", "branch": hop["ends"][0], "hops": []}
    end = end_of({**line, **no_ppp, **no_address, **hop, **own}, host)
    onward = initiates and line["kind"] == "multihop"
    return replace(end, role=RELAYS[line["kind"]], hop=hop["name"], initiates=initiates, onward=onward)


def _own_hop(line: dict[str, Any], host: str) -> dict[str, Any]:
    """The line as the tunnel at this end of it has it: of several the first is the branch's, the last the LNS's."""
    hops = [hop for hop in line.get("hops") or () if host in hop["ends"]]
    own = {key: value for key, value in hops[0].items() if key not in ("name", "ends")} if hops else {}
    return {**line, **own}


def end_of(line: dict[str, Any], host: str) -> End:
    """The end that `host` is of a line of the plan; raises ValueError for a host that is no end of it."""
    if host not in line["ends"]:
        raise ValueError(f"{host} is no end of line {line['name']}: its ends are {', '.join(line['ends'])}")
    branch = line.get("branch", line["ends"][0]) == host
    dials = branch and line.get("kind") == "compulsory"
    line = _own_hop(line, host)
    protection = line.get("protection") or "esp"
    return End(
        line=line["name"],
        host=host,
        role="branch" if branch else "lns",
        ike_version=int(line.get("ike_version") or 2),
        protection=protection,
        allow_cleartext=protection == "none" and bool(line.get("allow_cleartext")),
        proposals=list(line.get("proposals") or []),
        esp_proposals=list(line.get("esp_proposals") or []),
        ah_proposals=list(line.get("ah_proposals") or []),
        address=line.get("address"),
        lns_address=line.get("lns_address"),
        pool=line.get("pool"),
        pool_ranges=list(line.get("pool_ranges") or []),
        mtu=int(line.get("mtu") or 1360),
        connection=line.get("connection") or line["name"],
        backend=(line.get("backend") or {}).get(host, "unknown"),
        mode=line.get("mode") or "",
        chosen=line.get("reason") or "",
        initiates=branch and not dials,
        dials=dials,
        lns=str(line.get("lns") or ""),
        **(_branch_side(line) if branch else _lns_side(line)),
    )


def _branch_side(line: dict[str, Any]) -> dict[str, Any]:
    return {
        "local_id": line.get("local_id"),
        "remote_id": line.get("remote_id"),
        "interface": line["interface"],
        "near": list(line.get("branch_lans") or []),
        "far": list(line.get("routes", line.get("lns_lans")) or []),
        "near_probe": line.get("branch_probe"),
        "far_probe": line.get("lns_probe"),
    }


def _lns_side(line: dict[str, Any]) -> dict[str, Any]:
    return {
        "local_id": line.get("remote_id"),
        "remote_id": line.get("local_id"),
        "interface": line.get("lns_interface") or "l2tp0",
        "near": list(line.get("lns_lans") or []),
        "far": list(line.get("branch_lans") or []),
        "near_probe": line.get("lns_probe"),
        "far_probe": line.get("branch_probe"),
    }


def in_ranges(address: str, ranges: list[str]) -> bool:
    """Whether an address is in a pool's ranges (`first-last`, CIDR or single address)."""
    wanted = ip_address(address)
    return any(_within(wanted, text) for text in ranges)


def _within(wanted: Any, text: str) -> bool:
    first, dash, last = (part.strip() for part in text.partition("-"))
    if dash:
        low, high = ip_address(first), ip_address(last)
        return bool(low.version == wanted.version and low <= wanted <= high)
    return wanted in ip_network(text, strict=False)


def first_host(network: str) -> str:
    """An address to ask routes for: the network's first host."""
    parsed = ip_network(network, strict=False)
    return str(parsed[1] if parsed.num_addresses > 2 else parsed[0])
