"""One UDP socket's worth of L2TP: many tunnels, no I/O. The daemon owns the socket and the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from branchline.errors import PeerError
from branchline.l2tp.admission import Admission
from branchline.l2tp.context import Context, Random, Secrets
from branchline.l2tp.control_states import S
from branchline.l2tp.tunnel import Tunnel
from branchline.wire import messages
from branchline.wire.l2tp import ControlHeader, check_version, decode_control, is_control, parse_data

if TYPE_CHECKING:
    from collections import Counter

    from branchline.l2tp.call import CallRequest
    from branchline.l2tp.events import Event
    from branchline.l2tp.outgoing import Connected, OutgoingRequest
    from branchline.l2tp.policy import Address, Identity, Policy, TunnelProfile
    from branchline.l2tp.results import Result
    from branchline.l2tp.session import Session


class Endpoint:
    """Tunnels and sessions of one socket; `accept` says whether SCCRQs and ICRQs are answered (the LNS).

    OCRQs are for those whose identity has Bearer Capabilities (a LAC that calls out).

    `random(n)` returns n random bytes, `secrets(host_name)` the tunnel secret of a peer by its Host Name AVP.
    Every method that takes `now` (seconds, any monotonic origin) may fill outbox(), next_event() and move
    next_timeout(). Peer bytes never raise; a wrong tunnel or session id given by the caller is a KeyError, and so is
    that of one whose end waits in next_event(): a CDN may be delivered together with the ICRQ before it.
    """

    def __init__(
        self, identity: Identity, policy: Policy, *, random: Random, accept: bool, secrets: Secrets | None = None
    ) -> None:
        secrets = secrets or (lambda _: None)
        self._context = Context(identity, policy, random=random, secrets=secrets, accept=accept)
        self._admission = Admission(self._context)

    # views: read, do not change

    @property
    def tunnels(self) -> dict[int, Tunnel]:
        """All tunnels by our id, those included that are closed and linger (Tunnel.closed)."""
        return self._context.tunnels

    @property
    def sessions(self) -> dict[tuple[int, int], Session]:
        """All sessions by our (tunnel id, session id), for the data path.

        A data message may bypass receive() if it is unsequenced, comes from Session.peer and Session.header is set.
        """
        return self._context.sessions

    @property
    def drops(self) -> Counter[str]:
        """How many datagrams and messages were ignored, by reason."""
        return self._context.drops

    # what the user asks for

    def use(self, policy: Policy) -> None:
        """Go by another policy from now on; tunnels that are open keep their Hello."""
        self._context.policy = policy

    def connect(self, peer: Address, profile: TunnelProfile, now: float) -> int:
        """Open a tunnel; return our tunnel id. TunnelOpened or TunnelClosed follows. LocalError: no id is free."""
        context = self._context
        tunnel = Tunnel(context, context.unused_tunnel(), peer, profile, now)
        context.tunnels[tunnel.id] = tunnel
        context.calling.setdefault(peer, []).append(tunnel)
        tunnel.open(now)
        return tunnel.id

    def open_session(self, tunnel: int, call: CallRequest, now: float) -> int:
        """Make a call, at once or as soon as the tunnel is open; return our session id."""
        return self._tunnel(tunnel).board.place(call, now).id

    def open_outgoing(self, tunnel: int, call: OutgoingRequest, now: float) -> int:
        """LNS: ask the LAC to call out, at once or as soon as the tunnel is open; return our session id (7.5.2)."""
        return self._tunnel(tunnel).board.ask(call, now).id

    def accept_outgoing(self, tunnel: int, session: int, now: float, *, physical_channel: int | None = None) -> None:
        """LAC: answer OutgoingRequested with yes; BearerWanted follows (7.5.1)."""
        self._context.sessions[tunnel, session].accept_outgoing(physical_channel, now)

    def bearer_answered(self, tunnel: int, session: int, connected: Connected, now: float) -> None:
        """LAC: the call that BearerWanted asked for is through; SessionOpened follows."""
        self._context.sessions[tunnel, session].bearer_answered(connected, now)

    def bearer_failed(self, tunnel: int, session: int, result: Result, now: float) -> None:
        """LAC: the call that BearerWanted asked for failed, or its bearer dropped later."""
        self._context.sessions[tunnel, session].bearer_failed(result, now)

    def accept_session(self, tunnel: int, session: int, now: float, *, sequencing: bool = False) -> None:
        """Answer SessionRequested with yes; `sequencing`: number our data messages, which makes the LAC do so too."""
        self._context.sessions[tunnel, session].accept(now, sequencing=sequencing)

    def reject_session(self, tunnel: int, session: int, result: Result, now: float) -> None:
        """Answer SessionRequested or OutgoingRequested with no."""
        self._context.sessions[tunnel, session].reject(result, now)

    def close_session(
        self, tunnel: int, session: int, result: Result, now: float, *, cause: tuple[int, int, int, str] | None = None
    ) -> None:
        """End a session, whatever its state; `cause` is RFC 3145's (code, protocol, direction, text)."""
        self._context.sessions[tunnel, session].end(result, now, cause)

    def close_tunnel(self, tunnel: int, result: Result, now: float) -> None:
        """End a tunnel and all its sessions, whatever its state."""
        self._tunnel(tunnel).close(result, now)

    def set_sequencing(self, tunnel: int, session: int, _now: float = 0.0, *, on: bool) -> None:
        """LNS: turn sequence numbers on data messages on or off (5.4)."""
        self._context.sessions[tunnel, session].set_sequencing(on=on)

    def send_link_info(self, tunnel: int, session: int, accm: tuple[int, int], now: float) -> None:
        """LNS: send Set-Link-Info with the (send, receive) ACCM."""
        self._context.sessions[tunnel, session].send_link_info(accm, now)

    def send_wan_errors(self, tunnel: int, session: int, errors: tuple[int, ...], now: float) -> None:
        """LAC: send WAN-Error-Notify with its six counters in the RFC's order (at most once a minute)."""
        self._context.sessions[tunnel, session].send_wan_errors(errors, now)

    # datagrams and time

    def receive(self, datagram: bytes, peer: Address, now: float) -> None:
        """Take one datagram from `peer`, whatever it is."""
        if is_control(datagram):
            self._control(datagram, peer, now)
            return
        parsed = parse_data(datagram)
        if parsed is None:
            self._count_malformed(datagram)
            return
        tunnel, number, start, end, ns = parsed
        session = self._context.sessions.get((tunnel, number))
        if session is None:
            self._context.drops["data for no session"] += 1
        elif session.peer != peer:
            self._context.drops["data from another address"] += 1
        else:
            session.data(ns, datagram[start:end], now)

    def send_data(self, tunnel: int, session: int, payload: bytes, _now: float = 0.0) -> None:
        """Send one PPP frame."""
        found = self._context.sessions[tunnel, session]
        self._context.outbox.append((found.wrap(payload), found.peer))

    def data_header(self, tunnel: int, session: int) -> bytes | None:
        """Return the header of every data message of a session, None while it is sequenced or not open."""
        found = self._context.sessions.get((tunnel, session))
        return found.header if found else None

    def outbox(self) -> list[tuple[bytes, Address]]:
        """Return the datagrams to send, and where to; each only once."""
        out = self._context.outbox[:]
        self._context.outbox.clear()
        return out

    def next_event(self) -> Event | None:
        """Return what happened next, None when that is all."""
        return self._context.events.popleft() if self._context.events else None

    def next_timeout(self) -> float | None:
        """Return when on_timeout() must be called."""
        return self._context.deadlines.next()

    def on_timeout(self, now: float) -> None:
        """Do what is due."""
        while (timed := self._context.deadlines.pop(now)) is not None:
            timed.on_timeout(now)
            self._context.arm(timed)

    def _tunnel(self, number: int) -> Tunnel:
        tunnel = self._context.tunnels[number]
        if tunnel.closed:
            raise KeyError(number)
        return tunnel

    def _control(self, datagram: bytes, peer: Address, now: float) -> None:
        try:
            header, body = decode_control(datagram)
        except PeerError:
            self._count_malformed(datagram)
            return
        if header.tunnel:
            self._for_tunnel(self._context.tunnels.get(header.tunnel), header, body, peer, now)
        elif messages.peek_type(body) == messages.Type.SCCRQ:
            self._admission.receive(header, body, peer, now)
        else:
            self._for_nobody(header, body, peer, now)

    def _for_tunnel(self, tunnel: Tunnel | None, header: ControlHeader, body: bytes, peer: Address, now: float) -> None:
        if tunnel is None:
            self._context.drops["control message for no tunnel"] += 1
        elif tunnel.peer == peer or self._moves(tunnel, peer, body):
            tunnel.receive(header, body, now)
        else:
            self._context.drops["control message from another address"] += 1

    def _moves(self, tunnel: Tunnel, peer: Address, body: bytes) -> bool:
        """Let an SCCRP come from another port of the address that the SCCRQ went to (8.1): it is the tunnel's then."""
        reply = messages.peek_type(body) == messages.Type.SCCRP
        if reply and tunnel.state is S.WAIT_CTL_REPLY and tunnel.peer[0] == peer[0]:
            tunnel.peer = peer
            return True
        return False

    def _for_nobody(self, header: ControlHeader, body: bytes, peer: Address, now: float) -> None:
        """Take a message with Tunnel ID 0: a StopCCN tells by the peer's own id which tunnel it means (4.4.3)."""
        assigned = messages.peek(body, "assigned_tunnel_id")
        stops = messages.peek_type(body) == messages.Type.STOPCCN
        tunnels = self._context.by_origin.get((peer, assigned), ()) if stops and assigned else ()
        if not tunnels:
            self._context.drops["control message for no tunnel"] += 1
        for tunnel in list(tunnels):
            tunnel.receive(header, body, now)

    def _count_malformed(self, datagram: bytes) -> None:
        try:
            check_version(datagram)
        except PeerError as error:
            self._context.drops[error.message if len(datagram) > 1 else "malformed datagram"] += 1
        else:
            self._context.drops["malformed datagram"] += 1
