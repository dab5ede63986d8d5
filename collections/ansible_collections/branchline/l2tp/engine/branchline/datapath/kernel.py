"""The data path in the kernel: PPPoL2TP sockets and PPP units; no packet of a line comes to this process.

Each session has an interface of its own, on an LNS too. Sessions that the kernel cannot take (a second tunnel of one
peer address and port) are carried by the data path in user space instead, which also has the LNS's own device.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from branchline.datapath import kernel_ppp, kernel_table
from branchline.datapath.interface import (
    AnyCarrier,
    Carrier,
    Counters,
    Deliver,
    FrameChannel,
    HostCarrier,
    SessionPath,
    Where,
)
from branchline.datapath.kernel_channel import KernelChannel, SessionChannel
from branchline.datapath.kernel_counters import InterfaceCounters
from branchline.datapath.kernel_pppoe import HostChannel
from branchline.datapath.names import interface_name
from branchline.datapath.netlink import HALVES, Netlink, NextHop
from branchline.datapath.tun import TunDataPath
from branchline.errors import LocalError

LOG = logging.getLogger(__name__)


@dataclass
class _Unit:
    """The interface of an attached line."""

    path: SessionPath
    channel: SessionChannel
    descriptor: int = -1
    networks: list[str] = field(default_factory=list)


class KernelDataPath:
    """See the module's text; must be made and used inside one running event loop. `reason`: why this one."""

    name = "kernel"

    def __init__(self, netlink: Netlink, tun: TunDataPath, reason: str) -> None:
        self._netlink, self._tun, self._reason = netlink, tun, reason
        self._loop = asyncio.get_running_loop()
        self._units: dict[str, _Unit] = {}
        self._counters = InterfaceCounters(self._loop.time)
        self._no_bridge: str | None = None  # why the kernel bridges no sessions, as soon as that was tried
        self.on_lost: Callable[[str], None] = lambda _interface: None
        tun.on_lost = self._lost

    async def open_shared(self, interface: str, address: str, mtu: int) -> None:
        """Make the LNS's device for its address; it carries only what the kernel cannot."""
        try:
            await self._tun.open_shared(interface, address, mtu)
        except LocalError as error:
            LOG.warning("the kernel carries every session, nothing else can: %s", error.message)

    async def close_shared(self, interface: str) -> None:
        """Give up the LNS's device; nothing happens when it is not there."""
        await self._tun.close_shared(interface)

    async def hold(self, owner: str, networks: frozenset[str]) -> None:
        """Keep packets for `networks` from other ways while no line carries them."""
        await self._tun.hold(owner, networks)

    def take(self, carrier: Carrier, receive: Deliver) -> FrameChannel | None:
        """Have the kernel carry the session; raises LocalError where it cannot."""
        return SessionChannel(carrier, receive)

    def relay(self, carrier: AnyCarrier, receive: Deliver) -> FrameChannel | None:
        """Have the kernel carry the session on; raises LocalError where it cannot, or where it bridges none."""
        if not self._no_bridge:
            channel: KernelChannel
            if isinstance(carrier, HostCarrier):
                channel = HostChannel(carrier, receive)
            else:
                channel = SessionChannel(carrier, receive)
            if self._no_bridge is None:
                self._no_bridge = channel.bridging_obstacle()
            if not self._no_bridge:
                return channel
            channel.give_back()
        raise LocalError(f"it bridges no PPP channels: {self._no_bridge}", "Linux does since 5.11")

    def where(self, line: str) -> Where:
        """Return what carries an attached line, or would carry any other."""
        if self._tun.attached(line):
            return self._tun.where(line)
        unit = self._units.get(line)
        return Where(self.name, self._reason, unit.path.interface if unit else "")

    async def attach(self, path: SessionPath, send: Deliver) -> Deliver:
        """Interface, address, routes, pinned route; on failure nothing of it stays."""
        await self.detach(path.line)
        channel = path.channel
        if not isinstance(channel, SessionChannel):
            return await self._tun.attach(path, send)
        if path.shared:
            path = replace(path, interface=interface_name(path.line))
        unit = self._units[path.line] = _Unit(path, channel)
        try:
            await self._connect(unit)
        except BaseException:
            await self.detach(path.line)
            raise
        return _too_early

    async def detach(self, line: str) -> None:
        """Routes, pin and interface of the line."""
        await self._tun.detach(line)
        unit = self._units.pop(line, None)
        if unit is None:
            return
        self._tun.links.pop(unit.path.interface, None)
        if unit.descriptor >= 0:
            unit.channel.unwatch(unit.descriptor)
            await self._loop.run_in_executor(None, os.close, unit.descriptor)  # its routes go with it, in some 20 ms
        with suppress(LocalError):
            await self._tun.pins.remove(line)

    def counters(self, line: str) -> Counters:
        """The kernel's counters of an attached line; zeros for any other."""
        unit = self._units.get(line)
        if unit is None:
            return self._tun.counters(line)
        found = self._counters.of(unit.path.interface)
        lost = unit.channel.counters()
        dropped = {"rx_dropped": found.rx_dropped + lost.rx_dropped, "tx_dropped": found.tx_dropped + lost.tx_dropped}
        return replace(found, **dropped)

    async def close(self) -> None:
        """Detach every line, give up the devices and take the table away."""
        for line in list(self._units):
            await self.detach(line)
        await self._tun.close()
        with suppress(LocalError):
            kernel_table.remove()

    def _lost(self, interface: str) -> None:
        self.on_lost(interface)

    async def _connect(self, unit: _Unit) -> None:
        path, channel = unit.path, unit.channel
        number = self._open(unit)
        group = kernel_table.group(served=path.shared, clamped=path.mss_clamp)
        link = socket.if_nametoindex(f"ppp{number}")
        await self._netlink.dress_link(link, path.interface, path.mtu, group)
        self._tun.links[path.interface] = link
        if not path.shared:
            await self._tun.pins.add(path.line, path.outer_peer, self._tun.own_links())
        await self._netlink.add_address(link, path.local_address, path.peer_address)
        for network in path.routes + (HALVES if path.default_route else ()):
            await self._netlink.add_route(network, NextHop(link, None))
        try:
            channel.join(number)
        except OSError as error:
            message = f"cannot connect {path.interface} with its session: {error.strerror}"
            raise LocalError(message, "see the kernel's log") from None
        channel.on_lost = lambda: self.on_lost(path.interface)
        channel.watch(unit.descriptor)

    def _open(self, unit: _Unit) -> int:
        try:
            unit.descriptor, number = kernel_ppp.open_unit()
        except OSError as error:
            message = f"cannot make {unit.path.interface}: {error.strerror}"
            raise LocalError(message, "see the kernel's log, and whether the engine may open /dev/ppp") from None
        return number


def _too_early(_packet: bytes) -> None:
    """For packets that had come to the UDP socket before the kernel took the session: the peer was early."""
