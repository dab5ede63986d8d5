"""The sessions of one tunnel: making them, finding the one that a message is for, and letting them go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from branchline.l2tp import call as calls
from branchline.l2tp import events, outgoing, results
from branchline.l2tp.results import Cause, Result, Scope
from branchline.l2tp.session import Session
from branchline.l2tp.session_states import Role, S
from branchline.wire import messages
from branchline.wire.messages import Message, Type

if TYPE_CHECKING:
    from branchline.errors import PeerError
    from branchline.l2tp.call import CallRequest
    from branchline.l2tp.outgoing import OutgoingRequest
    from branchline.l2tp.tunnel import Tunnel

REQUESTS = (Type.ICRQ, Type.OCRQ)
REPLIES = (Type.ICRP, Type.OCRP)


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

    def ask(self, request: OutgoingRequest, now: float) -> Session:
        """LNS: make a session for an outgoing call; its OCRQ goes out as soon as the tunnel is open."""
        session = self._add(Role.LNS_OUT, outgoing.requested(request, self._tunnel.context.next_serial()), now)
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
        if message.type in REQUESTS and (session is None or session.state is S.IDLE):
            self._requested(message, now)
        elif session is not None:
            session.receive(message, now)
        elif message.type in REPLIES:  # 7.4.2, 7.5.1, idle: Send CDN
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
            if peer_id and kind in REQUESTS:
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
        """LNS: a call comes in; LAC: one is to go out. The user is asked unless it is plainly impossible."""
        peer_id = message["assigned_session_id"]
        refusal = self._objection(message.type, peer_id)
        if refusal is not None:
            self._refuse(peer_id, 0, refusal, now)
            return
        inbound = message.type is Type.ICRQ
        call = calls.from_icrq(message) if inbound else outgoing.from_ocrq(message)
        session = self._add(Role.LNS if inbound else Role.LAC_OUT, call, now)
        session.peer_id = peer_id
        self.learn(session)
        event = events.SessionRequested if inbound else events.OutgoingRequested
        self._tunnel.context.events.append(event(self._tunnel.id, session.id, call))

    def _objection(self, kind: Type, peer_id: int) -> Result | None:
        context = self._tunnel.context
        if kind is Type.ICRQ and not context.accept:
            return results.for_session(5, message="no calls are accepted here")
        if kind is Type.OCRQ and context.identity.bearer_capabilities is None:
            return results.for_session(5, message="outgoing calls are not made here")
        if peer_id in self._by_peer_id:
            return results.for_session(2, 3, f"Assigned Session ID {peer_id} is in use", Cause.PROTOCOL)
        if len(self.sessions) >= context.policy.session_limit:
            return results.for_session(4, 4, "too many sessions in this tunnel")
        return None

    def _refuse(self, peer_id: int, number: int, result: Result, now: float) -> None:
        """Send a CDN for a call that no session is kept of; `number` is the id that the peer holds for ours."""
        number = number or self._tunnel.context.unused(self.sessions)
        values = {"result_code": results.to_wire(result), "assigned_session_id": number}
        self._tunnel.send(Message(Type.CDN, values), peer_id, now)
