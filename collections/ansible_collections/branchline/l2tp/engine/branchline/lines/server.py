"""The LNS: answers tunnels and sessions, knows its users, gives them addresses and carries their packets."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from branchline.aio.jobs import Jobs
from branchline.aio.sockets import Binding
from branchline.aio.udp import UdpPort, make_endpoint
from branchline.config import Lns, User
from branchline.errors import LocalError
from branchline.l2tp import events as l2tp
from branchline.l2tp.policy import Identity, Policy
from branchline.l2tp.results import for_session, for_tunnel
from branchline.lines.addresses import Addresses
from branchline.lines.call_facts import shown
from branchline.lines.calls import Calls
from branchline.lines.context import Context
from branchline.lines.dialling import Dialling
from branchline.lines.proxy import proxied_by
from branchline.lines.served import Served
from branchline.lines.state import LineState, Trouble, correlation
from branchline.ppp.auth import check
from branchline.ppp.events import PeerCredentials
from branchline.trunk_config import Listen

LOG = logging.getLogger(__name__)


class LnsServer:
    """One LNS configuration at work; `apply` moves to another and touches only what differs."""

    def __init__(self, config: Lns, context: Context) -> None:
        self.config = config
        self.context = context
        self.addresses = Addresses(config)
        self.jobs = Jobs()
        self._ports: dict[Listen, UdpPort] = {}
        self._sessions: dict[tuple[UdpPort, int, int], Served] = {}
        self.by_line: dict[str, Served] = {}
        self.states = {user.line: LineState(user.line, "lns") for user in config.users.values()}
        self.peers: dict[tuple[UdpPort, int], l2tp.TunnelOpened] = {}
        self._dialling = Dialling(self)
        self.calls = Calls()

    async def open(self) -> None:
        """Make the shared device and listen; raises LocalError."""
        lns = self.config
        await self.context.datapath.open_shared(lns.interface, lns.address, lns.mtu)
        await self._hold(lns)
        for listen in lns.listen:
            self._listen(listen)

    async def close(self) -> None:
        """Tell every peer that this end is shut down, then give up the sockets."""
        self._dialling.close()
        self.calls.close()
        for listen in list(self._ports):
            self._unlisten(listen)
        await self.jobs.finish()
        await self.context.datapath.hold("lns", frozenset())

    async def apply(self, config: Lns) -> None:
        """Use `config` from now on: sessions of users that did not change stay as they are.

        Raises LocalError, before anything has changed, where an address or the device cannot be had.
        """
        old = self.config
        if (old.interface, old.address, old.mtu) != (config.interface, config.address, config.mtu):
            await self._leave_device("the LNS's device was changed")
        await self.context.datapath.open_shared(config.interface, config.address, config.mtu)
        for listen in set(config.listen) - set(self._ports):
            self._listen(listen)
        self.config = config
        for port in self._ports.values():
            port.endpoint.use(self._policy())
        await self._hold(config)
        self.addresses = self.addresses.renewed(config)
        for name, user in old.users.items():
            if config.users.get(name) != user:
                self._retire(user, "the user was removed or changed")
        for user in config.users.values():
            self.states.setdefault(user.line, LineState(user.line, "lns"))
        for listen in set(self._ports) - set(config.listen):
            self._unlisten(listen)

    def listeners(self) -> list[dict[str, Any]]:
        """Return the listeners' part of the status."""
        mark = self.context.mark
        return [{"address": listen.address, "port": listen.port, "mark": mark} for listen in self._ports]

    def status(self) -> list[dict[str, Any]]:
        """Return an entry for every user, whether the line is up or not."""
        users = {user.line: user for user in self.config.users.values()}
        entries = []
        for line, state in sorted(self.states.items()):
            entry = state.status(self.context.datapath.counters(line), self.context.datapath.where(line))
            served = self.by_line.get(line)
            entry.update(user=users[line].name, attempts=0, rtt=served.rtt if served else None)
            entries.append(entry)
        return entries

    def reconnect(self, line: str) -> bool:
        """End the session of `line`, so that its client opens it anew; False if there is none."""
        served = self.by_line.get(line)
        if served is not None:
            self.end(served, for_session(3, message="asked to reconnect"))
        return served is not None

    def call(self, line: str) -> bool:
        """Have the user of `line` called; False if the line is not known here. Raises LocalError where it cannot be."""
        user = next((user for user in self.config.users.values() if user.line == line), None)
        if user is not None and line not in self.by_line:
            self._dialling.call(user)
        return user is not None

    def user_of(self, name: str) -> User | None:
        """Look a user up by the name that the peer gave, with or without a DOMAIN\\ before it (RFC 2759 4)."""
        return self.config.users.get(name) or self.config.users.get(name.rpartition("\\")[2])

    def credentials(self, served: Served, event: PeerCredentials) -> None:
        """Check what a peer presents."""
        user = self.user_of(event.name)
        served.ppp.answer(check(event.credentials, user.secret.encode() if user else None))

    def admitted(self, served: Served, name: str, method: str) -> None:
        """A peer has proven to be `name`: the line is its own now, with an address; an older session gives way."""
        user = self.user_of(name)
        if user is None or not {served.user, served.wanted} <= {None, user}:  # removed meanwhile, or somebody else
            self.end(served, for_session(3, message="the user was removed or changed"))
            return
        if served.user is not None and served.address is not None:  # LCP was negotiated anew: nothing else changes
            served.give(served.address)
            return
        older = self.by_line.get(user.line)
        if older is not None:
            self.end(older, for_session(3, message="replaced by a newer session of the same line"))
            served.offer()  # the kernel takes one tunnel of an address and port: it had the older one's
        self.by_line[user.line] = served
        served.own(user, self.states[user.line], method)
        try:
            served.give(self.addresses.take(user))
        except LocalError as error:
            self.trouble(user.line, error.message, error.remedy)
            self.end(served, for_session(4, 4, message=error.message))

    def serves(self, served: Served) -> bool:
        """Whether the session is still there."""
        return (served.port, *served.ids) in self._sessions

    def end(self, served: Served, result: Any) -> None:
        """Close a session from this side."""
        with suppress(KeyError):
            served.port.call(served.port.endpoint.close_session, *served.ids, result)
        self.forget(served, str(result))

    def forget(self, served: Served, reason: str) -> None:
        """Give back all that a session held, however it ended; a second time does nothing."""
        if self._sessions.pop((served.port, *served.ids), None) is None:
            return
        served.ppp.drop()
        self.calls.done((served.port, *served.ids))
        if served.user is None:
            if served.wanted is not None:
                self._dialling.failed(served.wanted, reason, "")
            return
        line = served.user.line
        self.addresses.give_back(served.address)
        self.jobs.put(partial(self.context.datapath.detach, line))
        if self.by_line.get(line) is served:
            del self.by_line[line]
            self.states[line].reset()
            self.trouble(line, reason, "")

    def trouble(self, line: str, what: str, remedy: str) -> None:
        """Record why a line is down."""
        state = self.states.get(line)
        if state is not None:
            state.trouble = Trouble(what, time.time(), remedy)
        self.context.journal.note(line, "down", level=logging.WARNING, reason=what, remedy=remedy or None)

    def lost_interface(self, interface: str) -> None:
        """Somebody has removed the shared device, or the interface of one session."""
        if interface == self.config.interface:
            self.jobs.put(self.lost_device)
            return
        for served in [served for line, served in self.by_line.items() if self.states[line].interface == interface]:
            self.end(served, for_session(3, message=f"the interface {interface} was removed"))

    async def lost_device(self) -> None:
        """Somebody has removed the shared device: make it anew; its sessions end, their clients come back.

        A job of `jobs`: what the sessions held is given back by the jobs behind it.
        """
        self._end_all("the LNS's device was removed")
        await self.context.datapath.close_shared(self.config.interface)
        await self.context.datapath.open_shared(self.config.interface, self.config.address, self.config.mtu)

    async def _leave_device(self, reason: str) -> None:
        self._end_all(reason)
        await self.jobs.drain()
        await self.context.datapath.close_shared(self.config.interface)

    def _end_all(self, reason: str) -> None:
        for served in list(self.by_line.values()):
            self.end(served, for_session(3, message=reason))

    async def _hold(self, config: Lns) -> None:
        """Keep packets for users' networks off this host's other routes while their lines are down."""
        users = config.users.values()
        fixed = {f"{user.address}/32" for user in users if user.address}
        await self.context.datapath.hold("lns", frozenset(fixed).union(*(user.routes for user in users)))

    def _policy(self) -> Policy:
        lns = self.config
        most = Policy(sccrq_rate=lns.pace, sccrq_burst=lns.pace)
        return replace(most, hello=lns.hello, require_secret=lns.require_tunnel_secret, hide_avps=True)

    def _retire(self, user: User, reason: str) -> None:
        served = self.by_line.get(user.line)
        if served is not None:
            self.end(served, for_session(3, message=reason))
        self.states.pop(user.line, None)

    def _listen(self, listen: Listen) -> None:
        identity = Identity(self.context.host_name)
        binding = Binding(listen.address, listen.port, self.context.mark, shared=True)
        port = UdpPort(
            binding, make_endpoint(identity, self._policy(), self._secret), lambda event: self._on(port, event)
        )
        self._ports[listen] = port
        LOG.info("listening on %s:%d", *port.local)

    def _unlisten(self, listen: Listen) -> None:
        port = self._ports.pop(listen)
        for tunnel in [tunnel for where, tunnel in self.peers if where is port]:
            with suppress(KeyError):
                port.call(port.endpoint.close_tunnel, tunnel, for_tunnel(6, message="the LNS is shut down"))
        for served in [served for served in self._sessions.values() if served.port is port]:
            self.forget(served, "the LNS is shut down")
        port.close()

    def _secret(self, host_name: str) -> bytes | None:
        secret = self.config.peers.get(host_name)
        return secret.encode() if secret is not None else None

    def _on(self, port: UdpPort, event: l2tp.Event) -> None:
        if isinstance(event, l2tp.SessionRequested):
            self.calls.request((port, event.tunnel, event.session), lambda: self._requested(port, event))
        elif isinstance(event, l2tp.SessionOpened):
            self._opened(port, event)
        elif isinstance(event, l2tp.SessionClosed):
            self.calls.done((port, event.tunnel, event.session))
            served = self._sessions.get((port, event.tunnel, event.session))
            if served is not None:
                self.forget(served, f"the session ended: {event.result}")
            self._dialling.closed(port, event)
        elif isinstance(event, l2tp.TunnelOpened):
            self.peers[port, event.tunnel] = event
            LOG.info("tunnel=%d up with %s at %s:%d", event.tunnel, event.host_name, *event.peer)
        elif isinstance(event, l2tp.TunnelRefused):
            LOG.warning("refused a tunnel of %s at %s:%d: %s", event.host_name or "?", *event.peer, event.result)
        elif isinstance(event, l2tp.TunnelClosed):
            self._tunnel_closed(port, event)
        elif isinstance(event, l2tp.DataReceived):
            served = self._sessions.get((port, event.tunnel, event.session))
            if served is not None:  # sequenced, or of a session that has just ended
                served.ppp.receive(event.payload)

    def _tunnel_closed(self, port: UdpPort, event: l2tp.TunnelClosed) -> None:
        """Say so, as a warning if it was never up: nobody's line tells of that."""
        level = logging.INFO if self.peers.pop((port, event.tunnel), None) else logging.WARNING
        tunnel = port.endpoint.tunnels.get(event.tunnel)
        peer = f"{tunnel.host_name} at {tunnel.peer[0]}:{tunnel.peer[1]}" if tunnel else "?"
        LOG.log(level, "tunnel=%d with %s ended: %s", event.tunnel, peer, event.result)

    def _requested(self, port: UdpPort, event: l2tp.SessionRequested) -> None:
        """Be ready for a session before its peer hears that it may send, then accept it."""
        with suppress(KeyError):  # its CDN came in the same datagram's turn
            served = Served(self, port, self.peers[port, event.tunnel], event.session)
            self._sessions[port, event.tunnel, event.session] = served
            port.call(port.endpoint.accept_session, event.tunnel, event.session)

    def _opened(self, port: UdpPort, event: l2tp.SessionOpened) -> None:
        """The caller is through, or one that was called has answered."""
        wanted = self._dialling.opened(port, event)
        served = self._sessions.get((port, event.tunnel, event.session))
        if (event.tunnel, event.session) not in port.endpoint.sessions:
            return  # its CDN came in the same turn
        if served is None:
            served = Served(self, port, self.peers[port, event.tunnel], event.session)
            self._sessions[port, event.tunnel, event.session] = served
        served.wanted, served.correlation, served.call = wanted, correlation(event.call.serial), shown(event.call)
        proxied = proxied_by(event.call.proxy) if self.config.proxy == "accept" else None
        served.ppp.start(proxied, sequencing=event.call.sequencing_required)
