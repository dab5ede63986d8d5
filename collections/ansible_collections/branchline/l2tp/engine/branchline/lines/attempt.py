"""One attempt at a client's line, from the first SCCRQ to its end; each is used once."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import singledispatchmethod
from ipaddress import IPv4Address
from typing import Any, NoReturn

from branchline.aio.sockets import Binding
from branchline.aio.udp import UdpPort, make_endpoint
from branchline.datapath.interface import SessionPath
from branchline.errors import LocalError
from branchline.l2tp.call import CallRequest
from branchline.l2tp.events import DataReceived, Event, SessionClosed, SessionOpened, TunnelClosed, TunnelOpened
from branchline.l2tp.policy import Identity, Policy, TunnelProfile
from branchline.l2tp.results import Cause, for_session, for_tunnel
from branchline.line_config import Line
from branchline.lines.carrying import offer
from branchline.lines.context import Context
from branchline.lines.ppp_session import PATIENCE, PppSession
from branchline.lines.remedies import remedy_for
from branchline.lines.seat import Attaching
from branchline.lines.state import LineState, correlation
from branchline.ppp.config import LinkConfig, NetworkConfig
from branchline.ppp.events import Authenticated, LinkDown, NetworkDown, NetworkUp

QUIET = 3.0  # seconds without a frame after which the end of a link means that the peer is silent
GOODBYE = 0.2  # seconds in which the peer can acknowledge before the socket closes


class LineEndedError(LocalError):
    """Why the attempt is over; `silent`: the peer has stopped answering, so its SA is suspect too.

    `gone`: it is not only this session that is over, so another LNS may do better.
    """

    def __init__(self, message: str, *, remedy: str = "", silent: bool = False, gone: bool = False) -> None:
        super().__init__(message, remedy)
        self.silent, self.gone = silent, silent or gone


class Attempt:
    """Joins one tunnel, one session and one link; `run` returns only by raising LineEndedError."""

    def __init__(
        self, line: Line, context: Context, state: LineState, local: str, datapath: Attaching | None = None
    ) -> None:
        """`datapath`: what the line shares with another attempt, if it does; else the host's."""
        self._line, self._context, self._state = line, context, state
        self._datapath: Attaching = datapath or context.datapath
        self._events: asyncio.Queue[Any] = asyncio.Queue()
        identity = Identity(context.host_name)
        policy = Policy(hello=line.hello)
        binding = Binding(local, line.source_port, context.mark)
        self._port = UdpPort(binding, make_endpoint(identity, policy), self._take)
        self._tunnel = 0
        self._session: PppSession | None = None
        self._gone = asyncio.Event()

    @property
    def rtt(self) -> float | None:
        """Seconds of the last echo."""
        return self._session.rtt if self._session else None

    async def run(self) -> None:
        """Open the line and hold it until something ends it: always raises."""
        line = self._line
        secret = line.tunnel_secret.encode() if line.tunnel_secret else None
        profile = TunnelProfile(secret, peer_host_name=line.peer_host_name, hide_avps=line.hide_avps, hello=line.hello)
        peer = (line.lns, line.port)
        self._tunnel = self._port.call(self._port.endpoint.connect, peer, profile)
        self._state.tunnel = {"id": self._tunnel, "peer_id": None, "state": "connecting"}
        self._state.peer = {"address": line.lns, "port": line.port, "host_name": None}
        self._state.local = dict(zip(("address", "port"), self._port.local))
        while True:
            await self._on(await self._events.get())

    def end(self, reason: LineEndedError) -> None:
        """Make `run` raise `reason`."""
        self._events.put_nowait(reason)

    def part(self) -> None:
        """Let go of the data path: another attempt is to have it."""
        if self._session is not None:
            self._session.part()

    async def leave(self, reason: str) -> None:
        """Say goodbye: CDN, StopCCN, and a moment for the acknowledgement."""
        if not self._tunnel:
            return
        with suppress(KeyError):
            self._port.call(self._port.endpoint.close_tunnel, self._tunnel, for_tunnel(1, message=reason))
            await asyncio.sleep(GOODBYE)

    async def close(self) -> None:
        """Give back all that the attempt holds."""
        if self._session is not None:
            self._session.drop()
        with suppress(KeyError):
            reason = self._state.trouble.what if self._state.trouble else "the line has ended"
            self._port.call(self._port.endpoint.close_tunnel, self._tunnel, for_tunnel(1, message=reason))
        self._port.close()
        await self._datapath.detach(self._line.name)

    def _take(self, event: Event) -> None:
        """Begin PPP at once: the LNS's first frame may be right behind; end it at once. The rest can wait its turn."""
        ids = (getattr(event, "tunnel", 0), getattr(event, "session", 0))
        if isinstance(event, SessionOpened) and ids in self._port.endpoint.sessions:
            peer = self._port.endpoint.tunnels[event.tunnel].peer  # may have moved to another port, RFC 2661 8.1
            self._session = PppSession(self._port, ids, peer, self._link_config(), self._events.put_nowait)
            offer(self._session, self._port, self._datapath, lns=False)
            self._session.start(sequencing=self._line.sequencing)
        if isinstance(event, SessionClosed) and self._session is not None:
            self._session.drop()
        if isinstance(event, DataReceived) and self._session is not None:
            self._session.receive(event.payload)  # sequenced, so not by the short way
        else:
            self._events.put_nowait(event)

    @singledispatchmethod
    async def _on(self, event: Any) -> None:
        """Events that change nothing here."""

    @_on.register
    async def _(self, event: LineEndedError) -> None:
        raise event

    @_on.register
    async def _(self, event: TunnelOpened) -> None:
        self._state.tunnel = {"id": event.tunnel, "peer_id": event.peer_tunnel, "state": "established"}
        self._state.peer = {"address": event.peer[0], "port": event.peer[1], "host_name": event.host_name}
        self._state.enter("session")
        self._note("tunnel-up", tunnel=event.tunnel, peer_tunnel=event.peer_tunnel, peer=event.host_name)
        request = CallRequest(sequencing=self._line.sequencing)
        with suppress(KeyError):  # its StopCCN was right behind: TunnelClosed waits
            session = self._port.call(self._port.endpoint.open_session, event.tunnel, request)
            self._state.session = {"id": session, "peer_id": None, "state": "connecting"}

    @_on.register
    async def _(self, event: SessionOpened) -> None:
        self._state.session = {"id": event.session, "peer_id": event.peer_session, "state": "established"}
        self._state.correlation = correlation(event.call.serial)
        self._state.enter("ppp")
        ids = {"tunnel": event.tunnel, "session": event.session, "peer_session": event.peer_session}
        self._note("session-up", **ids, correlation=self._state.correlation)

    @_on.register
    async def _(self, event: Authenticated) -> None:
        self._state.auth = event.method
        self._note("authenticated", user=event.user, method=event.method)

    @_on.register
    async def _(self, event: NetworkUp) -> None:
        assert self._session is not None
        path = self._path(event)
        self._session.connect(await self._datapath.attach(path, self._session.transmitter()))
        self._state.address, self._state.peer_address = path.local_address, path.peer_address
        self._state.dns = [str(server) for server in event.dns]
        self._state.interface, self._state.mtu, self._state.routes = path.interface, path.mtu, list(path.routes)
        self._state.enter("open")
        self._note("open", address=path.local_address, peer_address=path.peer_address, interface=path.interface)

    @_on.register
    async def _(self, _event: NetworkDown) -> None:
        self._link_ended(self._session.ending if self._session else "")

    @_on.register
    async def _(self, event: LinkDown) -> None:
        with suppress(KeyError):
            ids = self._session.ids if self._session else (self._tunnel, 0)
            self._port.call(self._port.endpoint.close_session, *ids, for_session(3, message=event.reason))
        self._link_ended(event.reason)

    @_on.register
    async def _(self, event: SessionClosed) -> None:
        if self._session is not None:
            self._without_a_word(self._session, event)
        tunnel = self._port.endpoint.tunnels.get(self._tunnel)
        gone, remedy = tunnel is None or tunnel.closed, remedy_for(event.result.cause)
        raise LineEndedError(f"the session ended: {event.result}", remedy=remedy, gone=gone)

    @_on.register
    async def _(self, event: TunnelClosed) -> None:
        silent = event.result.cause in (Cause.NO_ANSWER, Cause.TOO_SLOW)
        remedy = remedy_for(event.result.cause)
        raise LineEndedError(f"the tunnel ended: {event.result}", remedy=remedy, silent=silent, gone=True)

    def _without_a_word(self, session: PppSession, event: SessionClosed) -> None:
        """Raise what the peer would have said in PPP, had it not simply ended the session."""
        if session.ending:
            self._link_ended(session.ending)
        if session.authenticating:
            what = f"the session ended while {self._line.user!r} was authenticating: {event.result}"
            raise LineEndedError(what, remedy=remedy_for("ppp"))
        if session.obstacle:
            raise LineEndedError(f"{session.obstacle}; the session ended: {event.result}", remedy=remedy_for("ppp"))

    def _link_ended(self, reason: str) -> NoReturn:
        silent = self._session is not None and self._session.quiet_for() > QUIET
        raise LineEndedError(reason or "IPCP went down", remedy=remedy_for("ppp"), silent=silent)

    def _link_config(self) -> LinkConfig:
        line = self._line
        wanted = IPv4Address(line.address) if line.address else None
        return LinkConfig(
            name=self._context.host_name,
            mru=line.mtu,
            answer=line.auth,
            user=line.user,
            secret=line.secret.encode(),
            echo=line.echo,
            policy=PATIENCE,
            network=NetworkConfig(local_address=wanted, ask_dns=True),
        )

    def _path(self, event: NetworkUp) -> SessionPath:
        line = self._line
        return SessionPath(
            line=line.name,
            interface=line.interface,
            shared=False,
            local_address=str(event.local_address),
            peer_address=str(event.peer_address),
            mtu=line.mtu,
            mss_clamp=line.mss_clamp,
            routes=line.routes,
            default_route=line.default_route,
            outer_peer=line.lns,
            channel=self._session.channel if self._session else None,
            refused=self._session.refused if self._session else "",
        )

    def _note(self, event: str, **facts: Any) -> None:
        self._context.journal.note(self._line.name, event, **facts)
