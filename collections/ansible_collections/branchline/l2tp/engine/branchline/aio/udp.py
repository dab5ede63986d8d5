"""One UDP socket and the L2TP endpoint behind it: the only file that sends and receives datagrams.

Data messages of sessions that have a sink go straight to it; everything else is the endpoint's. A tunnel that the
kernel carries has a socket of its own, because Linux finds the tunnel of a datagram by its socket.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import secrets
import socket
from collections.abc import Callable
from typing import Any

from branchline.aio.alarm import Alarm
from branchline.aio.sockets import Binding, connect, hint, open_beside, open_socket
from branchline.errors import LocalError
from branchline.l2tp.endpoint import Endpoint
from branchline.l2tp.events import Event, TunnelClosed
from branchline.l2tp.policy import Address, Identity, Policy
from branchline.l2tp.session import Session
from branchline.wire import l2tp

LOG = logging.getLogger(__name__)
BATCH = 64  # datagrams read before the loop looks at other sockets
BIGGEST = 65536
CONTROL = 0x80  # the T bit of the first octet, RFC 2661 3.1
Sink = Callable[[bytes], None]


class UdpPort:
    """The socket of a local address with its endpoint; `on_event` gets each event of the endpoint."""

    def __init__(self, binding: Binding, endpoint: Endpoint, on_event: Callable[[Event], None]) -> None:
        self.endpoint = endpoint
        self.refused = 0  # datagrams that this host would not send, by the guard's or the routes' verdict
        self._on_event = on_event
        self._loop = asyncio.get_running_loop()
        self._sinks: dict[tuple[int, int], tuple[Session, Sink]] = {}
        self._binding = binding
        self._socket = open_socket(binding)
        self._own: dict[int, socket.socket] = {}  # by tunnel
        self._alarm = Alarm(lambda: self.call(endpoint.on_timeout))
        self._loop.add_reader(self._socket.fileno(), self._readable, self._socket)

    @property
    def local(self) -> Address:
        """The address that the socket is bound to."""
        address, port = self._socket.getsockname()
        return address, port

    def now(self) -> float:
        """Return the clock of the endpoint, seconds."""
        return self._loop.time()

    def call(self, method: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Run one method of the endpoint at this moment, then do what follows from it."""
        result = method(*arguments, self._loop.time(), **options)
        self.settle()
        return result

    def settle(self) -> None:
        """Hand out the events, send what waits and set the timer.

        Events come first: who hears that a session is open is ready for it before the peer hears so too.
        """
        while (event := self.endpoint.next_event()) is not None:
            self._hand_out(event)
        for datagram, peer in self.endpoint.outbox():
            self._transmit(datagram, peer)
        if self._socket.fileno() >= 0:
            self._alarm.set(self.endpoint.next_timeout())

    def _hand_out(self, event: Event) -> None:
        try:
            self._on_event(event)
        except Exception:  # one peer's session must not stop the others' datagrams and timers
            LOG.exception("%s could not be handled", type(event).__name__)
        if isinstance(event, TunnelClosed) and event.tunnel in self._own:
            self._loop.call_soon(self._disown, self._own.pop(event.tunnel))

    def own_socket(self, tunnel: int) -> socket.socket:
        """Return a socket that is connected to this tunnel's peer and is no other tunnel's.

        It goes with the tunnel. Raises LocalError where another tunnel with calls has the same peer address and port.
        """
        if tunnel not in self._own:
            peer = self.endpoint.tunnels[tunnel].peer
            self._displace(peer)
            self._own[tunnel] = self._connect(peer)
        return self._own[tunnel]

    def _displace(self, peer: Address) -> None:
        for other in [tunnel for tunnel, sock in self._own.items() if sock.getpeername() == peer]:
            known = self.endpoint.tunnels.get(other)
            if known is not None and known.sessions:
                message = f"tunnel {other} with {peer[0]}:{peer[1]} is in the kernel, which takes one of them"
                raise LocalError(message, "have each tunnel of that peer come from a port of its own")
            self._disown(self._own.pop(other))

    def _connect(self, peer: Address) -> socket.socket:
        if not self._binding.shared:
            connect(self._socket, peer)
            return self._socket
        sock = open_beside(self._socket, self._binding.mark, peer)
        self._loop.add_reader(sock.fileno(), self._readable, sock)
        return sock

    def _disown(self, sock: socket.socket) -> None:
        """Close a tunnel's own socket, once what waits in it is read: a new tunnel's SCCRQ, say."""
        if sock is not self._socket and sock.fileno() >= 0:
            self._readable(sock)
            self._loop.remove_reader(sock.fileno())
            sock.close()

    def open_sink(self, tunnel: int, session: int, sink: Sink) -> None:
        """Give the session's frames to `sink` as they come, without an event for each."""
        self._sinks[tunnel, session] = (self.endpoint.sessions[tunnel, session], sink)

    def close_sink(self, tunnel: int, session: int) -> None:
        """Take the sink of a session away."""
        self._sinks.pop((tunnel, session), None)

    def send_frame(self, tunnel: int, session: int, frame: bytes) -> None:
        """Send one PPP frame on a session, in sequence where it is sequenced."""
        self.call(self.endpoint.send_data, tunnel, session, frame)

    def transmitter(self, tunnel: int, session: int, peer: Address, prefix: bytes) -> Sink:
        """Return the shortest way for this session's packets: header and `prefix` before each, nothing else to do."""
        facts, transmit = self.endpoint.sessions.get((tunnel, session)), self._transmit

        def send(packet: bytes) -> None:
            if facts is None:  # it has ended, and the event that says so is on its way
                return
            if facts.header is not None:
                transmit(facts.header + prefix + packet, peer)
            elif not facts.forgotten:  # sequenced: each has a number of its own
                self.send_frame(tunnel, session, prefix + packet)

        return send

    def close(self) -> None:
        """Close the socket; tunnels that are open are forgotten, not told."""
        for sock in (*self._own.values(), self._socket):
            if sock.fileno() >= 0:
                self._loop.remove_reader(sock.fileno())
                sock.close()
        self._own.clear()
        self._alarm.stop()

    def _transmit(self, datagram: bytes, peer: Address) -> None:
        try:
            self._socket.sendto(datagram, peer)
        except OSError as error:
            self.refused += 1
            if self.refused & (self.refused - 1) == 0:  # the 1st, 2nd, 4th, 8th ... of them
                LOG.warning("cannot send to %s:%d: %s (%d so far)%s", *peer, error.strerror, self.refused, hint(error))

    def _readable(self, sock: socket.socket) -> None:
        receive, sinks = sock.recvfrom, self._sinks
        for _ in range(BATCH):
            try:
                datagram, peer = receive(BIGGEST)
            except OSError as error:  # nothing more to read, or an ICMP error about something sent before
                if error.errno in (errno.EAGAIN, errno.EBADF):
                    break
                continue
            if not (datagram and datagram[0] & CONTROL) and self._data(datagram, peer, sinks):
                continue
            self.endpoint.receive(datagram, peer, self._loop.time())
            self.settle()

    def _data(self, datagram: bytes, peer: Address, sinks: dict[tuple[int, int], tuple[Session, Sink]]) -> bool:
        """Take a data message the short way; False where the endpoint has to see it."""
        found = l2tp.parse_data(datagram)
        if found is None:
            return False
        tunnel, session, start, end, ns = found
        entry = sinks.get((tunnel, session))
        if ns is not None or entry is None or entry[0].header is None or entry[0].peer != peer:
            return False
        entry[1](datagram[start:end])
        return True


def make_endpoint(identity: Identity, policy: Policy, lookup: Callable[[str], bytes | None] | None = None) -> Endpoint:
    """Make an endpoint with the machine's randomness; it answers SCCRQs where there is a `lookup` of secrets."""
    nobody: Callable[[str], bytes | None] = lambda _name: None  # noqa: E731 - one expression, used once
    accept = lookup is not None
    return Endpoint(identity, policy, random=secrets.token_bytes, accept=accept, secrets=lookup or nobody)
