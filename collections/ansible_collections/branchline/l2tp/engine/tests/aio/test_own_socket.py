"""A tunnel's own socket: its peer's datagrams come to it, everybody else's to the listening one, and none is lost."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

import pytest

from branchline.aio.sockets import Binding, connect, open_beside, open_socket
from branchline.aio.udp import UdpPort, make_endpoint
from branchline.errors import LocalError
from branchline.l2tp import events
from branchline.l2tp.policy import Identity, Policy, TunnelProfile
from branchline.l2tp.results import for_tunnel


def peer_of(listening: socket.socket) -> socket.socket:
    """A client's socket that sends to a listening one."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(2)
    sock.connect(listening.getsockname())
    return sock


def heard(sock: socket.socket) -> list[bytes]:
    """What waits in a socket."""
    found: list[bytes] = []
    with suppress(BlockingIOError):
        while True:
            found.append(sock.recv(100))
    return found


def test_the_peer_of_an_own_socket_is_heard_there_and_what_came_before_is_not_lost():
    listening = open_socket(Binding("127.0.0.1", 0, None, shared=True))
    with listening, peer_of(listening) as oslo, peer_of(listening) as lyon:
        oslo.send(b"1 oslo")
        with open_beside(listening, None, oslo.getsockname()) as own:
            oslo.send(b"2 oslo")
            lyon.send(b"3 lyon")
            assert (heard(own), heard(listening)) == ([b"2 oslo"], [b"1 oslo", b"3 lyon"])
            own.send(b"4 to oslo")
            assert oslo.recv(100) == b"4 to oslo"  # from the address that it knows, else it would not hear it
        oslo.send(b"5 oslo")
        assert heard(listening) == [b"5 oslo"]


def test_strangers_never_come_to_a_socket_that_is_not_connected_yet():
    listening = open_socket(Binding("127.0.0.1", 0, None, shared=True))
    between = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with listening, between, peer_of(listening) as lyon:
        between.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        between.bind(listening.getsockname())
        between.setblocking(False)
        for number in range(50):
            lyon.send(b"%d" % number)
        assert (len(heard(between)), len(heard(listening))) == (0, 50)


def test_two_engines_cannot_share_an_address():
    first = open_socket(Binding("127.0.0.1", 0, None, shared=True))
    with first, pytest.raises(LocalError, match="Address already in use"):
        open_socket(Binding("127.0.0.1", first.getsockname()[1], None, shared=True))


def test_a_peer_that_cannot_be_reached_is_a_clear_error():
    with open_socket(Binding("127.0.0.1", 0, None, shared=True)) as listening:
        with pytest.raises(LocalError, match=r"no socket for 198\.51\.100\.1:1701 alone"):
            open_beside(listening, None, ("198.51.100.1", 1701))  # not from loopback
        with pytest.raises(LocalError, match="alone"):
            connect(listening, ("198.51.100.1", 1701))


class Lns:
    """A listening port that opens every tunnel, and clients of it."""

    def __init__(self) -> None:
        self.events: list[events.Event] = []
        endpoint = make_endpoint(Identity("lns1"), Policy(), lambda _name: None)
        self.port = UdpPort(Binding("127.0.0.1", 0, None, shared=True), endpoint, self.events.append)
        self.clients: list[UdpPort] = []

    async def tunnels(self, count: int, client: UdpPort | None = None) -> list[int]:
        """Our ids of that many new tunnels, of one client or of one each."""
        before = set(self.up())
        for _ in range(count):
            port = client or UdpPort(
                Binding("127.0.0.1", 0, None), make_endpoint(Identity("oslo"), Policy()), lambda _event: None
            )
            self.clients.append(port)
            port.call(port.endpoint.connect, self.port.local, TunnelProfile())
        for _ in range(500):
            if len(self.up()) == len(before) + count:
                break
            await asyncio.sleep(0.01)
        return [tunnel for tunnel in self.up() if tunnel not in before]

    def up(self) -> list[int]:
        """Tunnels that are open."""
        return [event.tunnel for event in self.events if isinstance(event, events.TunnelOpened)]

    def close(self) -> None:
        for port in (self.port, *self.clients):
            port.close()


def scene(function):
    """Run a test in an event loop with an LNS."""

    def test():
        async def all_of_it():
            lns = Lns()
            try:
                await asyncio.wait_for(function(lns), 20)
            finally:
                lns.close()

        asyncio.run(all_of_it())

    test.__name__, test.__doc__ = function.__name__, function.__doc__
    return test


@scene
async def test_each_tunnel_has_its_own_and_keeps_it(lns):
    first, second = await lns.tunnels(2)
    peers = {tunnel: lns.port.endpoint.tunnels[tunnel].peer for tunnel in (first, second)}
    own = {tunnel: lns.port.own_socket(tunnel) for tunnel in (first, second)}
    assert {tunnel: sock.getpeername() for tunnel, sock in own.items()} == peers
    assert lns.port.own_socket(first) is own[first]


@scene
async def test_it_goes_with_its_tunnel(lns):
    (tunnel,) = await lns.tunnels(1)
    own = lns.port.own_socket(tunnel)
    lns.port.call(lns.port.endpoint.close_tunnel, tunnel, for_tunnel(1, message="over"))
    for _ in range(500):
        if own.fileno() < 0:
            break
        await asyncio.sleep(0.01)
    assert own.fileno() == -1
    assert len(await lns.tunnels(1)) == 1  # and the listening one goes on


@scene
async def test_a_second_tunnel_of_a_peer_takes_the_socket_unless_the_first_one_has_calls(lns):
    client = UdpPort(Binding("127.0.0.1", 0, None), make_endpoint(Identity("oslo"), Policy()), lambda _event: None)
    first, second = (await lns.tunnels(1, client)) + (await lns.tunnels(1, client))
    old = lns.port.own_socket(first)
    new = lns.port.own_socket(second)
    assert (old.fileno(), new.getpeername()) == (-1, ("127.0.0.1", client.local[1]))
    lns.port.endpoint.tunnels[second].board.sessions[7] = object()
    with pytest.raises(LocalError, match="is in the kernel, which takes one of them"):
        lns.port.own_socket(first)
    del lns.port.endpoint.tunnels[second].board.sessions[7]


@scene
async def test_a_client_connects_the_socket_that_it_has(lns):
    await lns.tunnels(1)
    client = lns.clients[0]
    (tunnel,) = client.endpoint.tunnels
    assert client.own_socket(tunnel).getpeername() == lns.port.local
