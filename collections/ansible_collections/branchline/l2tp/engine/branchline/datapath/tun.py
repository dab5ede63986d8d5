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
from dataclasses import dataclass, field

from branchline.datapath import mss
from branchline.datapath.device import open_tun
from branchline.datapath.holds import Holds
from branchline.datapath.interface import AnyCarrier, Carrier, Counters, Deliver, FrameChannel, SessionPath, Where
from branchline.datapath.netlink import HALVES, Netlink, NextHop
from branchline.datapath.pins import Pins
from branchline.datapath.routes import RouteTable
from branchline.errors import LocalError

LOG = logging.getLogger(__name__)
BATCH = 64  # packets read from one device before the loop looks at the others
BIGGEST = 65536
MINIMUM = 20  # bytes of an IPv4 header


@dataclass
class _Port:
    """One attached session and what its packets need on their way."""

    path: SessionPath
    send: Deliver
    descriptor: int
    counters: Counters = field(default_factory=Counters)
    networks: list[str] = field(default_factory=list)

    def outbound(self, packet: bytes) -> None:
        """From the device to the peer."""
        if self.path.mss_clamp and mss.is_syn(packet):
            packet = mss.clamp(packet, self.path.mtu)
        self.counters.tx_packets += 1
        self.counters.tx_bytes += len(packet)
        self.send(packet)

    def inbound(self, packet: bytes) -> None:
        """From the peer to the device; a full device drops, as any interface does."""
        if self.path.mss_clamp and mss.is_syn(packet):
            packet = mss.clamp(packet, self.path.mtu)
        try:
            os.write(self.descriptor, packet)
        except OSError:
            self.counters.rx_dropped += 1
            return
        self.counters.rx_packets += 1
        self.counters.rx_bytes += len(packet)


class TunDataPath:
    """See the module's text; must be made and used inside one running event loop."""

    name = "tun"

    def __init__(self, netlink: Netlink) -> None:
        self._netlink = netlink
        self._loop = asyncio.get_running_loop()
        self._ports: dict[str, _Port] = {}
        self._devices: dict[str, int] = {}
        self.links: dict[str, int] = {}
        self._table: RouteTable[_Port] = RouteTable()
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
        port = self._ports.get(line)
        if port is None:
            return Where(self.name, self.reason)
        return Where(self.name, port.path.refused or self.reason, port.path.interface)

    async def attach(self, path: SessionPath, send: Deliver) -> Deliver:
        """Device (unless shared), address, routes, pinned route; on failure nothing of it stays."""
        await self.detach(path.line)
        if not path.shared:
            self._open(path.interface, lambda: self._read_own(path.line))
        port = _Port(path, send, self._devices[path.interface])
        self._ports[path.line] = port
        try:
            await self._connect(port)
        except BaseException:
            await self.detach(path.line)
            raise
        return self._checked(port) if path.shared else port.inbound

    def attached(self, line: str) -> bool:
        """Whether the line is attached here."""
        return line in self._ports

    async def detach(self, line: str) -> None:
        """Routes, pin and device of the line; the shared device stays."""
        port = self._ports.pop(line, None)
        if port is None:
            return
        link = self.links.get(port.path.interface)
        if port.path.shared:
            for network in port.networks:
                self._table.remove(network)
        else:
            self._shut(port.path.interface)  # its routes go with it
        if port.path.shared and link is not None:
            await self._unroute(port.networks, link)
        with suppress(LocalError):
            await self.pins.remove(line)

    async def _unroute(self, networks: list[str], link: int) -> None:
        for network in networks:
            with suppress(LocalError):
                await self._netlink.remove_route(network, link)

    def counters(self, line: str) -> Counters:
        """The counters of an attached line; zeros for any other."""
        port = self._ports.get(line)
        return port.counters if port else Counters()

    async def close(self) -> None:
        """Detach every line and give up every device."""
        for line in list(self._ports):
            await self.detach(line)
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

    async def _connect(self, port: _Port) -> None:
        path = port.path
        if path.shared:
            wanted = (f"{path.peer_address}/32", *path.routes)
        else:
            self.links[path.interface] = await self._netlink.raise_link(path.interface, path.mtu)
            if path.outer_peer:
                await self.pins.add(path.line, path.outer_peer, self.own_links())
            await self._netlink.add_address(self.links[path.interface], path.local_address, path.peer_address)
            wanted = path.routes + (HALVES if path.default_route else ())
        for network in wanted:
            if path.shared:
                self._enter(network, port)
            port.networks.append(network)
            await self._netlink.add_route(network, NextHop(self.links[path.interface], None))

    def _enter(self, network: str, port: _Port) -> None:
        try:
            self._table.add(network, port)
        except ValueError:
            remedy = "give each user networks of its own"
            raise LocalError(f"{network} belongs to another open session", remedy) from None

    def _checked(self, port: _Port) -> Deliver:
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
            self.on_lost(interface)

    def _read_own(self, line: str) -> Deliver:
        port = self._ports.get(line)
        return port.outbound if port is not None else _nowhere

    def _read_shared(self) -> Deliver:
        return self._route

    def _route(self, packet: bytes) -> None:
        port = self._table.find(packet[16:20])
        if port is not None:
            port.outbound(packet)


def _nowhere(_packet: bytes) -> None:
    """For packets of a device whose line is not attached any more."""
