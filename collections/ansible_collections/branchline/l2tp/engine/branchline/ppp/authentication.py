"""The Authenticate phase (RFC 1661 3.5): each direction has its own method, and both must be done."""

from __future__ import annotations

from typing import Union

from branchline.ppp.auth import Credentials, Verdict
from branchline.ppp.authenticator import Authenticator, ChapAuthenticator, PapAuthenticator, Tell
from branchline.ppp.claimant import ChapClaimant, Claimant, PapClaimant
from branchline.ppp.config import LinkConfig
from branchline.ppp.events import AuthFailed
from branchline.ppp.outside import Outside, Timer
from branchline.ppp.proxy import Proxied
from branchline.wire.chap import CHALLENGE
from branchline.wire.ppp import Packet


class Authentication:
    """`tell` gets PeerCredentials, Authenticated and AuthFailed."""

    def __init__(self, config: LinkConfig, outside: Outside, tell: Tell) -> None:
        self._config = config
        self._outside = outside
        self._tell = tell
        self._authenticator: Authenticator | None = None
        self._claimant: Claimant | None = None

    def start(self, demanded: str | None, asked: str | None, now: float, proxied: Proxied | None = None) -> None:
        """LCP is open: the peer has to prove itself by `demanded`, we have to by `asked`; None: not at all.

        What the peer has presented to a proxy by that method counts as presented here.
        """
        self._authenticator = self._make_authenticator(demanded) if demanded else None
        self._claimant = self._make_claimant(asked) if asked else None
        if self._parts():
            self._outside.timers.set(Timer.AUTH_LIMIT, now + self._outside.policy.auth_limit)
        credentials = proxied.credentials if proxied else None
        for part in self._parts():
            if proxied and credentials and isinstance(part, Authenticator) and credentials.method == part.method:
                part.adopt(credentials, proxied.identifier, now)
            else:
                part.start(now)

    def stop(self) -> None:
        """LCP is no longer open."""
        self._authenticator = self._claimant = None
        self._outside.timers.clear(Timer.AUTHENTICATOR, Timer.CLAIMANT, Timer.AUTH_LIMIT)

    @property
    def presented(self) -> tuple[Credentials | None, int]:
        """The credentials of the peer that wait for a verdict, if any, and the identifier of their packet."""
        return self._authenticator.presented if self._authenticator else (None, 0)

    @property
    def done(self) -> bool:
        """Whether nobody has anything left to prove."""
        return all(part.done for part in self._parts())

    def receive(self, protocol: int, packet: Packet, now: float) -> None:
        """Take a packet of PAP or CHAP; one that nobody waits for is silently discarded."""
        if self._is_reflected(packet):
            reason = "the peer sent our own challenge back to us"
            self._tell(AuthFailed("", "chap", True, reason), now)
            return
        for part in self._parts():
            if part.protocol == protocol and packet.code in part.codes:
                part.receive(packet, now)
                return

    def answer(self, verdict: Verdict, now: float) -> None:
        """The owner's answer to PeerCredentials."""
        if self._authenticator:
            self._authenticator.answer(verdict, now)

    def on_timeout(self, timer: Timer, now: float) -> None:
        """One of the three timers of this phase is due."""
        if timer is Timer.AUTHENTICATOR and self._authenticator:
            self._authenticator.on_timeout(now)
        elif timer is Timer.CLAIMANT and self._claimant:
            self._claimant.on_timeout(now)
        elif timer is Timer.AUTH_LIMIT:
            self._give_up(now)

    def _parts(self) -> list[Union[Authenticator, Claimant]]:
        return [part for part in (self._authenticator, self._claimant) if part]

    def _give_up(self, now: float) -> None:
        late = [part for part in self._parts() if not part.done]
        if late:
            reason = f"no end of authentication within {self._outside.policy.auth_limit:g} s: {late[0].waiting()}"
            self._tell(AuthFailed("", late[0].method, isinstance(late[0], Authenticator), reason), now)

    def _is_reflected(self, packet: Packet) -> bool:
        ours = self._authenticator.challenge if isinstance(self._authenticator, ChapAuthenticator) else b""
        return bool(ours) and packet.code == CHALLENGE and ours in packet.data

    def _make_authenticator(self, method: str) -> Authenticator:
        if method == "pap":
            return PapAuthenticator(method, self._outside, self._tell)
        return ChapAuthenticator(method, self._config.name, self._outside, self._tell)

    def _make_claimant(self, method: str) -> Claimant:
        make = PapClaimant if method == "pap" else ChapClaimant
        return make(method, self._config, self._outside, self._tell)
