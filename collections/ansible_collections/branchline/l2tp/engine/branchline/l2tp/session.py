"""One session (call) of a tunnel: RFC 2661 5.2, 5.4, 5.6, driven by the tables of session_states."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Callable

from branchline.l2tp import call as calls
from branchline.l2tp import events, outgoing, results
from branchline.l2tp.results import Cause, Result, Scope
from branchline.l2tp.sequence import Sequence
from branchline.l2tp.session_states import Do, On, Role, S, classify, step
from branchline.wire.avp_values import Accm, CallErrors, DisconnectCause
from branchline.wire.l2tp import data_header
from branchline.wire.messages import Message, Type

if TYPE_CHECKING:
    from branchline.l2tp.call import Call, CallRequest
    from branchline.l2tp.outgoing import Connected, OutgoingRequest
    from branchline.l2tp.policy import Address
    from branchline.l2tp.tunnel import Tunnel

Cause3145 = tuple[int, int, int, str]  # code, protocol, direction, text
CONNECTING = frozenset({Type.ICRQ, Type.ICRP, Type.ICCN, Type.OCRQ, Type.OCRP, Type.OCCN})


class Session:
    """State of one call. `header` is what goes before each payload, None unless it is open and not sequenced."""

    def __init__(self, tunnel: Tunnel, number: int, role: Role, facts: Call, now: float) -> None:
        self._tunnel = tunnel
        self._context = tunnel.context
        self.id = number
        self.peer_id = 0
        self.role = role
        self.state = S.IDLE
        self.since = now  # of `state`
        self.call = facts
        self.request: CallRequest | OutgoingRequest | None = None  # of the side that asks
        self.connected: Connected | None = None  # LAC of an outgoing call
        self.header: bytes | None = None
        policy = self._context.policy
        self._patience = policy.patience(rings=role.rings, lac=role.lac)
        self.sequence = Sequence(policy, follows=role.lac)
        self._setup_until = now + self._patience if role in (Role.LNS, Role.LAC_OUT) else None  # else: tunnel_open()
        self._result: Result | None = None  # of the end: why, RFC 3145's code, whose doing
        self._cause: Cause3145 | None = None
        self._by_peer = False
        self.forgotten = False

    @property
    def tunnel(self) -> int:
        """Our id of the tunnel."""
        return self._tunnel.id

    @property
    def peer(self) -> Address:
        """Where the session's datagrams come from and go to."""
        return self._tunnel.peer

    def next_timeout(self) -> float | None:
        """Return the deadline of set-up, or of the reorder queue."""
        return self._setup_until if self._setup_until is not None else self.sequence.reorder.deadline

    def on_timeout(self, now: float) -> None:
        """Give up a set-up that is too slow, or a gap in sequenced data."""
        if self._setup_until is None:
            self._deliver(self.sequence.reorder.on_timeout(now))
        elif now >= self._setup_until:
            text = f"the call was not connected within {self._patience:g} s"
            self.end(results.for_session(10, message=text, cause=Cause.TOO_SLOW), now)

    # what the user asks for

    def place(self, request: CallRequest | OutgoingRequest, now: float) -> None:
        """Make the call, or ask the LAC to call out, as soon as the tunnel is open."""
        self.request = request
        self._fire(On.CALL if self.role.lac else On.OPEN, now)

    def tunnel_open(self, now: float) -> None:
        """The tunnel that was waited for is open."""
        objection = outgoing.objection(self.call, self._tunnel.bearers, self._tunnel.framings)
        if self.role is Role.LNS_OUT and objection:
            self.end(results.for_session(5, message=f"{self._tunnel.host_name} {objection}"), now)
            return
        self._setup_until = now + self._patience
        self._fire(On.TUNNEL_OPEN, now)

    def accept_outgoing(self, physical_channel: int | None, now: float) -> None:
        """LAC: say yes to the OCRQ; BearerWanted follows."""
        self.call = replace(self.call, physical_channel=physical_channel)
        self._fire(On.OCRQ_ACCEPTABLE, now)

    def bearer_answered(self, connected: Connected, now: float) -> None:
        """LAC: the outgoing call is through."""
        self.connected = connected
        self.call = outgoing.with_occn(self.call, outgoing.to_occn(connected))
        self._fire(On.BEARER_ANSWER, now)

    def bearer_failed(self, result: Result, now: float) -> None:
        """LAC: the outgoing call is not answered, or is no more."""
        self._fire(On.BEARER_FAILURE if self.state is S.WAIT_CS_ANSWER else On.CLOSE, now, result)

    def accept(self, now: float, *, sequencing: bool) -> None:
        """LNS: say yes to the ICRQ."""
        self.sequence.switch(on=sequencing)
        self._fire(On.ICRQ_ACCEPTABLE, now)

    def reject(self, result: Result, now: float) -> None:
        """Say no to the ICRQ or OCRQ, for the reason given."""
        self._fire(On.OCRQ_REFUSED if self.role is Role.LAC_OUT else On.ICRQ_REFUSED, now, result)

    def end(self, result: Result, now: float, cause: Cause3145 | None = None) -> None:
        """Close from this side; `cause` goes with the CDN (RFC 3145)."""
        self._fire(On.CLOSE, now, result, cause=cause)

    def tunnel_gone(self, result: Result, now: float, *, by_peer: bool) -> None:
        """The tunnel has ended, and this with it."""
        ended = results.for_session(1, message=f"its tunnel ended: {result}", cause=result.cause)
        self._fire(On.TUNNEL_GONE, now, ended, by_peer=by_peer)

    def set_sequencing(self, *, on: bool) -> None:
        """LNS: number the data messages from now on, or stop; the LAC follows (5.4) unless it required them."""
        if self.sequence.switch(on=on) and self.state is S.ESTABLISHED:
            self._set_header()
            self._tell(events.SequencingChanged(self.tunnel, self.id, on))

    # what the peer says

    def receive(self, message: Message, now: float) -> None:
        """Take one of the session's control messages."""
        if message.type in CONNECTING:
            self._connecting(message, now)
        elif message.type is Type.CDN:
            self.disconnected(message, now)
        elif message.type is Type.WEN and self.state is S.ESTABLISHED:
            self._tell(events.LinkInfo(self.tunnel, self.id, errors=tuple(message["call_errors"])))
        elif message.type is Type.SLI and self.state is S.ESTABLISHED:
            self._tell(events.LinkInfo(self.tunnel, self.id, accm=tuple(message["accm"])))
        else:
            self._context.drops["message out of place"] += 1

    def disconnected(self, message: Message | None, now: float) -> None:
        """Take a CDN (None: one too damaged to read)."""
        value, cause = (message.get("result_code"), message.get("disconnect_cause")) if message else (None, None)
        self._fire(On.CDN, now, results.from_wire(Scope.SESSION, value), by_peer=True, cause=cause)

    def broken(self, kind: Type, result: Result, now: float) -> None:
        """Take a message that could not be accepted: refused where the table has a row for it, else closed."""
        event = On.CLOSE
        if kind in CONNECTING:
            event = classify(self.role, self.state, kind.name, acceptable=False)
        self._fire(event, now, result)

    def data(self, ns: int | None, payload: bytes, now: float) -> None:
        """Take one data message; `ns` None: it is not sequenced."""
        if self.state is not S.ESTABLISHED:
            self._context.drops["data before the session is open"] += 1
            return
        if self.sequence.ignored(ns):
            text = "the LNS does not number its data messages, although that was required"
            self.end(results.for_session(2, 6, text, Cause.PROTOCOL), now)
            return
        if self.sequence.heeds(ns):
            self.set_sequencing(on=ns is not None)
        self._deliver(self.sequence.receive(ns, payload, now))
        if ns is not None:
            self._context.arm(self)

    def wrap(self, payload: bytes) -> bytes:
        """Return the data message that carries `payload`."""
        return self.sequence.wrap(self._tunnel.peer_id, self.peer_id, payload)

    def send_link_info(self, accm: tuple[int, int], now: float) -> None:
        """LNS: send SLI, 6.14."""
        self._send(Type.SLI, {"accm": Accm(*accm)}, now)

    def send_wan_errors(self, errors: tuple[int, ...], now: float) -> None:
        """LAC: send WEN, 6.13 (not more than one a minute: the caller's duty)."""
        self._send(Type.WEN, {"call_errors": CallErrors(*errors)}, now)

    def _connecting(self, message: Message, now: float) -> None:
        event = classify(self.role, self.state, message.type.name, acceptable=True)
        if event is On.ICRP_ACCEPTABLE:
            self.peer_id = message["assigned_session_id"]
        elif event is On.OCRP_ACCEPTABLE:
            self.peer_id = message["assigned_session_id"]
            self._tunnel.board.learn(self)
            self.call = outgoing.with_ocrp(self.call, message)
        elif event is On.ICCN_ACCEPTABLE:
            self.call = calls.with_iccn(self.call, message)
        elif event is On.OCCN and self.state is S.WAIT_CONNECT:
            self.call = outgoing.with_occn(self.call, message)
        text = f"{message.type.name} received in state {self.state.value}"
        self._fire(event, now, results.for_session(2, 6, text, Cause.PROTOCOL))
        if event is On.OCCN and self.state is S.ESTABLISHED:  # 7.5.2 names no action
            self._prepare(now)
            self._context.arm(self)

    def _fire(
        self,
        event: On,
        now: float,
        result: Result | None = None,
        *,
        by_peer: bool = False,
        cause: Cause3145 | None = None,
    ) -> None:
        """Take a step of the table and do its actions; `result` and `cause` are for those that end the session."""
        actions, self.state = step(self.role, self.state, event)
        self.since, self._result, self._cause, self._by_peer = now, result, cause, by_peer
        for action in actions:
            ACTIONS[action](self, now)
        self._context.arm(self)

    def _open_tunnel(self, now: float) -> None:
        self._tunnel.board.wait(self)
        self._tunnel.call(now)

    def _send_icrq(self, now: float) -> None:
        if isinstance(self.request, calls.CallRequest):
            self._tunnel.send(calls.to_icrq(self.request, self.id, self.call.serial), 0, now)

    def _send_icrp(self, now: float) -> None:
        self._send(Type.ICRP, {"assigned_session_id": self.id}, now)

    def _send_iccn(self, now: float) -> None:
        if isinstance(self.request, calls.CallRequest):
            self._tunnel.board.learn(self)
            self._tunnel.send(calls.to_iccn(self.request, self._tunnel.framings), self.peer_id, now)
        self._prepare(now)

    def _send_ocrq(self, now: float) -> None:
        if isinstance(self.request, outgoing.OutgoingRequest):
            self._tunnel.send(outgoing.to_ocrq(self.request, self.id, self.call.serial), 0, now)

    def _send_ocrp(self, now: float) -> None:
        self._tunnel.send(outgoing.to_ocrp(self.id, self.call.physical_channel), self.peer_id, now)

    def _open_bearer(self, _now: float) -> None:
        self._tell(events.BearerWanted(self.tunnel, self.id, self.call))

    def _send_occn(self, now: float) -> None:
        if self.connected is not None:
            self._tunnel.send(outgoing.to_occn(self.connected), self.peer_id, now)
        self._prepare(now)

    def _send_cdn(self, now: float) -> None:
        if self._result is not None:
            values = {"result_code": results.to_wire(self._result), "assigned_session_id": self.id}
            cause = {"disconnect_cause": DisconnectCause(*self._cause)} if self._cause else {}
            self._send(Type.CDN, {**values, **cause}, now)

    def _prepare(self, _now: float) -> None:
        self._setup_until = None
        self.sequence.required = self.call.sequencing_required
        self.sequence.switch(on=self.sequence.on)
        self._set_header()
        self._tell(events.SessionOpened(self.tunnel, self.id, self.peer_id, self.call))

    def _clean_up(self, _now: float) -> None:
        self.header = self._setup_until = self.sequence.reorder.deadline = None
        self.forgotten = True
        self._tunnel.board.remove(self)
        result = self._result or results.for_session(2, 6, "out of order", Cause.PROTOCOL)
        self._tell(events.SessionClosed(self.tunnel, self.id, result, self._by_peer, self._cause))

    def _set_header(self) -> None:
        constant = self.state is S.ESTABLISHED and not self.sequence.on
        self.header = data_header(self._tunnel.peer_id, self.peer_id) if constant else None

    def _send(self, kind: Type, values: dict[str, Any], now: float) -> None:
        self._tunnel.send(Message(kind, values), self.peer_id, now)

    def _deliver(self, frames: list[bytes]) -> None:
        for frame in frames:
            self._tell(events.DataReceived(self.tunnel, self.id, frame))

    def _tell(self, event: events.Event) -> None:
        self._context.events.append(event)


ACTIONS: dict[Do, Callable[[Session, float], None]] = {
    Do.OPEN_TUNNEL: Session._open_tunnel,
    Do.SEND_ICRQ: Session._send_icrq,
    Do.SEND_ICRP: Session._send_icrp,
    Do.SEND_ICCN: Session._send_iccn,
    Do.SEND_OCRQ: Session._send_ocrq,
    Do.SEND_OCRP: Session._send_ocrp,
    Do.OPEN_BEARER: Session._open_bearer,
    Do.SEND_OCCN: Session._send_occn,
    Do.SEND_CDN: Session._send_cdn,
    Do.PREPARE: Session._prepare,
    Do.CLEAN_UP: Session._clean_up,
}
