"""What the two sides of a new tunnel say to each other, and check: RFC 2661 5.1, 5.1.1, 6.1 to 6.3."""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING, Any

from branchline.errors import PeerError
from branchline.wire.avp_values import ProtocolVersion
from branchline.wire.hidden import challenge_response
from branchline.wire.messages import Message, Type

if TYPE_CHECKING:
    from branchline.l2tp.context import Random
    from branchline.l2tp.policy import Identity, Policy, TunnelProfile

CHALLENGE_SIZE = 16
NOT_AUTHORIZED = 4
HIGHEST_VERSION = 0x0100  # 1.0, as error code of result 5


class Handshake:
    """One side of SCCRQ, SCCRP, SCCCN; the tunnel decides when. Checks raise PeerError with the StopCCN's codes."""

    def __init__(self, identity: Identity, policy: Policy, profile: TunnelProfile, random: Random) -> None:
        self._identity = identity
        self._window = policy.receive_window
        self._profile = profile
        self._random = random
        self._challenge: bytes | None = None  # ours to the peer
        self._peer_challenge: bytes | None = None
        self.tie_breaker: bytes | None = None
        self.authenticated = False

    def sccrq(self, tunnel: int, *, tie: bool) -> Message:
        """Open; with `tie`, a Tie Breaker says that one tunnel between the two is enough."""
        values = self._opening(tunnel)
        if tie:
            self.tie_breaker = values["tie_breaker"] = self._random(8)
        return Message(Type.SCCRQ, values)

    def sccrp(self, tunnel: int) -> Message:
        """Answer an SCCRQ that was checked."""
        return Message(Type.SCCRP, {**self._opening(tunnel), **self._response(Type.SCCRP)})

    def scccn(self) -> Message:
        """Answer an SCCRP that was checked."""
        return Message(Type.SCCCN, self._response(Type.SCCCN))

    def check_opening(self, message: Message) -> None:
        """Check an SCCRQ or SCCRP: version, name, whether its challenge can be met."""
        if message["protocol_version"].version != 1:
            version = ".".join(str(number) for number in message["protocol_version"])
            text = f"protocol version {version} is not supported, only 1.0"
            raise PeerError(text, result=5, error=HIGHEST_VERSION)
        wanted = self._profile.peer_host_name
        if wanted is not None and message["host_name"] != wanted:
            text = f"the peer calls itself {message['host_name']!r}, not {wanted!r}"
            raise PeerError(text, result=NOT_AUTHORIZED, error=0)
        self._peer_challenge = message.get("challenge")
        if self._peer_challenge is not None and self._profile.secret is None:
            text = f"a Challenge came, but there is no shared secret for {message['host_name']!r}"
            raise PeerError(text, result=NOT_AUTHORIZED, error=0)

    def check_response(self, message: Message) -> None:
        """Check the Challenge Response of an SCCRP or SCCCN, if we sent a Challenge (5.1.1)."""
        if self._challenge is None or self._profile.secret is None:
            return
        response = message.get("challenge_response")
        if response is None:
            text = f"{message.type.name} answers no Challenge: the peer has no shared secret"
            raise PeerError(text, result=NOT_AUTHORIZED, error=0)
        expected = challenge_response(message.type, self._profile.secret, self._challenge)
        if not compare_digest(response, expected):
            text = "the Challenge Response is wrong: the two shared secrets differ"
            raise PeerError(text, result=NOT_AUTHORIZED, error=0)
        self.authenticated = True

    def _opening(self, tunnel: int) -> dict[str, Any]:
        identity = self._identity
        values: dict[str, Any] = {
            "protocol_version": ProtocolVersion(),
            "host_name": self._profile.host_name or identity.host_name,
            "framing_capabilities": identity.framing_capabilities,
            "assigned_tunnel_id": tunnel,
            "receive_window_size": self._window,
            "firmware_revision": identity.firmware_revision,
            "vendor_name": identity.vendor_name,
        }
        if identity.bearer_capabilities is not None:
            values["bearer_capabilities"] = identity.bearer_capabilities
        if self._profile.secret is not None:
            self._challenge = values["challenge"] = self._random(CHALLENGE_SIZE)
        return values

    def _response(self, kind: Type) -> dict[str, bytes]:
        if self._peer_challenge is None or self._profile.secret is None:
            return {}
        return {"challenge_response": challenge_response(kind, self._profile.secret, self._peer_challenge)}
