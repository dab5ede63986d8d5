"""The data path in user space: packets pass through TUN devices of this process.

A branch's line has a device of its own, named for the line. An LNS carries all its sessions on one shared device;
a route table in this process says whose each packet is, so ten thousand sessions need one device. A packet whose
inner source does not belong to its session is dropped: a user cannot speak for another.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from contextlib import suppress

from branchline.datapath.device import open_tun
from branchline.datapath.holds import Holds
from branchline.datapath.interface import AnyCarrier, Carrier, Counters, Deliver, FrameChannel, SessionPath, Where
from branchline.datapath.kept import Kept, lead
from branchline.datapath.netlink import HALVES, Netlink, NextHop
from branchline.datapath.pins import Pins
from branchline.datapath.readiness import ready
from branchline.datapath.routes import RouteTable
from branchline.datapath.tun_port import Port
from branchline.errors import LocalError

LOG = logging.getLogger(__name__)
BATCH = 64  # packets read from one device before the loop looks at the others
BIGGEST = 65536
MINIMUM = 20  # bytes of an IPv4 header


class TunDataPath:
    """See the module's text; must be made and used inside one running event loop."""

    name = "tun"

    def __init__(self, netlink: Netlink) -> None:
        self._netlink = netlink
        self._loop = asyncio.get_running_loop()
        self._ports: dict[str, Port] = {}
        self._kept: dict[str, Kept] = {}
        self._devices: dict[str, int] = {}
        self.links: dict[str, int] = {}
        self._table: RouteTable[Port] = RouteTable()
        self.reason = "asked for"
        self.pins = Pins(netlink)
        self._holds = Holds(netlink)
        self.on_lost: Callable[[str], None] = lambda _interface: None
        self._follow = self._loop.create_task(self.pins.follow(self.own_links))

    async def open_shared(self, interface: str, address: str, mtu: int) -> None:
        """Make the LNS's device, or change address and MTU of the one that is there."""
        if interface not in self._devices:
            self._open(interface, self._read_shared)
        self.links[interface] = await self._netlink.raise_link(interface, mtu)
        await self._netlink.add_address(self.links[interface], address, None)

    async def close_shared(self, interface: str) -> None:
        """Give up the LNS's device; nothing happens when it is not there."""
        if interface in self._devices:
            self._shut(interface)

    async def hold(self, owner: str, networks: frozenset[str]) -> None:
        """Keep packets for `networks` from other ways while no line carries them."""
        await self._holds.set(owner, networks)

    def take(self, _carrier: Carrier, _receive: Deliver) -> FrameChannel | None:
        """Nothing: frames stay with the engine."""
        return None

    def relay(self, _carrier: AnyCarrier, _receive: Deliver) -> FrameChannel | None:
        """Nothing: the engine carries frames on."""
        return None

    def where(self, line: str) -> Where:
        """Return this one and why."""
        port, kept = self._ports.get(line), self._kept.get(line)
        if port is None:
            return Where(self.name, self.reason, kept.path.interface if kept else "")
        return Where(self.name, port.path.refused or self.reason, port.path.interface)

    async def attach(self, path: SessionPath, send: Deliver) -> Deliver:
        """Device (unless shared or kept), address, routes, pinned route; on failure nothing of it stays."""
        await self.detach(path.line)
        kept = self._kept.get(path.line)
        if not path.shared and kept is None:
            self._open(path.interface, lambda: self._read_own(path.line))
        port = Port(path, send, self._devices[path.interface])
        self._ports[path.line] = port
        try:
            await (self._connect(port) if kept is None else self._resume(port, kept))
        except BaseException:
            await self.detach(path.line)
            raise
        return self._checked(port) if path.shared else port.inbound

    async def keep(self, path: SessionPath, wake: Callable[[], None] | None) -> None:
        """Device, address, routes and pin before there is a session; on failure nothing of it stays."""
        kept = self._kept.get(path.line)
        if kept is not None and not kept.lost:
            kept.renew(wake)
            return
        await self.forget(path.line)
        self._open(path.interface, lambda: self._read_own(path.line))
        self._kept[path.line] = Kept(path, wake)
        try:
            await self._dress(path)
        except BaseException:
            await self.forget(path.line)
            raise

    def waiting(self, line: str) -> int:
        """How many packets wait for a kept line to be attached."""
        return len(self._kept[line].queue) if line in self._kept else 0

    async def forget(self, line: str) -> None:
        """Take away what `keep` made."""
        kept = self._kept.pop(line, None)
        if kept is not None:
            kept.pause()
            self._ports.pop(line, None)
            await self._give_up(kept.path)

    def carries(self, line: str) -> bool:
        """Whether the line is attached or kept here."""
        return line in self._ports or line in self._kept

    async def detach(self, line: str) -> None:
        """Routes, pin and device of the line; the shared device stays, and all of a kept line."""
        port, kept = self._ports.pop(line, None), self._kept.get(line)
        if kept is not None:
            kept.pause()
        elif port is not None and port.path.shared:
            await self._leave(port)
        elif port is not None:
            await self._give_up(port.path)

    async def _leave(self, port: Port) -> None:
        for network in port.networks:
            self._table.remove(network)
        if (link := self.links.get(port.path.interface)) is not None:
            await self._unroute(port.networks, link)

    async def _give_up(self, path: SessionPath) -> None:
        if path.interface in self._devices:
            self._shut(path.interface)  # its routes go with it
        with suppress(LocalError):
            await self.pins.remove(path.line)

    async def _unroute(self, networks: list[str], link: int) -> None:
        for network in networks:
            with suppress(LocalError):
                await self._netlink.remove_route(network, link)

    def counters(self, line: str) -> Counters:
        """The counters of a line that is attached or kept; zeros for any other."""
        port, kept = self._ports.get(line), self._kept.get(line)
        if kept is not None:
            return kept.counted(kept.counters)
        return port.counters if port else Counters()

    async def close(self) -> None:
        """Detach every line and give up every device."""
        for line in list(self._ports):
            await self.detach(line)
        for line in list(self._kept):
            await self.forget(line)
        for interface in list(self._devices):
            self._shut(interface)
        await self._holds.close()
        self._follow.cancel()
        with suppress(asyncio.CancelledError):
            await self._follow
        await self._netlink.close()

    def own_links(self) -> frozenset[int]:
        """The indexes of the lines' interfaces, through which no pin may lead."""
        return frozenset(self.links.values())

    async def _connect(self, port: Port) -> None:
        path = port.path
        if not path.shared:
            await self._dress(path)
            return
        for network in (f"{path.peer_address}/32", *path.routes):
            self._enter(network, port)
            port.networks.append(network)
            await self._netlink.add_route(network, NextHop(self.links[path.interface], None))

    async def _dress(self, path: SessionPath) -> None:
        """Give a line's own device all that it needs."""
        link = self.links[path.interface] = await self._netlink.raise_link(path.interface, path.mtu)
        if path.outer_peer:
            await self.pins.add(path.line, path.outer_peer, self.own_links(), path.outer_others)
        await self._netlink.add_address(link, path.local_address, path.peer_address or None)
        for network in path.routes + (HALVES if path.default_route else ()):
            await self._netlink.add_route(network, NextHop(link, None))

    async def _resume(self, port: Port, kept: Kept) -> None:
        """Have a kept device carry a session, first what waits, once the peer is ready; its address is there."""
        path = port.path
        if path.mtu != kept.path.mtu:
            await self._netlink.raise_link(path.interface, path.mtu)
        await lead(self._netlink, self.links[path.interface], kept, path)
        port.counters = kept.counters
        kept.resume(self._release(port, kept))

    async def _release(self, port: Port, kept: Kept) -> None:
        await ready(port.path, port.send, lambda: kept.counters.rx_packets)
        for packet in kept.queue.take():
            port.outbound(packet)
        kept.carried = True

    def _enter(self, network: str, port: Port) -> None:
        try:
            self._table.add(network, port)
        except ValueError:
            remedy = "give each user networks of its own"
            raise LocalError(f"{network} belongs to another open session", remedy) from None

    def _checked(self, port: Port) -> Deliver:
        find, inbound = self._table.find, port.inbound

        def deliver(packet: bytes) -> None:
            if len(packet) >= MINIMUM and packet[0] >> 4 == 4 and find(packet[12:16]) is port:
                inbound(packet)
            else:
                port.counters.rx_dropped += 1

        return deliver

    def _open(self, interface: str, reader: Callable[[], Deliver]) -> None:
        descriptor = self._devices[interface] = open_tun(interface)
        self._loop.add_reader(descriptor, self._read, descriptor, interface, reader)

    def _shut(self, interface: str) -> None:
        descriptor = self._devices.pop(interface)
        self.links.pop(interface, None)
        self._loop.remove_reader(descriptor)
        os.close(descriptor)

    def _read(self, descriptor: int, interface: str, reader: Callable[[], Deliver]) -> None:
        take = reader()
        try:
            for _ in range(BATCH):
                packet = os.read(descriptor, BIGGEST)
                if packet[0] >> 4 == 4:
                    take(packet)
        except BlockingIOError:
            return
        except OSError as error:
            self._loop.remove_reader(descriptor)
            LOG.warning("the device %s is gone: %s", interface, error.strerror)
            for kept in self._kept.values():
                kept.lost |= kept.path.interface == interface
            self.on_lost(interface)

    def _read_own(self, line: str) -> Deliver:
        port, kept = self._ports.get(line), self._kept.get(line)
        if kept is not None and not kept.carried:
            return kept.arrived
        return port.outbound if port is not None else _nowhere

    def _read_shared(self) -> Deliver:
        return self._route

    def _route(self, packet: bytes) -> None:
        port = self._table.find(packet[16:20])
        if port is not None:
            port.outbound(packet)


def _nowhere(_packet: bytes) -> None:
    """For packets of a device whose line is not attached any more."""
