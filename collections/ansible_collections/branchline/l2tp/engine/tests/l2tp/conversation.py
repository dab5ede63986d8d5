"""Our end of a conversation with a foreign implementation: an Endpoint and a Link whose dice are seeded.

The same calls at the same times give the same datagrams, so what was recorded once can be replayed without the other.
`tests/interop/record.py` of the repository records; this file is then a module on a lab host: only the engine is there.
"""

from __future__ import annotations

from hashlib import sha256
from ipaddress import IPv4Address

from branchline.l2tp import events as l2tp
from branchline.l2tp.call import CallRequest
from branchline.l2tp.endpoint import Endpoint
from branchline.l2tp.policy import Identity, Policy, TunnelProfile
from branchline.l2tp.results import for_tunnel
from branchline.ppp import events as ppp
from branchline.ppp.auth import check
from branchline.ppp.config import LinkConfig, NetworkConfig
from branchline.ppp.link import Link

PEER = ("203.0.113.3", 1701)
SECRET, PASSWORD = b"a-secret-of-the-tunnel", b"a secret of the user"
USER, SWITCHED = "oslo", "tunnelled"  # the second is he whom l2tpns hands on
BOTH = ("mschapv2", "chap-md5")
ROLES = {
    # role: accept, hide AVPs, PPP
    "lac": (False, False, LinkConfig(answer=("chap-md5",), user=USER, secret=PASSWORD, mru=1360, echo=1)),
    "hiding lac": (False, True, LinkConfig(answer=("chap-md5",), user=USER, secret=PASSWORD, mru=1360, echo=1)),
    "willing lac": (False, True, LinkConfig(answer=BOTH, user=USER, secret=PASSWORD, mru=1360, echo=1)),
    "switched lac": (False, False, LinkConfig(answer=BOTH, user=SWITCHED, secret=PASSWORD, mru=1360, echo=1)),
    "lns": (True, True, LinkConfig(demand=BOTH, mru=1360, echo=1)),
}
ASKS = NetworkConfig(ask_dns=True)
GIVES = NetworkConfig(IPv4Address("10.20.0.1"), IPv4Address("10.20.0.16"), (IPv4Address("10.10.0.53"),))


class Dice:
    """The same octets every time."""

    def __init__(self, seed: str) -> None:
        self._seed, self._count = seed, 0

    def __call__(self, octets: int) -> bytes:
        self._count += 1
        return sha256(f"{self._seed}/{self._count}".encode()).digest()[:octets]


class Conversation:
    """Calls in, datagrams out; `said` is what happened."""

    def __init__(self, role: str) -> None:
        accept, hide, self._config = ROLES[role]
        self._dice = Dice(role)
        self._profile = TunnelProfile(SECRET, hide_avps=hide)
        self._network = GIVES if accept else ASKS
        self._accept = accept
        self._link: Link | None = None
        self._ids = (0, 0)
        self.said: list[object] = []
        self.endpoint = Endpoint(
            Identity("ours"),
            Policy(hello=1, hide_avps=hide),
            random=self._dice,
            accept=accept,
            secrets=lambda _: SECRET,
        )

    def begin(self, now: float) -> list[bytes]:
        """Call, unless the other end does."""
        if not self._accept:
            self.endpoint.connect(PEER, self._profile, now)
        return self._settle(now)

    def receive(self, datagram: bytes, now: float) -> list[bytes]:
        """One datagram of the other end."""
        self.endpoint.receive(datagram, PEER, now)
        return self._settle(now)

    def timeout(self, now: float) -> list[bytes]:
        """Time has passed."""
        self.endpoint.on_timeout(now)
        if self._link is not None:
            self._link.on_timeout(now)
        return self._settle(now)

    def end(self, now: float) -> list[bytes]:
        """Say goodbye."""
        self.endpoint.close_tunnel(self._ids[0], for_tunnel(6, message="that is all"), now)
        return self._settle(now)

    def next_timeout(self) -> float | None:
        """When timeout() is due."""
        times = [self.endpoint.next_timeout(), self._link.next_timeout() if self._link else None]
        return min((time for time in times if time is not None), default=None)

    def _settle(self, now: float) -> list[bytes]:
        while (event := self.endpoint.next_event()) is not None:
            self._on_l2tp(event, now)
        while self._link is not None and (event := self._link.next_event()) is not None:
            self.said.append(event)
            self._on_ppp(event, now)
        if self._link is not None and self._ids in self.endpoint.sessions:
            for frame in self._link.outbox():
                self.endpoint.send_data(*self._ids, frame, now)
        return [datagram for datagram, _ in self.endpoint.outbox()]

    def _on_l2tp(self, event: object, now: float) -> None:
        if isinstance(event, l2tp.DataReceived) and self._link is not None:
            self._link.receive(event.payload, now)
            return
        self.said.append(event)
        if isinstance(event, l2tp.TunnelOpened) and not self._accept:
            self.endpoint.open_session(event.tunnel, CallRequest(), now)
        elif isinstance(event, l2tp.SessionRequested):
            self.endpoint.accept_session(event.tunnel, event.session, now)
        elif isinstance(event, l2tp.SessionOpened):
            self._ids = (event.tunnel, event.session)
            self._link = Link(self._config, random=self._dice)
            self._link.open_network(self._network, now)
            self._link.up(now)

    def _on_ppp(self, event: object, now: float) -> None:
        if isinstance(event, ppp.PeerCredentials) and self._link is not None:
            known = PASSWORD if event.name in (USER, SWITCHED) else None
            self._link.answer_credentials(check(event.credentials, known), now)
