"""TUN devices that outlive their sessions."""

from __future__ import annotations

import asyncio
import os
import socket
from dataclasses import replace

import pytest
from tests.datapath.keeping import ETH, INNER, KEPT, LNS, OPEN, PEER, packet, payload, until
from tests.datapath.netlink import FakeNetlink

from branchline.datapath import tun
from branchline.datapath.netlink import NextHop
from branchline.datapath.readiness import echo
from branchline.datapath.tun import TunDataPath
from branchline.errors import LocalError


class Kernel(FakeNetlink):
    """One TUN device, whose other end the test holds, and what was made of it."""

    def __init__(self, monkeypatch, **hops) -> None:
        super().__init__(**hops)
        self.addresses: list[tuple[int, str, str | None]] = []
        self.made = 0
        self.hosts: list[socket.socket] = []
        monkeypatch.setattr(tun, "open_tun", self.open_tun)

    def open_tun(self, _name: str) -> int:
        self.made += 1
        host, device = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        host.setblocking(False)
        device.setblocking(False)
        self.hosts.append(host)
        return device.detach()

    @property
    def host(self) -> socket.socket:
        """The other end of the device that was made last."""
        return self.hosts[-1]

    async def raise_link(self, _name: str, _mtu: int) -> int:
        return 100 + self.made

    async def add_address(self, link: int, local: str, peer: str | None) -> None:
        self.addresses.append((link, local, peer))


def on_tun(monkeypatch, scene, **hops):
    async def all_of_it():
        kernel = Kernel(monkeypatch, **{LNS: [ETH], **hops})
        path = TunDataPath(kernel)
        try:
            await scene(path, kernel)
        finally:
            await path.close()
            for host in kernel.hosts:
                host.close()

    asyncio.run(all_of_it())


def test_one_device_for_all_sessions_and_the_first_packet_is_the_first(monkeypatch):
    async def scene(path, kernel):
        woken, first, second = [], [], []
        await path.keep(KEPT, lambda: woken.append(1))
        assert kernel.routes == {f"{LNS}/32": ETH, "10.10.0.0/24": NextHop(101, None)}
        assert kernel.addresses == [(101, INNER, None)]
        for number in range(3):
            kernel.host.send(packet(number))
        await until(lambda: path.waiting("oslo") == 3)
        assert len(woken) == 3
        deliver = await path.attach(OPEN, first.append)
        await until(lambda: first)  # asks whether the peer is ready
        assert first[0] == echo(INNER, PEER, 5)
        kernel.host.send(packet(3))
        await until(lambda: path.waiting("oslo") == 4)
        deliver(packet(9))  # it is
        assert kernel.host.recv(100) == packet(9)
        await until(lambda: len(payload(first)) == 4)
        assert payload(first) == [packet(number) for number in range(4)]
        kernel.host.send(packet(4))
        await until(lambda: len(payload(first)) == 5)
        assert kernel.routes[f"{PEER}/32"] == NextHop(101, None)
        await path.detach("oslo")
        kernel.host.send(packet(5))
        await until(lambda: path.waiting("oslo") == 1)
        assert (len(payload(first)), len(woken)) == (5, 5)
        (await path.attach(OPEN, second.append))(packet(9))
        await until(lambda: packet(5) in second)
        counters = path.counters("oslo")
        assert (kernel.made, counters.tx_packets, counters.rx_packets, counters.tx_dropped) == (1, 6, 2, 0)
        await path.detach("oslo")
        await path.forget("oslo")
        assert f"{LNS}/32" not in kernel.routes
        assert path.where("oslo").interface == ""

    on_tun(monkeypatch, scene)


def test_what_waits_for_a_session_that_ends_before_its_peer_is_ready_waits_for_the_next(monkeypatch):
    async def scene(path, kernel):
        first, second = [], []
        await path.keep(KEPT, lambda: None)
        kernel.host.send(packet(1))
        await until(lambda: path.waiting("oslo") == 1)
        await path.attach(OPEN, first.append)
        await until(lambda: first)
        await path.detach("oslo")
        (await path.attach(OPEN, second.append))(packet(9))
        await until(lambda: packet(1) in second)
        assert packet(1) not in first

    on_tun(monkeypatch, scene)


def test_a_peer_that_answers_no_echo_gets_the_packets_a_second_later(monkeypatch):
    async def scene(path, kernel):
        sent = []
        await path.keep(KEPT, lambda: None)
        kernel.host.send(packet(1))
        await until(lambda: path.waiting("oslo") == 1)
        await path.attach(OPEN, sent.append)
        await until(lambda: packet(1) in sent)
        assert len(sent) > 2

    on_tun(monkeypatch, scene)


def test_a_peer_with_another_address_takes_the_place_of_the_first(monkeypatch):
    async def scene(path, kernel):
        await path.keep(KEPT, lambda: None)
        await path.attach(OPEN, [].append)
        await path.detach("oslo")
        assert f"{PEER}/32" in kernel.routes  # what is sent to it still dials
        await path.attach(replace(KEPT, peer_address="10.20.0.2"), [].append)
        assert f"{PEER}/32" not in kernel.routes
        assert "10.20.0.2/32" in kernel.routes

    on_tun(monkeypatch, scene)


def test_a_peer_that_is_the_lns_itself_stays_pinned(monkeypatch):
    async def scene(path, kernel):
        await path.keep(KEPT, lambda: None)
        await path.attach(replace(KEPT, peer_address=LNS), [].append)
        assert kernel.routes[f"{LNS}/32"] == ETH

    on_tun(monkeypatch, scene)


def test_a_device_that_cannot_be_kept_leaves_nothing(monkeypatch):
    async def scene(path, kernel):
        with pytest.raises(LocalError):
            await path.keep(KEPT, lambda: None)
        assert (path.where("oslo").interface, path.waiting("oslo"), kernel.routes) == ("", 0, {})

    on_tun(monkeypatch, scene, **{LNS: []})


def test_a_device_that_somebody_has_removed_is_made_anew(monkeypatch):
    async def scene(path, kernel):
        lost = []
        path.on_lost = lost.append
        await path.keep(KEPT, lambda: None)
        await path.keep(KEPT, lambda: None)
        assert kernel.made == 1
        monkeypatch.setattr(os, "read", broken)
        kernel.host.send(packet(1))
        await until(lambda: lost)
        monkeypatch.undo()
        monkeypatch.setattr(tun, "open_tun", kernel.open_tun)
        await path.keep(KEPT, lambda: None)
        assert (lost, kernel.made) == (["oslo-lns1"], 2)

    def broken(_descriptor, _size):
        raise OSError(77, "File descriptor in bad state")

    on_tun(monkeypatch, scene)
