"""The end that asks the peer to prove who it is: PAP (RFC 1334), CHAP-MD5 (RFC 1994), MS-CHAPv2 (RFC 2759)."""

from __future__ import annotations

from typing import Callable

from branchline.ppp.auth import ChapCredentials, Credentials, MsChapV2Credentials, PapCredentials, Verdict, user_of
from branchline.ppp.events import Authenticated, AuthFailed, Event, PeerCredentials
from branchline.ppp.outside import Outside, Timer
from branchline.wire import chap, mschap, pap, ppp
from branchline.wire.ppp import Packet

CHALLENGE_SIZE = 16  # RFC 2759 3 wants 16 octets; RFC 1994 leaves it open

Tell = Callable[[Event, float], None]


class Authenticator:
    """Base of both: presents credentials to the owner and its verdict to the peer, again if the peer asks again."""

    protocol: int
    codes: frozenset[int]

    def __init__(self, method: str, outside: Outside, tell: Tell) -> None:
        self.method = method
        self.done = False
        self._outside = outside
        self._tell = tell
        self._pending: Credentials | None = None
        self._name = ""
        self._identifier = 0

    @property
    def presented(self) -> tuple[Credentials | None, int]:
        """What waits for a verdict, and the identifier of its packet."""
        return self._pending, self._identifier

    def adopt(self, credentials: Credentials, identifier: int, now: float) -> None:
        """Begin with what the peer has presented to a proxy in our place (RFC 2661 4.4.5)."""
        self._identifier = identifier
        self._present(credentials, now)

    def start(self, now: float) -> None:
        """The Authenticate phase begins."""

    def receive(self, packet: Packet, now: float) -> None:
        """Take a packet with one of `codes`; PeerError if it is malformed."""
        raise NotImplementedError

    def on_timeout(self, now: float) -> None:
        """Timer.AUTHENTICATOR is due."""

    def waiting(self) -> str:
        """What is still missing, for the reason of a link that fails."""
        return (
            "its secret was not looked up" if self._pending else f"the peer does not prove who it is by {self.method}"
        )

    def answer(self, verdict: Verdict, now: float) -> None:
        """The owner's answer to PeerCredentials."""
        if self._pending is None:
            return
        credentials, self._pending = self._pending, None
        self._send_verdict(verdict)
        name = user_of(credentials)
        if not verdict.ok:
            self._tell(AuthFailed(name, self.method, True, "name or secret of the peer is wrong"), now)
        elif not self.done:
            self.done, self._name = True, name
            self._tell(Authenticated(name, self.method, True), now)
        elif name != self._name:
            self._tell(AuthFailed(name, self.method, True, f"the peer was {self._name} before"), now)

    def _present(self, credentials: Credentials, now: float) -> None:
        self._pending = credentials
        self._tell(PeerCredentials(user_of(credentials), credentials), now)

    def _send_verdict(self, verdict: Verdict) -> None:
        raise NotImplementedError


class PapAuthenticator(Authenticator):
    """Waits for an Authenticate-Request; the peer repeats it until it has an answer (RFC 1334 2.2.1)."""

    protocol = ppp.PAP
    codes = frozenset((pap.AUTHENTICATE_REQUEST,))

    def __init__(self, method: str, outside: Outside, tell: Tell) -> None:
        super().__init__(method, outside, tell)
        self._reply: tuple[int, bytes] | None = None

    def receive(self, packet: Packet, now: float) -> None:
        """A repeated request gets the same answer (RFC 1334 2.2.2)."""
        request = pap.decode(packet.data)
        self._identifier = packet.identifier
        if self._reply:
            self._outside.send(ppp.PAP, Packet(self._reply[0], packet.identifier, self._reply[1]))
        elif self._pending is None:
            self._present(PapCredentials(request.name, request.password), now)

    def _send_verdict(self, verdict: Verdict) -> None:
        code = pap.AUTHENTICATE_ACK if verdict.ok else pap.AUTHENTICATE_NAK
        self._reply = (code, pap.encode_message(verdict.message[:255]))
        self._outside.send(ppp.PAP, Packet(code, self._identifier, self._reply[1]))


class ChapAuthenticator(Authenticator):
    """Challenges until there is a Response, and later again if the policy says so (RFC 1994 2)."""

    protocol = ppp.CHAP
    codes = frozenset((chap.RESPONSE,))

    def __init__(self, method: str, name: str, outside: Outside, tell: Tell) -> None:
        super().__init__(method, outside, tell)
        self.challenge = b""
        self._our_name = name
        self._identifier = outside.random(1)[0]
        self._tries = 0
        self._reply: Packet | None = None

    def adopt(self, credentials: Credentials, identifier: int, now: float) -> None:
        """The proxy's challenge is ours now."""
        if isinstance(credentials, (ChapCredentials, MsChapV2Credentials)):
            self.challenge = credentials.challenge
        super().adopt(credentials, identifier, now)

    def start(self, now: float) -> None:
        """Every challenge is new, with a new identifier."""
        self.challenge = self._outside.random(CHALLENGE_SIZE)
        self._identifier = (self._identifier + 1) % 256
        self._tries, self._reply = 0, None
        self._send_challenge(now)

    def receive(self, packet: Packet, now: float) -> None:
        """A repeated Response gets the same answer, in the Network phase too (RFC 1994 4.2)."""
        if packet.identifier != self._identifier or self._pending:
            return
        if self._reply:
            self._outside.send(ppp.CHAP, self._reply)
            return
        credentials = self._credentials(packet)
        self._outside.timers.clear(Timer.AUTHENTICATOR)
        self._present(credentials, now)

    def answer(self, verdict: Verdict, now: float) -> None:
        """As above, and plan the next challenge."""
        super().answer(verdict, now)
        if verdict.ok and self._outside.policy.rechallenge:
            self._outside.timers.set(Timer.AUTHENTICATOR, now + self._outside.policy.rechallenge)

    def on_timeout(self, now: float) -> None:
        """Repeat the challenge; after a Response it is time for a new one."""
        if self._reply:
            self.start(now)
        elif self._tries < self._outside.policy.max_configure:
            self._send_challenge(now)
        else:
            reason = f"no reply to {self._tries} CHAP Challenges"
            self._tell(AuthFailed(self._name, self.method, True, reason), now)

    def _send_challenge(self, now: float) -> None:
        self._tries += 1
        self._outside.timers.set(Timer.AUTHENTICATOR, now + self._outside.policy.restart)
        data = chap.encode(chap.Value(self.challenge, self._our_name))
        self._outside.send(ppp.CHAP, Packet(chap.CHALLENGE, self._identifier, data))

    def _credentials(self, packet: Packet) -> Credentials:
        value, name = chap.decode(packet.data)
        if self.method == "mschapv2":
            return MsChapV2Credentials(name, packet.identifier, self.challenge, mschap.decode(value))
        return ChapCredentials(name, packet.identifier, self.challenge, value)

    def _send_verdict(self, verdict: Verdict) -> None:
        code = chap.SUCCESS if verdict.ok else chap.FAILURE
        self._reply = Packet(code, self._identifier, verdict.message)
        self._outside.send(ppp.CHAP, self._reply)
