"""Packets that wait for a line: bounds, age, who is called for them; and PPP units that outlive their sessions."""

from __future__ import annotations

import asyncio
import socket

import pytest
from tests.datapath.keeping import KEPT, OPEN, packet, payload, until

from branchline.datapath import kernel_ppp
from branchline.datapath.kept import LONGEST, MOST_BYTES, MOST_PACKETS, Kept, Queue
from branchline.datapath.kernel_kept import KeptUnit


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_packets_leave_as_they_came():
    queue = Queue(Clock())
    for number in range(5):
        queue.put(packet(number))
    assert len(queue) == 5
    assert queue.take() == [packet(number) for number in range(5)]
    assert (len(queue), queue.take(), queue.dropped) == (0, [], 0)


BOUNDS = [
    # size   put               stay
    (28,     MOST_PACKETS,     MOST_PACKETS),
    (28,     MOST_PACKETS + 9, MOST_PACKETS),
    (1400,   60,               MOST_BYTES // 1400),
]  # fmt: skip


@pytest.mark.parametrize(("size", "put", "stay"), BOUNDS)
def test_the_oldest_gives_way(size, put, stay):
    queue = Queue(Clock())
    for number in range(put):
        queue.put(packet(number, size=size))
    assert (len(queue), queue.dropped) == (stay, put - stay)
    assert queue.take() == [packet(number, size=size) for number in range(put - stay, put)]


def test_what_is_too_old_is_dropped():
    clock = Clock()
    queue = Queue(clock)
    queue.put(packet(1))
    clock.now = LONGEST
    queue.put(packet(2))
    assert len(queue) == 2
    clock.now = LONGEST + 0.1
    assert (queue.take(), queue.dropped) == ([packet(2)], 1)


WAKES = [("10.10.0.10", True), ("10.20.0.1", True), ("224.0.0.251", False), ("255.255.255.255", False)]


@pytest.mark.parametrize(("destination", "wakes"), WAKES)
def test_for_whom_a_line_is_dialled(destination, wakes):
    woken = []
    kept = Kept(KEPT, lambda: woken.append(1), Queue(Clock()))
    kept.arrived(packet(1, destination))
    assert (bool(woken), len(kept.queue), kept.queue.dropped) == (wakes, wakes, not wakes)


def test_nobody_to_be_called():
    kept = Kept(KEPT, lambda: None, Queue(Clock()))
    kept.arrived(packet(1))
    kept.renew(None)
    kept.arrived(packet(2))
    assert (kept.queue.take(), kept.queue.dropped) == ([], 2)


class FakeChannel:
    """A session in the kernel: what was sent by it, and what came for the engine."""

    is_open = True

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.received: list[bytes] = []
        self.send, self.receive = self.sent.append, self.received.append
        self.joined = 0

    def join(self, unit: int) -> None:
        self.joined = unit


def in_kernel(monkeypatch, scene):
    """Run `scene(unit, host, switch, lost)` with a unit whose other end is `host`; `switch` has its modes."""

    async def all_of_it():
        host, descriptor = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        descriptor.setblocking(False)
        switch, lost = [], []
        monkeypatch.setattr(kernel_ppp, "open_unit", lambda: (descriptor.detach(), 7))
        monkeypatch.setattr(kernel_ppp, "loop_traffic", lambda _unit, *, on: switch.append(on))
        unit = KeptUnit(Kept(OPEN, lambda: None), lambda: lost.append(1))
        try:
            await scene(unit, host, switch, lost)
        finally:
            await unit.close()
            host.close()

    asyncio.run(all_of_it())


IP, IPCP = b"\x00\x21", b"\x80\x21"


def test_a_unit_gives_its_packets_back_until_a_session_carries_them(monkeypatch):
    async def scene(unit, host, switch, lost):
        channel, came = FakeChannel(), [0]
        host.send(IP + packet(1))
        await until(lambda: len(unit.state.queue) == 1)
        unit.carry(channel, lambda: came[0])
        await until(lambda: channel.sent)
        assert channel.sent[0][:3] == IP + b"\x45"  # asks whether the peer is ready
        host.send(IP + packet(2))
        host.send(IPCP + b"x")
        await until(lambda: channel.received == [IPCP + b"x"])
        came[0] += 1  # it is
        await until(lambda: len(payload(channel.sent, IP)) == 2)
        assert payload(channel.sent, IP) == [IP + packet(1), IP + packet(2)]
        assert (channel.joined, switch) == (7, [True, False])
        host.send(IP + packet(3))  # was given back in the moment of the change
        await until(lambda: payload(channel.sent, IP)[2:] == [IP + packet(3)])
        unit.wait()
        host.send(IP + packet(4))
        await until(lambda: len(unit.state.queue) == 1)
        assert (switch, unit.state.carried, lost) == ([True, False, True], False, [])

    in_kernel(monkeypatch, scene)


def test_a_unit_whose_interface_was_removed(monkeypatch):
    async def scene(unit, host, _switch, lost):
        host.close()
        await until(lambda: lost)
        assert unit.state.lost

    in_kernel(monkeypatch, scene)


def test_a_unit_whose_session_has_ended_waits_for_the_word(monkeypatch):
    async def scene(unit, host, _switch, lost):
        channel = FakeChannel()
        came = iter(range(1000))
        unit.carry(channel, lambda: next(came))
        await until(lambda: unit.state.carried)
        channel.is_open = False
        host.close()
        await asyncio.sleep(0.05)
        assert (unit.state.lost, lost) == (False, [])

    in_kernel(monkeypatch, scene)
