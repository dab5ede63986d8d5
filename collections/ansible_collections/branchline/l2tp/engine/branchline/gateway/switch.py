"""The tunnel switch: answers branches' tunnels and sessions, and has each session carried on to an LNS."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any

from branchline.aio.jobs import Jobs
from branchline.aio.sockets import Binding
from branchline.aio.udp import UdpPort, make_endpoint
from branchline.datapath.interface import Counters
from branchline.gateway.rules import choose, may_match, must_ask, realm_of
from branchline.gateway.switched import Switched, SwitchedState
from branchline.gateway_config import Gateway, Rule
from branchline.l2tp import events as l2tp
from branchline.l2tp.call import Call
from branchline.l2tp.policy import Identity, Policy
from branchline.l2tp.results import Result, for_session, for_tunnel
from branchline.lines.context import Context
from branchline.lines.state import correlation
from branchline.trunk_config import Listen
from branchline.trunks.offered import Offered
from branchline.trunks.trunk import Limits, Trunk

LOG = logging.getLogger(__name__)


class Switch:
    """One configuration at work; `apply` moves to another and touches only what differs."""

    def __init__(self, config: Gateway, context: Context) -> None:
        self.config = config
        self.trunks: dict[str, Trunk] = {}
        self.datapath = context.datapath
        self._context = context
        self._jobs = Jobs()
        self._ports: dict[Listen, UdpPort] = {}
        self._peers: dict[tuple[UdpPort, int], l2tp.TunnelOpened] = {}
        self._sessions: dict[tuple[UdpPort, int, int], Switched] = {}
        self._offered: dict[tuple[UdpPort, int, int], Offered] = {}  # from ICRP to ICCN
        self._states: dict[str, SwitchedState] = {}

    async def open(self) -> None:
        """Listen; raises LocalError."""
        self._prepare(self.config)
        for listen in self.config.listen:
            self._listen(listen)

    async def close(self) -> None:
        """Tell everybody that this end is shut down."""
        for listen in list(self._ports):
            self._unlisten(listen)
        for trunk in self.trunks.values():
            await trunk.close("the gateway is shut down")
        await self._jobs.finish()

    async def apply(self, config: Gateway) -> None:
        """Use `config` from now on: sessions whose rule and LNS did not change stay as they are.

        Raises LocalError, before anything has changed, where an address cannot be had.
        """
        for listen in set(config.listen) - set(self._ports):
            self._listen(listen)
        old, self.config = self.config, config
        for port in self._ports.values():
            port.endpoint.use(self._policy())
        gone = [name for name, trunk in self.trunks.items() if config.lns.get(name) != trunk.config]
        for trunk in [self.trunks.pop(name) for name in gone]:
            await trunk.close("the LNS was removed or changed")
        for switched in list(self._sessions.values()):
            if switched.rule is not None and switched.rule not in config.rules:
                switched.end(for_session(3, message="the rule was removed or changed"))
        self._prepare(config)
        for line in {rule.line for rule in old.rules if rule.line} - {rule.line for rule in config.rules}:
            self._states.pop(line, None)
        for listen in set(self._ports) - set(config.listen):
            self._unlisten(listen)

    @property
    def host_name(self) -> str:
        """Who the gateway says it is, in L2TP and to branches that it asks."""
        return self._context.host_name

    def listeners(self) -> list[dict[str, Any]]:
        """Return the listeners' part of the status."""
        mark = self._context.mark
        return [{"address": listen.address, "port": listen.port, "mark": mark} for listen in self._ports]

    def status(self) -> list[dict[str, Any]]:
        """Return an entry for every session, and for every line that a rule names."""
        sessions = {switched.state.line: switched for switched in self._sessions.values()}
        entries = []
        for line, state in sorted(self._states.items()):
            switched = sessions.get(line)
            entry = state.status(*(switched.carried() if switched else (Counters(),)))
            entry.update(attempts=0, rtt=None)
            entries.append(entry)
        return entries

    def lost_ipsec(self, connection: str) -> None:
        """charon says that `connection` has no SA any more."""
        for trunk in self.trunks.values():
            if trunk.config.ipsec is not None and trunk.config.ipsec.connection == connection:
                trunk.lost("the IPsec SA is gone")

    def reconnect(self, line: str) -> bool:
        """End the session of `line`, so that its branch opens it anew; False if there is none."""
        found = [switched for switched in self._sessions.values() if switched.state.line == line]
        for switched in found:
            switched.end(for_session(3, message="asked to reconnect"))
        return bool(found)

    def note(self, line: str, event: str, *, level: int = logging.INFO, **facts: Any) -> None:
        """Record what happens to a line."""
        self._context.journal.note(line, event, level=level, **facts)

    def forget(self, switched: Switched) -> bool:
        """Let go of a session; False if that was done before."""
        known = self._sessions.pop((switched.port, *switched.ids), None) is not None
        if known and not (switched.rule and switched.rule.line):
            self._states.pop(switched.state.line, None)
        return known

    def choose(self, switched: Switched, call: Call) -> Rule | None:
        """The caller has said who it is: the rule for it, whose line `switched` is from now on; None: there is none."""
        rule = choose(self.config.rules, switched.tunnel.host_name, call)
        if rule is not None and rule.line:
            self._states.pop(switched.state.line, None)
            switched.state = self._state(rule, switched.tunnel.host_name, call.serial)
        return rule

    def nowhere(self, host_name: str, call: Call) -> Result:
        """Say that no rule is for a call."""
        realm = realm_of(call)
        where = f"{call.called_number or 'no number'}{f' of realm {realm}' if realm else ''}"
        what = f"no rule carries calls of {host_name} to {where} on"
        LOG.warning("%s", what)
        return for_session(6, message=what)

    def _prepare(self, config: Gateway) -> None:
        """Have a trunk for every LNS, and a state for every line that has a name."""
        limits = Limits(config.setup, config.dead, config.idle)
        for name, lns in config.lns.items():
            self.trunks.setdefault(name, Trunk(lns, self._context, limits, self._jobs)).limits = limits
        for rule in config.rules:
            if rule.line:
                self._states.setdefault(rule.line, SwitchedState(rule.line, "gateway"))

    def _policy(self) -> Policy:
        return Policy(hello=self.config.hello, require_secret=self.config.require_tunnel_secret, hide_avps=True)

    def _listen(self, listen: Listen) -> None:
        binding = Binding(listen.address, listen.port, self._context.mark, shared=True)
        endpoint = make_endpoint(Identity(self._context.host_name), self._policy(), self._secret)
        port = self._ports[listen] = UdpPort(binding, endpoint, lambda event: self._on(port, event))
        LOG.info("listening on %s:%d for tunnels to carry on", *port.local)

    def _unlisten(self, listen: Listen) -> None:
        port = self._ports.pop(listen)
        for tunnel in [tunnel for where, tunnel in self._peers if where is port]:
            with suppress(KeyError):
                port.call(port.endpoint.close_tunnel, tunnel, for_tunnel(6, message="the gateway is shut down"))
        port.close()

    def _secret(self, host_name: str) -> bytes | None:
        secret = self.config.peers.get(host_name)
        return secret.encode() if secret is not None else None

    def _on(self, port: UdpPort, event: l2tp.Event) -> None:
        if isinstance(event, l2tp.SessionRequested):
            self._requested(port, event)
        elif isinstance(event, l2tp.SessionOpened):
            self._opened(port, event)
        elif isinstance(event, l2tp.TunnelOpened):
            self._peers[port, event.tunnel] = event
            LOG.info("tunnel=%d up with %s at %s:%d", event.tunnel, event.host_name, *event.peer)
        elif isinstance(event, l2tp.TunnelRefused):
            LOG.warning("refused a tunnel of %s at %s:%d: %s", event.host_name or "?", *event.peer, event.result)
        elif isinstance(event, l2tp.TunnelClosed):
            known = self._peers.pop((port, event.tunnel), None)
            LOG.info("tunnel=%d with %s ended: %s", event.tunnel, known.host_name if known else "?", event.result)
        else:
            self._changed((port, event.tunnel, event.session), event)

    def _changed(self, key: tuple[UdpPort, int, int], event: l2tp.Event) -> None:
        """Something happens to a session; to one that has just ended nothing does."""
        offered, switched = self._offered.get(key), self._sessions.get(key)
        if switched is not None:
            switched.take(event)
        elif offered is not None and isinstance(event, l2tp.SessionClosed):
            self._offered.pop(key).close()

    def _requested(self, port: UdpPort, event: l2tp.SessionRequested) -> None:
        """Say yes where a rule may match: an ICCN tells more, of the caller's realm."""
        host_name = self._peers[port, event.tunnel].host_name
        known = any(may_match(rule, host_name, event.call) for rule in self.config.rules)
        with suppress(KeyError):  # its CDN came in the same datagram's turn
            if known:
                offered = Offered(port, (event.tunnel, event.session), self.datapath, lns=True)
                self._offered[port, event.tunnel, event.session] = offered
                port.call(port.endpoint.accept_session, event.tunnel, event.session)
            else:
                port.call(
                    port.endpoint.reject_session, event.tunnel, event.session, self.nowhere(host_name, event.call)
                )

    def _opened(self, port: UdpPort, event: l2tp.SessionOpened) -> None:
        if (event.tunnel, event.session) not in port.endpoint.sessions:
            return  # its CDN came in the same datagram's turn
        tunnel = self._peers[port, event.tunnel]
        offered, rules = self._offered.pop((port, event.tunnel, event.session)), self.config.rules
        asks = must_ask(rules, tunnel.host_name, event.call)
        rule = None if asks else choose(rules, tunnel.host_name, event.call)
        if rule is None and not asks:
            offered.close()
            result = self.nowhere(tunnel.host_name, event.call)
            port.call(port.endpoint.close_session, event.tunnel, event.session, result)
            return
        state = self._state(rule, tunnel.host_name, event.call.serial)
        self._sessions[port, event.tunnel, event.session] = Switched(self, offered, tunnel, event, rule, state)

    def _state(self, rule: Rule | None, host_name: str, serial: int) -> SwitchedState:
        """Return the state of a new session's line; an older session of a line that has a name gives way."""
        if rule is not None and rule.line:
            for switched in [each for each in self._sessions.values() if each.state.line == rule.line]:
                switched.end(for_session(3, message="replaced by a newer session of the same line"))
        line = (rule and rule.line) or f"{host_name}-{correlation(serial)}"
        return self._states.setdefault(line, SwitchedState(line, "gateway"))
