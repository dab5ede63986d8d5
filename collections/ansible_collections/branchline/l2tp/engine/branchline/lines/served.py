"""One session at the LNS, from ICCN to its end."""

from __future__ import annotations

import logging
from functools import partial
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any

from branchline.config import User
from branchline.datapath.interface import SessionPath
from branchline.errors import LocalError
from branchline.l2tp.events import TunnelOpened
from branchline.l2tp.results import for_session
from branchline.lines.carrying import offer
from branchline.lines.ppp_session import PATIENCE, PppSession
from branchline.lines.state import LineState
from branchline.ppp import events as ppp
from branchline.ppp.config import LinkConfig, NetworkConfig

if TYPE_CHECKING:
    from branchline.aio.udp import UdpPort
    from branchline.lines.server import LnsServer

LOG = logging.getLogger(__name__)


class Served:
    """A peer's session; nobody's until it has authenticated, then the line of its user."""

    def __init__(self, server: LnsServer, port: UdpPort, tunnel: TunnelOpened, session: int) -> None:
        """Ready for the session's frames from now on; KeyError if it has gone meanwhile."""
        self.port, self.tunnel = port, tunnel
        self.ids = (tunnel.tunnel, session)
        self.peer_session = port.endpoint.sessions[self.ids].peer_id
        self.correlation: str | None = None  # of the call, from ICCN on
        self.call: dict[str, Any] | None = None  # what was said of it
        self.user: User | None = None
        self.wanted: User | None = None  # whom the call was asked for, if it was
        self.address: str | None = None
        self._server = server
        self._state: LineState | None = None
        self._peer_mru = 1500  # octets, until LCP says otherwise
        lns = server.config
        name = server.context.host_name
        config = LinkConfig(name=name, mru=lns.mtu, demand=lns.auth, echo=lns.echo, policy=PATIENCE)
        self.ppp = PppSession(port, self.ids, tunnel.peer, config, self._on)
        offer(self.ppp, port, server.context.datapath, lns=True)

    @property
    def rtt(self) -> float | None:
        """Seconds of the last echo."""
        return self.ppp.rtt

    def offer(self) -> None:
        """Have the data path take the open session, unless it has, or numbers are in use: a kernel begins at 0."""
        if self.ppp.channel is None and self.port.endpoint.data_header(*self.ids) is not None:
            offer(self.ppp, self.port, self._server.context.datapath, lns=True)

    def own(self, user: User, state: LineState, method: str) -> None:
        """The peer is `user`: fill in what the status of its line tells."""
        self.user, self._state = user, state
        state.enter("ppp")
        peer, port = self.tunnel.peer
        state.peer = {"address": peer, "port": port, "host_name": self.tunnel.host_name}
        state.local = dict(zip(("address", "port"), self.port.local))
        state.tunnel = {"id": self.tunnel.tunnel, "peer_id": self.tunnel.peer_tunnel, "state": "established"}
        state.session = {"id": self.ids[1], "peer_id": self.peer_session, "state": "established"}
        state.correlation, state.call = self.correlation, self.call
        state.auth, state.pool = method, None if user.address else user.pool

    def give(self, address: str) -> None:
        """Offer `address` to the peer."""
        lns = self._server.config
        self.address = address
        dns = tuple(IPv4Address(server) for server in lns.dns)
        self.ppp.open_network(NetworkConfig(IPv4Address(lns.address), IPv4Address(address), dns))

    def _on(self, event: ppp.Event) -> None:
        if isinstance(event, ppp.LcpUp):
            self._peer_mru = event.theirs.mru
        elif isinstance(event, ppp.PeerCredentials):
            self._server.credentials(self, event)
        elif isinstance(event, ppp.Authenticated):
            self._server.admitted(self, event.user, event.method)
        elif isinstance(event, ppp.AuthFailed):
            user = self._server.user_of(event.user)
            self._server.trouble(
                user.line if user else "?", f"{event.user}: {event.reason}", "run the play on both ends"
            )
        elif isinstance(event, ppp.NetworkUp):
            self._server.jobs.put(self._attach)
        elif isinstance(event, ppp.NetworkDown):
            self.ppp.close("IPCP went down")
        elif isinstance(event, ppp.LinkDown):
            self._server.end(self, for_session(3, message=event.reason))

    async def _attach(self) -> None:
        if self.user is None or self._state is None or self.address is None or not self._server.serves(self):
            return
        path = self._path(self.user, self.address)
        try:
            deliver = await self._server.context.datapath.attach(path, self.ppp.transmitter())
        except LocalError as error:
            self._fail(path.line, error.message, error.remedy)
        except Exception as error:  # a fault of ours must not leave the branch with half a line
            LOG.exception("line=%s: attaching failed within the engine", path.line)
            self._fail(path.line, f"the engine failed: {error!r}", "please report it, with the engine's log")
        else:
            if self._server.serves(self):  # else it ended meanwhile, and its detach is in the queue
                self.ppp.connect(deliver)
                self._opened(path, self._state)

    def _fail(self, line: str, what: str, remedy: str) -> None:
        self._server.trouble(line, what, remedy)
        self._server.end(self, for_session(4, 4, message="no data path"))

    def _opened(self, path: SessionPath, state: LineState) -> None:
        state.address, state.peer_address = path.peer_address, path.local_address
        state.dns = list(self._server.config.dns)
        where = self._server.context.datapath.where(path.line)
        state.interface, state.mtu, state.routes = where.interface or path.interface, path.mtu, list(path.routes)
        state.enter("open")
        self._server.calls.done((self.port, *self.ids))
        note = partial(self._server.context.journal.note, path.line, "open", tunnel=self.ids[0], session=self.ids[1])
        facts: dict[str, Any] = {"address": path.peer_address, "method": state.auth, "correlation": state.correlation}
        note(user=self.user and self.user.name, **facts, calling=(state.call or {}).get("calling_number"))

    def _path(self, user: User, address: str) -> SessionPath:
        lns = self._server.config
        return SessionPath(
            line=user.line,
            interface=lns.interface,
            shared=True,
            local_address=lns.address,
            peer_address=address,
            mtu=min(lns.mtu, self._peer_mru),  # RFC 1661 6.1: no packet is longer than the peer takes
            mss_clamp=lns.mss_clamp,
            routes=user.routes,
            default_route=False,
            outer_peer=self.tunnel.peer[0],
            channel=self.ppp.channel,
            refused=self.ppp.refused,
        )
