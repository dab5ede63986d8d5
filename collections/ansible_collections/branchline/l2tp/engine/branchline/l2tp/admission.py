"""Who may open a tunnel: SCCRQs of strangers cost little, leave little, and are never answered twice."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from branchline.errors import PeerError
from branchline.l2tp import events, results
from branchline.l2tp.context import MOST_TUNNELS
from branchline.l2tp.control_states import S
from branchline.l2tp.handshake import NOT_AUTHORIZED
from branchline.l2tp.policy import TunnelProfile
from branchline.l2tp.results import Cause, Scope
from branchline.l2tp.tunnel import Tunnel
from branchline.wire import messages
from branchline.wire.l2tp import ControlHeader, encode_control
from branchline.wire.messages import Message, Type

if TYPE_CHECKING:
    from branchline.l2tp.context import Context
    from branchline.l2tp.policy import Address

LONGEST = 4096  # octets of an SCCRQ; a true one has about 200


class Admission:
    """The only way from an SCCRQ to a Tunnel."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._tokens = float(context.policy.sccrq_burst)
        self._counted_at: float | None = None

    def receive(self, header: ControlHeader, body: bytes, peer: Address, now: float) -> None:
        """Take an SCCRQ (Tunnel ID 0 in its header)."""
        drops = self._context.drops
        if not self._context.accept:
            drops["SCCRQ, but no tunnels are accepted here"] += 1
        elif header.ns != 0 or len(body) > LONGEST:
            drops["SCCRQ that begins no tunnel"] += 1
        elif self._repeated(header, body, peer, now):
            drops["repeated SCCRQ"] += 1
        elif not self._affordable(now):
            drops["SCCRQ above the rate limit"] += 1
        else:
            self._new(header, body, peer, now)

    def _repeated(self, header: ControlHeader, body: bytes, peer: Address, now: float) -> bool:
        """Hand a retransmitted (or replayed) SCCRQ to the tunnel that it opened.

        To an open tunnel it may mean that the peer began anew with the very same words: a Hello finds out.
        """
        fingerprint = sha256(body).digest()
        tunnel = self._context.by_request.get((peer, fingerprint))
        if tunnel is None or tunnel.closed:
            return False
        tunnel.receive(header._replace(nr=0), body, now)
        tunnel.probe(now)
        return True

    def _affordable(self, now: float) -> bool:
        """Take a token of the bucket, if one is left."""
        policy = self._context.policy
        elapsed = 0.0 if self._counted_at is None else max(0.0, now - self._counted_at)
        self._counted_at = now
        self._tokens = min(float(policy.sccrq_burst), self._tokens + elapsed * policy.sccrq_rate)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _new(self, header: ControlHeader, body: bytes, peer: Address, now: float) -> None:
        host_name = messages.peek(body, "host_name") or ""
        secret = self._context.secrets(host_name)
        try:
            message = messages.decode(body, secret)
            if message is None:
                return
            tunnel = self._tunnel(message, secret, peer, now)
        except PeerError as error:
            self._refuse(body, host_name, peer, error)
            return
        if not self._wins_tie(message, peer, now):
            self._context.drops["SCCRQ that lost the tie breaker"] += 1
            return
        self._make_room(message, peer, now)
        tunnel.request = sha256(body).digest()
        self._context.tunnels[tunnel.id] = tunnel
        self._context.half_open[tunnel] = None
        self._context.by_request[peer, tunnel.request] = tunnel
        tunnel.accept(message, header, body, now)

    def _tunnel(self, message: Message, secret: bytes | None, peer: Address, now: float) -> Tunnel:
        """Return the tunnel to be; PeerError if the SCCRQ is not acceptable."""
        context = self._context
        if secret is None and context.policy.require_secret:
            text = f"no shared secret is configured for {message['host_name']!r}"
            raise PeerError(text, result=NOT_AUTHORIZED, error=0)
        if len(context.tunnels) >= MOST_TUNNELS:
            raise PeerError("too many tunnels", error=4)
        profile = TunnelProfile(secret=secret, hide_avps=context.policy.hide_avps)
        tunnel = Tunnel(context, context.unused_tunnel(), peer, profile, now)
        tunnel.handshake.check_opening(message)
        return tunnel

    def _wins_tie(self, message: Message, peer: Address, now: float) -> bool:
        """Settle a collision with SCCRQs of our own to the same peer, 4.4.3; False: this SCCRQ is to be discarded."""
        theirs = message.get("tie_breaker")
        wins = True
        for tunnel in [one for one in self._context.calling.get(peer, ()) if one.state is S.WAIT_CTL_REPLY]:
            ours = tunnel.handshake.tie_breaker
            if theirs is not None and (ours is None or theirs <= ours):
                tunnel.lose_tie(now)
            wins = wins and (ours is None or (theirs is not None and theirs < ours))
        return wins

    def _make_room(self, message: Message, peer: Address, now: float) -> None:
        """Let a half-open tunnel of the same peer and id go, and the oldest if there are too many."""
        half_open = self._context.half_open
        result = results.for_tunnel(1, message="gave way to a newer SCCRQ", cause=Cause.REPLACED)
        for tunnel in self._context.by_origin.get((peer, message["assigned_tunnel_id"]), [])[:]:
            if tunnel in half_open:
                tunnel.abandon(result, now)
        while len(half_open) >= max(1, self._context.policy.half_open_limit):
            next(iter(half_open)).abandon(result, now)

    def _refuse(self, body: bytes, host_name: str, peer: Address, error: PeerError) -> None:
        """Send a StopCCN and keep nothing: should it get lost, the peer's retransmission brings another."""
        assigned = messages.peek(body, "assigned_tunnel_id")
        result = results.from_error(Scope.TUNNEL, error)
        self._context.events.append(events.TunnelRefused(peer, host_name, result))
        if assigned is None:
            self._context.drops["SCCRQ without a readable Assigned Tunnel ID"] += 1
            return
        number = self._context.unused(self._context.tunnels)
        values = {"assigned_tunnel_id": number, "result_code": results.to_wire(result)}
        reply = messages.encode(Message(Type.STOPCCN, values))
        self._context.outbox.append((encode_control(ControlHeader(assigned, 0, 0, 1), reply), peer))
