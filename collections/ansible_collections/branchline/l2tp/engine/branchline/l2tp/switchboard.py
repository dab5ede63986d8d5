"""The sessions of one tunnel: making them, finding the one that a message is for, and letting them go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from branchline.l2tp import call as calls
from branchline.l2tp import events, results
from branchline.l2tp.results import Cause, Result, Scope
from branchline.l2tp.session import Session
from branchline.l2tp.session_states import Role, S
from branchline.wire import messages
from branchline.wire.messages import Message, Type

if TYPE_CHECKING:
    from branchline.errors import PeerError
    from branchline.l2tp.call import CallRequest
    from branchline.l2tp.tunnel import Tunnel

OUTGOING = (Type.OCRQ, Type.OCRP, Type.OCCN)


class Switchboard:
    """Sessions by our id and by the peer's."""

    def __init__(self, tunnel: Tunnel) -> None:
        self._tunnel = tunnel
        self.sessions: dict[int, Session] = {}
        self._by_peer_id: dict[int, Session] = {}
        self._waiting: list[Session] = []

    def place(self, request: CallRequest, now: float) -> Session:
        """LAC: make a session for a call; its ICRQ goes out as soon as the tunnel is open."""
        session = self._add(Role.LAC, calls.placed(request, self._tunnel.context.next_serial()), now)
        session.place(request, now)
        return session

    def wait(self, session: Session) -> None:
        """Have a session told when the tunnel is open."""
        self._waiting.append(session)

    def tunnel_open(self, now: float) -> None:
        """Tell those that wait."""
        waiting, self._waiting = self._waiting, []
        for session in waiting:
            if session.state is S.WAIT_TUNNEL:
                session.tunnel_open(now)

    def tunnel_gone(self, result: Result, now: float, *, by_peer: bool) -> None:
        """End all of them with the tunnel."""
        for session in list(self.sessions.values()):
            session.tunnel_gone(result, now, by_peer=by_peer)

    def learn(self, session: Session) -> None:
        """Index a session by the peer's id, which is now known."""
        self._by_peer_id[session.peer_id] = session

    def remove(self, session: Session) -> None:
        """Let go of a session that is cleaned up."""
        self.sessions.pop(session.id, None)
        if self._by_peer_id.get(session.peer_id) is session:
            del self._by_peer_id[session.peer_id]
        self._tunnel.context.sessions.pop((self._tunnel.id, session.id), None)

    def receive(self, number: int, message: Message, now: float) -> None:
        """Take a session's message; `number` is the header's Session ID, 0 where the peer does not know ours yet."""
        session = self._find(number, message.get("assigned_session_id", 0) if message.type is Type.CDN else 0)
        if message.type is Type.ICRQ and (session is None or session.state is S.IDLE):
            self._requested(message, now)
        elif message.type in OUTGOING:
            self._refuse_outgoing(number, message, now)
        elif session is not None:
            session.receive(message, now)
        elif message.type is Type.ICRP:  # 7.4.2, idle: Send CDN
            result = results.for_session(2, 5, f"there is no session {number}", Cause.PROTOCOL)
            self._refuse(message["assigned_session_id"], number, result, now)
        else:
            self._tunnel.context.drops["message for no session"] += 1

    def broken(self, kind: Type, number: int, body: bytes, error: PeerError, now: float) -> None:
        """Take a session's message that could not be accepted."""
        peer_id = messages.peek(body, "assigned_session_id") or 0
        session = self._find(number, peer_id if kind is Type.CDN else 0)
        result = results.from_error(Scope.SESSION, error)
        if session is None:
            if peer_id and kind in (Type.ICRQ, Type.OCRQ):
                self._refuse(peer_id, 0, result, now)
            self._tunnel.context.drops["malformed message for no session"] += 1
        elif kind is Type.CDN:
            session.disconnected(None, now)
        else:
            session.broken(kind, result, now)

    def _find(self, number: int, peer_id: int) -> Session | None:
        return self.sessions.get(number) if number else self._by_peer_id.get(peer_id)

    def _add(self, role: Role, call: calls.Call, now: float) -> Session:
        context = self._tunnel.context
        session = Session(self._tunnel, context.unused(self.sessions), role, call, now)
        self.sessions[session.id] = session
        context.sessions[self._tunnel.id, session.id] = session
        context.arm(session)
        return session

    def _requested(self, message: Message, now: float) -> None:
        """LNS: a call comes in; the user is asked unless it is plainly impossible."""
        context, peer_id = self._tunnel.context, message["assigned_session_id"]
        if not context.accept:
            self._refuse(peer_id, 0, results.for_session(5, message="no calls are accepted here"), now)
        elif peer_id in self._by_peer_id:
            result = results.for_session(2, 3, f"Assigned Session ID {peer_id} is in use", Cause.PROTOCOL)
            self._refuse(peer_id, 0, result, now)
        elif len(self.sessions) >= context.policy.session_limit:
            self._refuse(peer_id, 0, results.for_session(4, 4, "too many sessions in this tunnel"), now)
        else:
            session = self._add(Role.LNS, calls.from_icrq(message), now)
            session.peer_id = peer_id
            self.learn(session)
            context.events.append(events.SessionRequested(self._tunnel.id, session.id, session.call))

    def _refuse_outgoing(self, number: int, message: Message, now: float) -> None:
        """Outgoing calls (7.5) are not made here: OCRQ is refused, the rest answers nothing that we said."""
        if message.type is Type.OCRQ:
            result = results.for_session(5, message="outgoing calls are not made here")
            self._refuse(message["assigned_session_id"], 0, result, now)
        elif message.type is Type.OCRP:
            result = results.for_session(2, 5, "no outgoing call was requested", Cause.PROTOCOL)
            self._refuse(message["assigned_session_id"], number, result, now)
        else:
            self._tunnel.context.drops["message for no session"] += 1

    def _refuse(self, peer_id: int, number: int, result: Result, now: float) -> None:
        """Send a CDN for a call that no session is kept of; `number` is the id that the peer holds for ours."""
        number = number or self._tunnel.context.unused(self.sessions)
        values = {"result_code": results.to_wire(result), "assigned_session_id": number}
        self._tunnel.send(Message(Type.CDN, values), peer_id, now)
