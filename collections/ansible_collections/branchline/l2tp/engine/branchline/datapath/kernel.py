"""The data path in the kernel: PPPoL2TP sockets and PPP units; no packet of a line comes to this process.

Each session has an interface of its own, on an LNS too. Sessions that the kernel cannot take (a second tunnel of one
peer address and port) are carried by the data path in user space instead, which also has the LNS's own device.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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
from branchline.datapath.kept import Kept, lead
from branchline.datapath.kernel_channel import KernelChannel, SessionChannel
from branchline.datapath.kernel_counters import InterfaceCounters
from branchline.datapath.kernel_kept import KeptUnit
from branchline.datapath.kernel_pppoe import HostChannel
from branchline.datapath.names import interface_name
from branchline.datapath.netlink import HALVES, Netlink, NextHop
from branchline.datapath.tun import TunDataPath
from branchline.errors import LocalError

LOG = logging.getLogger(__name__)
LOG_REMEDY = "see the kernel's log"


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
        self._kept: dict[str, KeptUnit] = {}
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
        if self._tun.carries(line):
            return self._tun.where(line)
        found = self._units.get(line)
        path = found.path if found else self._kept[line].state.path if line in self._kept else None
        return Where(self.name, self._reason, path.interface if path else "")

    async def attach(self, path: SessionPath, send: Deliver) -> Deliver:
        """Interface (unless kept), address, routes, pinned route; on failure nothing of it stays."""
        await self.detach(path.line)
        channel, kept = path.channel, self._kept.get(path.line)
        if kept is not None and not isinstance(channel, SessionChannel):
            raise LocalError(f"{path.interface} is the kernel's, and its session is not: {path.refused}", LOG_REMEDY)
        if not isinstance(channel, SessionChannel):
            return await self._tun.attach(path, send)
        if path.shared:
            path = replace(path, interface=interface_name(path.line))
        unit = self._units[path.line] = _Unit(path, channel)
        try:
            await (self._connect(unit) if kept is None else self._resume(unit, kept))
        except BaseException:
            await self.detach(path.line)
            raise
        return _too_early

    async def keep(self, path: SessionPath, wake: Callable[[], None] | None) -> None:
        """Interface, address, routes and pin before there is a session; over PPPoE it is never the kernel's."""
        if not path.outer_peer:
            await self._tun.keep(path, wake)
            return
        unit = self._kept.get(path.line)
        if unit is not None and not unit.state.lost:
            unit.state.renew(wake)
            return
        await self.forget(path.line)
        with _making(path.interface):
            unit = self._kept[path.line] = KeptUnit(Kept(path, wake), lambda: self.on_lost(path.interface))
        try:
            await self._dress(path, unit.number)
        except BaseException:
            await self.forget(path.line)
            raise

    def waiting(self, line: str) -> int:
        """How many packets wait for a kept line to be attached."""
        return len(self._kept[line].state.queue) if line in self._kept else self._tun.waiting(line)

    async def forget(self, line: str) -> None:
        """Take away what `keep` made."""
        await self._tun.forget(line)
        kept = self._kept.pop(line, None)
        if kept is not None:
            self._units.pop(line, None)
            self._tun.links.pop(kept.state.path.interface, None)
            await kept.close()
            await self._unpin(line)

    async def detach(self, line: str) -> None:
        """Routes, pin and interface of the line; of a kept one they stay."""
        await self._tun.detach(line)
        unit, kept = self._units.pop(line, None), self._kept.get(line)
        if kept is not None:
            kept.wait()
        elif unit is not None:
            self._tun.links.pop(unit.path.interface, None)
            if unit.descriptor >= 0:
                unit.channel.unwatch(unit.descriptor)
                await self._loop.run_in_executor(None, os.close, unit.descriptor)  # with its routes, in some 20 ms
            await self._unpin(line)

    async def _unpin(self, line: str) -> None:
        with suppress(LocalError):
            await self._tun.pins.remove(line)

    def counters(self, line: str) -> Counters:
        """The kernel's counters of a line that is attached or kept; zeros for any other."""
        unit, kept = self._units.get(line), self._kept.get(line)
        if unit is None and kept is None:
            return self._tun.counters(line)
        found = self._counters.of((kept.state if kept else self._units[line]).path.interface)
        if kept is not None:
            found = kept.state.counted(found)
        lost = unit.channel.counters() if unit else Counters()
        dropped = {"rx_dropped": found.rx_dropped + lost.rx_dropped, "tx_dropped": found.tx_dropped + lost.tx_dropped}
        return replace(found, **dropped)

    async def close(self) -> None:
        """Detach every line, give up the devices and take the table away."""
        for line in list(self._units):
            await self.detach(line)
        for line in list(self._kept):
            await self.forget(line)
        await self._tun.close()
        with suppress(LocalError):
            kernel_table.remove()

    def _lost(self, interface: str) -> None:
        self.on_lost(interface)

    async def _connect(self, unit: _Unit) -> None:
        path, channel = unit.path, unit.channel
        with _making(path.interface):
            unit.descriptor, number = kernel_ppp.open_unit()
        await self._dress(path, number)
        with _joining(path.interface):
            channel.join(number)
        channel.on_lost = lambda: self.on_lost(path.interface)
        channel.watch(unit.descriptor)

    async def _dress(self, path: SessionPath, number: int) -> None:
        """Give a new interface all that it needs."""
        group = kernel_table.group(served=path.shared, clamped=path.mss_clamp)
        link = socket.if_nametoindex(f"ppp{number}")
        await self._netlink.dress_link(link, path.interface, path.mtu, group)
        self._tun.links[path.interface] = link
        if not path.shared:
            await self._tun.pins.add(path.line, path.outer_peer, self._tun.own_links(), path.outer_others)
        await self._netlink.add_address(link, path.local_address, path.peer_address or None)
        for network in path.routes + (HALVES if path.default_route else ()):
            await self._netlink.add_route(network, NextHop(link, None))

    async def _resume(self, unit: _Unit, kept: KeptUnit) -> None:
        """Have a kept interface carry a session; its address and routes are there."""
        path, channel = unit.path, unit.channel
        await lead(self._netlink, self._tun.links[path.interface], kept.state, path)
        channel.on_lost = lambda: self.on_lost(path.interface)
        with _joining(path.interface):
            kept.carry(channel, lambda: self._counters.latest(path.interface).rx_packets)


@contextmanager
def _making(interface: str) -> Iterator[None]:
    """Say what could not be made."""
    try:
        yield
    except OSError as error:
        remedy = "see the kernel's log, and whether the engine may open /dev/ppp"
        raise LocalError(f"cannot make {interface}: {error.strerror}", remedy) from None


@contextmanager
def _joining(interface: str) -> Iterator[None]:
    """Say what could not be joined."""
    try:
        yield
    except OSError as error:
        raise LocalError(f"cannot connect {interface} with its session: {error.strerror}", LOG_REMEDY) from None


def _too_early(_packet: bytes) -> None:
    """For packets that had come to the UDP socket before the kernel took the session: the peer was early."""
