"""One control connection: RFC 2661 5.1, 5.5, 5.7, driven by the table of control_states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from branchline.l2tp import events, incoming, results
from branchline.l2tp.channel import Channel
from branchline.l2tp.control_states import Do, On, S, step
from branchline.l2tp.handshake import Handshake
from branchline.l2tp.results import Cause, Result
from branchline.l2tp.switchboard import Switchboard
from branchline.wire import messages
from branchline.wire.messages import Message, Type

if TYPE_CHECKING:
    from branchline.l2tp.context import Context
    from branchline.l2tp.policy import Address, TunnelProfile
    from branchline.l2tp.session import Session
    from branchline.wire.l2tp import ControlHeader

IN_CLEAR = frozenset({Type.SCCRQ, Type.STOPCCN})  # readable whether or not the secrets are the same


class Tunnel:
    """State of one tunnel. Once closed it lingers, deaf to all but retransmissions, for a full cycle of them (5.7)."""

    def __init__(self, context: Context, number: int, peer: Address, profile: TunnelProfile, now: float) -> None:
        self.context = context
        self.id = number
        self.peer = peer
        self.called = peer  # as it was when the tunnel was made; an SCCRP may come from another port
        self.peer_id = 0
        self.profile = profile
        self.state = S.IDLE
        self.since = now  # of `state`
        self.host_name = ""  # the peer's
        self.vendor_name = ""
        self.framings = 0  # the peer's Framing Capabilities
        self.bearers: int | None = None  # its Bearer Capabilities; without them it makes no outgoing calls, 6.9
        self.request = b""  # fingerprint of the SCCRQ that was accepted
        self.peer_hides = False  # it has sent hidden AVPs, so it can read them
        self.closed = False
        self.forgotten = False
        self.board = Switchboard(self)
        self.handshake = Handshake(context.identity, context.policy, profile, context.random)
        self.channel = Channel(context.policy, lambda datagram: context.outbox.append((datagram, self.peer)))
        self._hello = context.policy.hello if profile.hello is None else profile.hello
        self._hello_at: float | None = None
        self._until: float | None = now + context.policy.setup_timeout  # end of set-up, or of lingering
        self._heard = False
        self._result: Result | None = None  # of the end: why, and whose doing
        self._by_peer = False

    @property
    def sessions(self) -> dict[int, Session]:
        """Its sessions by our id."""
        return self.board.sessions

    @property
    def initiator(self) -> bool:
        """Whether this side sent the SCCRQ."""
        return not self.request

    # what the user asks for

    def open(self, now: float) -> None:
        """Send SCCRQ."""
        self.fire(On.OPEN, now)

    def accept(self, sccrq: Message, header: ControlHeader, body: bytes, now: float) -> None:
        """Answer an SCCRQ that was found acceptable."""
        self._heard = True
        self.channel.receive(header, body, now)
        self.learn(sccrq)
        self.context.add_origin(self)
        self.fire(On.SCCRQ_ACCEPTABLE, now)

    def close(self, result: Result, now: float) -> None:
        """Close from this side, with StopCCN."""
        if not self.closed:
            self.fire(On.CLOSE, now, result)

    def abandon(self, result: Result, now: float) -> None:
        """Close without a word, and forget: the peer is dead, unproven or has begun anew."""
        if not self.closed:
            self.fire(On.DEAD, now, result)
        self.context.forget(self)

    def lose_tie(self, now: float) -> None:
        """Discard silently (4.4.3), the peer's SCCRQ is used instead."""
        result = results.for_tunnel(
            3, message="the peer's own SCCRQ has the lower tie breaker", cause=Cause.TIE_BREAKER
        )
        self.fire(On.SCCRQ_LOSE_TIE, now, result)
        self.context.forget(self)

    def call(self, now: float) -> None:
        """Send the tunnel-open event to sessions that wait, if the tunnel is open (7.2.1 established, Local Open)."""
        if self.state is S.ESTABLISHED:
            self.fire(On.OPEN, now)

    def probe(self, now: float) -> None:
        """Say Hello now unless something is unanswered anyway: is the peer still the one that we know?"""
        if self.state is S.ESTABLISHED and self.channel.idle:
            self._say_hello(now)
            self.context.arm(self)

    def send(self, message: Message, session: int, now: float) -> None:
        """Send a control message, reliably, hiding what may be hidden if that is wanted."""
        if self.closed:
            return
        self.channel.send(session, self._encode(message), now)
        self.context.arm(self)

    # what the peer and the clock say

    def receive(self, header: ControlHeader, body: bytes, now: float) -> None:
        """Take one control datagram."""
        self._heard = True
        if self._hello_at is not None:
            self._hello_at = now + self._hello
        for session, delivered in self.channel.receive(header, body, now):
            if not self.closed:
                incoming.deliver(self, session, delivered, now)
        if self.closed:
            self.channel.acknowledge()
        self.context.arm(self)

    def next_timeout(self) -> float | None:
        """Return the earliest of its deadlines."""
        times = [time for time in (self.channel.next_timeout(), self._hello_at, self._until) if time is not None]
        return min(times) if times else None

    def on_timeout(self, now: float) -> None:
        """Retransmit, acknowledge, say Hello, give up, forget: whatever is due."""
        self.channel.on_timeout(now)
        if self.channel.dead and not self.closed:
            attempts = self.context.policy.retransmit_limit + 1
            self.abandon(results.for_tunnel(1, message=f"no answer to {attempts} sendings", cause=Cause.NO_ANSWER), now)
        elif self._until is not None and now >= self._until:
            self._over(now)
        elif self._hello_at is not None and now >= self._hello_at:
            self._say_hello(now)

    def _over(self, now: float) -> None:
        """Set-up took too long, or lingering is over."""
        if self.closed:
            self.context.forget(self)
            return
        cause = Cause.TOO_SLOW if self._heard else Cause.NO_ANSWER
        text = f"not set up within {self.context.policy.setup_timeout:g} s"
        result = results.for_tunnel(1, message=text if self._heard else f"no answer, {text}", cause=cause)
        if self.initiator and self._heard:
            self.close(result, now)
        else:
            self.abandon(result, now)

    def _say_hello(self, now: float) -> None:
        self._hello_at = now + self._hello if self._hello else None
        self.channel.send(0, self._encode(Message(Type.HELLO)), now)

    def _encode(self, message: Message) -> bytes:
        wanted = self.profile.hide_avps and (self.initiator or self.peer_hides)  # xl2tpd cannot read a hidden SCCRP
        hide = wanted and message.type not in IN_CLEAR
        return messages.encode(message, secret=self.profile.secret if hide else None, random=self.context.random)

    def learn(self, opening: Message) -> None:
        """Keep what an SCCRQ or SCCRP says of the peer."""
        self.peer_id = self.channel.peer_tunnel = opening["assigned_tunnel_id"]
        self.host_name = opening["host_name"]
        self.vendor_name = opening.get("vendor_name", "")
        self.framings = opening["framing_capabilities"]
        self.bearers = opening.get("bearer_capabilities")
        self.channel.set_window(opening.get("receive_window_size", self.context.policy.default_window))

    def fire(self, event: On, now: float, result: Result | None = None, *, by_peer: bool = False) -> None:
        """Take a step of the table and do its actions; `result` is for those that end the tunnel."""
        actions, self.state = step(self.state, event)
        self.since, self._result, self._by_peer = now, result, by_peer
        for action in actions:
            ACTIONS[action](self, now)
        self.context.arm(self)

    def _send_sccrq(self, now: float) -> None:
        self.send(self.handshake.sccrq(self.id, tie=self.context.accept), 0, now)

    def _send_sccrp(self, now: float) -> None:
        self.send(self.handshake.sccrp(self.id), 0, now)

    def _send_scccn(self, now: float) -> None:
        self.context.add_origin(self)
        self.send(self.handshake.scccn(), 0, now)

    def _send_stopccn(self, now: float) -> None:
        if self._result is not None:
            values = {"assigned_tunnel_id": self.id, "result_code": results.to_wire(self._result)}
            self.channel.send_last(self._encode(Message(Type.STOPCCN, values)), now)

    def _open_sessions(self, now: float) -> None:
        if self._until is not None:  # else it has long been open, and this is for a new call
            self._opened(now)
        self.board.tunnel_open(now)

    def _opened(self, now: float) -> None:
        """The tunnel is established: it has proven itself, and takes the place of an older one of the same peer."""
        self._until = None
        self._hello_at = now + self._hello if self._hello else None
        self.context.half_open.pop(self, None)
        opened = (self.peer, self.peer_id, self.host_name, self.vendor_name, self.handshake.authenticated)
        self.context.events.append(events.TunnelOpened(self.id, *opened))
        result = results.for_tunnel(1, message="the peer has opened the tunnel anew", cause=Cause.REPLACED)
        for older in self.context.by_origin.get((self.peer, self.peer_id), [])[:]:
            if older is not self:
                older.abandon(result, now)

    def _clean_up(self, now: float) -> None:
        self.closed = True
        self._hello_at = None
        self._until = now + self.context.policy.retransmission_cycle
        result = self._result or results.for_tunnel(7, cause=Cause.PROTOCOL)
        if self._by_peer:
            self.channel.stop()
        self.board.tunnel_gone(result, now, by_peer=self._by_peer)
        self.context.events.append(events.TunnelClosed(self.id, result, self._by_peer))


def _requeued(_tunnel: Tunnel, _now: float) -> None:
    """The SCCRQ that won is in the hands of Admission, which goes on with it."""


ACTIONS: dict[Do, Callable[[Tunnel, float], None]] = {
    Do.SEND_SCCRQ: Tunnel._send_sccrq,
    Do.SEND_SCCRP: Tunnel._send_sccrp,
    Do.SEND_SCCCN: Tunnel._send_scccn,
    Do.SEND_STOPCCN: Tunnel._send_stopccn,
    Do.OPEN_SESSIONS: Tunnel._open_sessions,
    Do.CLEAN_UP: Tunnel._clean_up,
    Do.REQUEUE_SCCRQ: _requeued,
}
