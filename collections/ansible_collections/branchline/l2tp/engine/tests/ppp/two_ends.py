"""Two links and a wire between them, on a clock that only the test moves."""

from __future__ import annotations

import heapq
import itertools
import random
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from branchline.ppp.auth import check
from branchline.ppp.config import LinkConfig, NetworkConfig
from branchline.ppp.events import Authenticated, LinkDown, PeerCredentials
from branchline.ppp.link import Link

SECRETS = {"oslo": b"s3cret"}
LNS_END = IPv4Address("10.20.0.1")
BRANCH_END = IPv4Address("10.20.0.20")
DNS = (IPv4Address("10.10.0.53"),)
GIVEN = NetworkConfig(local_address=LNS_END, peer_address=BRANCH_END, dns=DNS)

CLIENT = LinkConfig(
    answer=("mschapv2", "chap-md5"), user="oslo", secret=b"s3cret", network=NetworkConfig(ask_dns=True), name="oslo"
)
LNS = LinkConfig(demand=("mschapv2", "chap-md5"), name="lns1")


class End:
    """A link with an owner that answers credentials from SECRETS and gives addresses to the proven."""

    def __init__(self, config, seed, give=GIVEN):
        self.link = Link(config, random=random.Random(seed).randbytes)
        self.give = give
        self.log = []

    def turn(self, now):
        while (event := self.link.next_event()) is not None:
            self.log.append(event)
            if isinstance(event, PeerCredentials):
                self.link.answer_credentials(check(event.credentials, SECRETS.get(event.name)), now)
            elif isinstance(event, Authenticated) and event.by_peer and self.give:
                self.link.open_network(self.give, now)
        return self.link.outbox()

    def last(self, kind):
        return next((event for event in reversed(self.log) if isinstance(event, kind)), None)

    @property
    def reason(self):
        down = self.last(LinkDown)
        return down.reason if down else None


@dataclass
class Wire:
    """Loses frames (`loss`, 0 to 1), doubles them, and delays them by `quick` to `slow` seconds, so they reorder."""

    a: End
    b: End
    seed: int = 0
    loss: float = 0.0
    doubles: float = 0.0
    quick: float = 0.01
    slow: float = 0.01
    now: float = 0.0
    steps: int = 0
    frames: list = field(default_factory=list)  # (from a?, frame), in the order of sending

    def __post_init__(self):
        self._dice = random.Random(self.seed)
        self._flying = []
        self._order = itertools.count()

    def up(self):
        for end in (self.a, self.b):
            end.link.up(self.now)
        return self

    def run(self, until=None, limit=600.0):
        """Move the clock from event to event until `until()` or nothing is left to happen."""
        while not (until and until()):
            self._collect()
            deadline = self._next()
            if deadline is None or deadline > limit:
                break
            self.now = max(self.now, deadline)
            self._deliver()
            self._expire()
            self.steps += 1
            assert self.steps < 20_000
        self._collect()
        return self

    def _collect(self):
        for end, other in ((self.a, self.b), (self.b, self.a)):
            for frame in end.turn(self.now):
                self.frames.append((end is self.a, frame))
                for _ in range(1 + (self._dice.random() < self.doubles)):
                    self._send(frame, other)

    def _send(self, frame, other):
        if self._dice.random() >= self.loss:
            at = self.now + self._dice.uniform(self.quick, self.slow)
            heapq.heappush(self._flying, (at, next(self._order), frame, other))

    def _next(self):
        times = [end.link.next_timeout() for end in (self.a, self.b)]
        times += [self._flying[0][0]] if self._flying else []
        return min((time for time in times if time is not None), default=None)

    def _deliver(self):
        while self._flying and self._flying[0][0] <= self.now:
            _, _, frame, other = heapq.heappop(self._flying)
            other.link.receive(frame, self.now)

    def _expire(self):
        for end in (self.a, self.b):
            deadline = end.link.next_timeout()
            if deadline is not None and deadline <= self.now:
                end.link.on_timeout(self.now)
                later = end.link.next_timeout()
                assert later is None or later > self.now


def connect(client=CLIENT, lns=LNS, **wire):
    return Wire(End(client, 1), End(lns, 2), **wire).up()


def both_open(wire):
    return lambda: wire.a.link.network_open and wire.b.link.network_open
