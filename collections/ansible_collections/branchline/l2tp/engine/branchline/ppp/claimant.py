"""The end that proves who it is: PAP (RFC 1334), CHAP-MD5 (RFC 1994), MS-CHAPv2 (RFC 2759)."""

from __future__ import annotations

import hmac

from branchline.errors import PeerError
from branchline.ppp.authenticator import CHALLENGE_SIZE, Tell
from branchline.ppp.config import LinkConfig
from branchline.ppp.events import Authenticated, AuthFailed
from branchline.ppp.outside import Outside, Timer
from branchline.wire import chap, mschap, pap, ppp
from branchline.wire.ppp import Packet


class Claimant:
    """Base of both: repeats what it says until the peer answers."""

    protocol: int
    codes: frozenset[int]

    def __init__(self, method: str, config: LinkConfig, outside: Outside, tell: Tell) -> None:
        self.method = method
        self.done = False
        self._config = config
        self._outside = outside
        self._tell = tell
        self._claim: Packet | None = None
        self._tries = 0

    def start(self, now: float) -> None:
        """The Authenticate phase begins."""

    def receive(self, packet: Packet, now: float) -> None:
        """Take a packet with one of `codes`; PeerError if it is malformed."""
        raise NotImplementedError

    def on_timeout(self, now: float) -> None:
        """Timer.CLAIMANT is due: repeat the claim."""
        if self._claim is None:
            return
        if self._tries >= self._outside.policy.max_configure:
            self._fail(f"no reply to {self._tries} {self._what()}", now)
            return
        self._tries += 1
        self._outside.timers.set(Timer.CLAIMANT, now + self._outside.policy.restart)
        self._outside.send(self.protocol, self._claim)

    def waiting(self) -> str:
        """What is still missing, for the reason of a link that fails."""
        return f"the peer does not answer our {self._what()}" if self._claim else "the peer sends no CHAP Challenge"

    def _what(self) -> str:
        raise NotImplementedError

    def _say(self, claim: Packet, now: float) -> None:
        self._claim, self._tries = claim, 0
        self.on_timeout(now)

    def _is_awaited(self, packet: Packet) -> bool:
        return self._claim is not None and packet.identifier == self._claim.identifier

    def _succeed(self, now: float) -> None:
        self._claim = None
        self._outside.timers.clear(Timer.CLAIMANT)
        if not self.done:
            self.done = True
            self._tell(Authenticated(self._config.user, self.method, False), now)

    def _fail(self, reason: str, now: float) -> None:
        self._claim = None
        self._outside.timers.clear(Timer.CLAIMANT)
        self._tell(AuthFailed(self._config.user, self.method, False, reason), now)


class PapClaimant(Claimant):
    """Sends Authenticate-Requests (RFC 1334 2.2.1)."""

    protocol = ppp.PAP
    codes = frozenset((pap.AUTHENTICATE_ACK, pap.AUTHENTICATE_NAK))

    def start(self, now: float) -> None:
        """It is us who speak first."""
        data = pap.encode(pap.Request(self._config.user, self._config.secret))
        self._say(Packet(pap.AUTHENTICATE_REQUEST, self._outside.random(1)[0], data), now)

    def receive(self, packet: Packet, now: float) -> None:
        """The Message is for people, and optional."""
        if not self._is_awaited(packet):
            return
        if packet.code == pap.AUTHENTICATE_ACK:
            self._succeed(now)
        else:
            self._fail(f"the peer refused our name or secret (PAP{_quoted(packet.data[1:])})", now)

    def _what(self) -> str:
        return "PAP Authenticate-Requests"


class ChapClaimant(Claimant):
    """Responds to every Challenge, whenever it comes (RFC 1994 2)."""

    protocol = ppp.CHAP
    codes = frozenset((chap.CHALLENGE, chap.SUCCESS, chap.FAILURE))

    def __init__(self, method: str, config: LinkConfig, outside: Outside, tell: Tell) -> None:
        super().__init__(method, config, outside, tell)
        self._proof = mschap.Proof(b"", b"", "", b"")

    def receive(self, packet: Packet, now: float) -> None:
        """Challenge, Success or Failure."""
        if packet.code == chap.CHALLENGE:
            self._respond(packet, now)
        elif self._is_awaited(packet) and packet.code == chap.FAILURE:
            self._fail(f"the peer refused our name or secret ({self._explain(packet.data)})", now)
        elif self._is_awaited(packet) and self._is_genuine(packet.data):
            self._succeed(now)
        elif self._is_awaited(packet):
            self._fail("the peer does not know our secret: its MS-CHAPv2 authenticator response is wrong", now)

    def _respond(self, packet: Packet, now: float) -> None:
        challenge = chap.decode(packet.data).value
        if self.method == "mschapv2":
            if len(challenge) != CHALLENGE_SIZE:
                raise PeerError(f"an MS-CHAPv2 Challenge has {len(challenge)} octets instead of {CHALLENGE_SIZE}")
            value = self._prove(challenge)
        else:
            value = chap.digest(packet.identifier, self._config.secret, challenge)
        data = chap.encode(chap.Value(value, self._config.user))
        self._say(Packet(chap.RESPONSE, packet.identifier, data), now)

    def _prove(self, challenge: bytes) -> bytes:
        if self._proof.challenge != challenge:  # a repeated Challenge gets the same Response, so either Success fits
            drawn = self._outside.random(CHALLENGE_SIZE)
            self._proof = mschap.Proof(challenge, drawn, self._config.user, self._config.secret)
        return mschap.encode(mschap.Response(self._proof.peer_challenge, self._proof.nt_response()))

    def _is_genuine(self, data: bytes) -> bool:
        if self.method != "mschapv2":
            return True
        try:
            said = mschap.decode_success(data)
        except PeerError:
            return False
        return hmac.compare_digest(said, self._proof.authenticator_response())

    def _explain(self, data: bytes) -> str:
        if self.method != "mschapv2":
            return f"CHAP{_quoted(data)}"
        try:
            failure = mschap.decode_failure(data)
        except PeerError:
            return f"MS-CHAPv2{_quoted(data)}"
        meaning = mschap.ERRORS.get(failure.error, "of unknown meaning")
        return f"MS-CHAPv2 E={failure.error}, {meaning}"

    def _what(self) -> str:
        return "CHAP Responses"


def _quoted(message: bytes) -> str:
    text = ppp.decode_text(message[:120])
    return f': "{text}"' if text and text.isprintable() else ""
