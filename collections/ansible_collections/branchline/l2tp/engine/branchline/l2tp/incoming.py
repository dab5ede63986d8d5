"""What a message that came in order means to its tunnel: which event of 7.2.1 it is, or which session's it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from branchline.errors import PeerError
from branchline.l2tp import results
from branchline.l2tp.control_states import On, S, classify
from branchline.l2tp.results import Scope
from branchline.wire import messages
from branchline.wire.messages import TUNNEL_TYPES, Message, Type

if TYPE_CHECKING:
    from branchline.l2tp.tunnel import Tunnel


def deliver(tunnel: Tunnel, session: int, body: bytes, now: float) -> None:
    """Take one message, AVPs and all; `session` is the Session ID of its header."""
    try:
        message = messages.decode(body, tunnel.profile.secret)
    except PeerError as error:
        _broken(tunnel, session, body, error, now)
        return
    if message is None:
        tunnel.context.drops["unknown message type"] += 1
        return
    tunnel.peer_hides |= message.hidden
    if message.type in TUNNEL_TYPES:
        _control(tunnel, message, now)
    elif tunnel.state is S.ESTABLISHED:
        tunnel.board.receive(session, message, now)
    else:
        _stop(tunnel, _misplaced(tunnel, message.type.name), now)


def _broken(tunnel: Tunnel, session: int, body: bytes, error: PeerError, now: float) -> None:
    """A message cannot be accepted: end the session if it is a session's, else the tunnel (4.1, 7.1)."""
    kind = messages.peek_type(body)
    if kind == Type.STOPCCN:
        tunnel.fire(On.STOPCCN, now, results.from_wire(Scope.TUNNEL, None), by_peer=True)
    elif kind in (Type.SCCRP, Type.SCCCN):
        _opening(tunnel, Type(kind).name, error, now)
    elif kind in messages.LAYOUT and kind not in TUNNEL_TYPES and tunnel.state is S.ESTABLISHED:
        tunnel.board.broken(Type(kind), session, body, error, now)
    else:
        _stop(tunnel, error, now)


def _control(tunnel: Tunnel, message: Message, now: float) -> None:
    if message.type is Type.STOPCCN:
        result = results.from_wire(Scope.TUNNEL, message["result_code"])
        tunnel.fire(On.STOPCCN, now, result, by_peer=True)
    elif message.type is not Type.HELLO:
        _opening(tunnel, message.type.name, _objection(tunnel, message), now)


def _objection(tunnel: Tunnel, message: Message) -> PeerError | None:
    """Return what is wrong with an SCCRP or SCCCN that is due in this state."""
    try:
        if message.type is Type.SCCRP and tunnel.state is S.WAIT_CTL_REPLY:
            tunnel.learn(message)
            tunnel.handshake.check_opening(message)
            tunnel.handshake.check_response(message)
        elif message.type is Type.SCCCN and tunnel.state is S.WAIT_CTL_CONN:
            tunnel.handshake.check_response(message)
    except PeerError as error:
        return error
    return None


def _opening(tunnel: Tunnel, name: str, objection: PeerError | None, now: float) -> None:
    """Take an SCCRQ, SCCRP or SCCCN, with what was found wrong with it."""
    event = classify(tunnel.state, name, acceptable=objection is None)
    if objection is None and event is On[name]:
        objection = _misplaced(tunnel, name)
    tunnel.fire(event, now, results.from_error(Scope.TUNNEL, objection) if objection else None)


def _misplaced(tunnel: Tunnel, name: str) -> PeerError:
    return PeerError(f"{name} received in state {tunnel.state.value}", result=7, error=0)


def _stop(tunnel: Tunnel, error: PeerError, now: float) -> None:
    tunnel.fire(On.CLOSE, now, results.from_error(Scope.TUNNEL, error))
