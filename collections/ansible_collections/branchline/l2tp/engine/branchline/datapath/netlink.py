"""Addresses, routes and links through rtnetlink: the only file that knows pyroute2.

Routes that the engine makes carry `PROTOCOL`, so that they are told from everybody else's: after a crash the next
start sweeps them.
"""

from __future__ import annotations

import errno
import ipaddress
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from pyroute2 import AsyncIPRoute
from pyroute2.netlink.exceptions import NetlinkError

from branchline.errors import LocalError

PROTOCOL = 66  # a number that rt_protos does not give to anybody
MAIN_TABLE = 254
WORST = 0xFFFFFFFF  # metric
RTMGRP_IPV4_ROUTE = 0x40
UNIVERSE, LINK, NOWHERE = 0, 253, 255  # scopes; a removal with the last matches any
HALVES = ("0.0.0.0/1", "128.0.0.0/1")  # together a default route that leaves the host's own in place


@dataclass(frozen=True)
class NextHop:
    """How the main table reaches an address: interface index, and the gateway unless it is on the link."""

    link: int
    gateway: str | None


class Netlink:
    """The few changes that data paths make to this host's network; every refusal is a LocalError."""

    def __init__(self, ipr: Any) -> None:
        self._ipr = ipr

    @classmethod
    async def open(cls) -> Netlink:
        """A socket of its own, inside the running event loop."""
        ipr = AsyncIPRoute()
        await ipr.setup_endpoint()
        return cls(ipr)

    async def close(self) -> None:
        """Give up the socket."""
        self._ipr.close()

    async def watch_routes(self) -> AsyncIterator[None]:
        """Yield once for every change of the main table that somebody else made."""
        watch: Any = AsyncIPRoute()
        await watch.setup_endpoint()
        await watch.bind(groups=RTMGRP_IPV4_ROUTE)
        try:
            async for message in _heard(watch):
                if message.get("proto") != PROTOCOL and message.get("table") == MAIN_TABLE:
                    yield
        finally:
            watch.close()

    async def index(self, name: str) -> int:
        """The index of the interface `name`."""
        found = await self._ipr.link_lookup(ifname=name)
        if not found:
            raise LocalError(f"there is no interface {name}", "it was removed while the line was open")
        return int(found[0])

    async def raise_link(self, name: str, mtu: int) -> int:
        """Set the MTU, bring the link up and tell its index."""
        index = await self.index(name)
        await self._do(f"bring {name} up", "link", "set", index=index, mtu=mtu, txqlen=1000, state="up")
        return index

    async def dress_link(self, index: int, name: str, mtu: int, group: int) -> None:
        """Name a link that is down, set its MTU and its group, and bring it up."""
        await self._do(f"make {name}", "link", "set", index=index, ifname=name, mtu=mtu, group=group, state="up")

    async def add_address(self, link: int, local: str, peer: str | None) -> None:
        """Give an interface its /32, towards `peer` on a line of its own."""
        ends = {"address": peer, "local": local} if peer else {"address": local}
        await self._do(f"add the address {local}", "addr", "replace", index=link, prefixlen=32, **ends)

    async def add_route(self, network: str, hop: NextHop) -> None:
        """Route a network; one of our own to the same network is replaced, anybody else's is not."""
        where: dict[str, Any] = {"dst": network, "oif": hop.link, "proto": PROTOCOL, "table": MAIN_TABLE}
        where["scope"] = UNIVERSE if hop.gateway else LINK
        if hop.gateway:
            where["gateway"] = hop.gateway
        try:
            await self._ipr.route("add", **where)
        except NetlinkError as error:
            verb = "replace" if error.code == errno.EEXIST and await self._owns(network) else "add"
            await self._do(f"add the route to {network}", "route", verb, **where)

    async def remove_route(self, network: str, link: int) -> None:
        """Take a route of ours through `link` away; one that is gone already is no error."""
        await self._remove(network, oif=link)

    async def hold(self, network: str) -> None:
        """Make `network` unreachable wherever no better route of anybody's has it."""
        what = f"hold {network}"
        where = {"dst": network, "type": "unreachable", "priority": WORST, "proto": PROTOCOL, "table": MAIN_TABLE}
        await self._do(what, "route", "replace", **where)

    async def release(self, network: str) -> None:
        """Undo `hold`."""
        await self._remove(network, type="unreachable", priority=WORST)

    async def _remove(self, network: str, **which: Any) -> None:
        try:
            await self._ipr.route("del", dst=network, proto=PROTOCOL, table=MAIN_TABLE, scope=NOWHERE, **which)
        except NetlinkError as error:
            if error.code not in (errno.ESRCH, errno.ENODEV):
                raise LocalError(f"cannot remove the route to {network}: {error.args[1]}") from None

    async def next_hop(self, address: str, avoid: frozenset[int]) -> NextHop | None:
        """How the main table reaches `address`, leaving out the links `avoid` and our own routes; None if it does not.

        Longest prefix, then lowest metric, as the kernel chooses.
        """
        best: tuple[int, int, NextHop] | None = None
        target = ipaddress.IPv4Address(address)
        async for route in await self._ipr.route("dump", family=2, table=MAIN_TABLE):
            link, length = route.get_attr("RTA_OIF"), route["dst_len"]
            if link is None or link in avoid or route["proto"] == PROTOCOL or route["type"] != 1:
                continue
            network = ipaddress.IPv4Network((route.get_attr("RTA_DST") or 0, length), strict=False)
            rank = (length, -(route.get_attr("RTA_PRIORITY") or 0))
            if target in network and (best is None or rank > best[:2]):
                best = (*rank, NextHop(link, route.get_attr("RTA_GATEWAY")))
        return best[2] if best else None

    async def sweep(self) -> int:
        """Remove the routes that an earlier run left behind; their number."""
        stale = [
            f"{route.get_attr('RTA_DST')}/{route['dst_len']}"
            async for route in await self._ipr.route("dump", family=2, table=MAIN_TABLE, proto=PROTOCOL)
            if route["proto"] == PROTOCOL
        ]
        for network in stale:
            await self._remove(network)
        return len(stale)

    async def _owns(self, network: str) -> bool:
        wanted = ipaddress.IPv4Network(network)
        async for route in await self._ipr.route("dump", family=2, table=MAIN_TABLE, proto=PROTOCOL):
            same = route["dst_len"] == wanted.prefixlen and route.get_attr("RTA_DST") == str(wanted.network_address)
            if same and route["proto"] == PROTOCOL:
                return True
        return False

    async def _do(self, what: str, kind: str, *verb: str, **arguments: Any) -> None:
        try:
            await getattr(self._ipr, kind)(*verb, **arguments)
        except NetlinkError as error:
            raise LocalError(f"cannot {what}: {error.args[1]}", _remedy(error.code)) from None


async def _heard(watch: Any) -> AsyncIterator[Any]:
    """Messages of the groups that a socket is bound to; `get` ends with each batch."""
    while True:
        async for message in watch.get():
            yield message


def _remedy(code: int) -> str:
    if code == errno.EEXIST:
        return "somebody else made the same one: remove it, or take it out of the line's intent"
    if code == errno.EPERM:
        return "give the engine CAP_NET_ADMIN (branchline.service does)"
    return "see `ip route` and `ip address`"
