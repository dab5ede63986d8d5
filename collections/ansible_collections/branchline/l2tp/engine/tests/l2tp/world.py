"""Two (or more) Endpoints and the wire between them, on a clock that only the test moves."""

from __future__ import annotations

import heapq
import random as dice
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Callable

from branchline.l2tp.call import CallRequest
from branchline.l2tp.endpoint import Endpoint
from branchline.l2tp.events import Event
from branchline.l2tp.policy import Address, Identity, Policy, TunnelProfile

LAC_ADDRESS: Address = ("198.51.100.10", 40123)
LNS_ADDRESS: Address = ("203.0.113.10", 1701)
SECRET = b"tunnel secret"
STEPS = 20_000  # more than any test needs: a loop of timers or replies fails instead of hanging


@dataclass
class Way:
    """What the wire does to a datagram, by chance; delays in seconds."""

    loss: float = 0.0
    duplication: float = 0.0
    delay: float = 0.01
    jitter: float = 0.0  # on top, uniform: reorders
    drop: Callable[[bytes, Address], bool] = field(default=lambda _datagram, _to: False)


class World:
    """Endpoints by address; datagrams in flight; every event, and every datagram that was sent, with its time."""

    def __init__(self, seed: int = 0, way: Way | None = None) -> None:
        self.now = 0.0
        self.way = way or Way()
        self.dice = dice.Random(seed)
        self.ends: dict[Address, Endpoint] = {}
        self.events: dict[Address, list[Event]] = {}
        self.sent: list[tuple[float, Address, Address, bytes]] = []
        self.steps = 0
        self.on_event: Callable[[Address, Event], None] | None = None
        self._flying: list[tuple[float, int, bytes, Address, Address]] = []
        self._count = 0

    def add(self, address: Address, name: str, *, accept: bool, policy=None, secrets=None, bearers=None) -> Endpoint:
        source = dice.Random(f"{address}{self.dice.random()}")
        end = Endpoint(
            Identity(name, bearer_capabilities=bearers),
            policy or Policy(),
            random=lambda count: bytes(source.randrange(256) for _ in range(count)),
            accept=accept,
            secrets=secrets,
        )
        self.ends[address], self.events[address] = end, []
        return end

    def inject(self, datagram: bytes, source: Address, target: Address) -> None:
        self.ends[target].receive(datagram, source, self.now)
        self.settle()

    def settle(self) -> None:
        """Collect what the ends said, put it on the wire, and note their events."""
        while [address for address in self.ends if self._collect(address)]:
            pass

    def _collect(self, address: Address) -> bool:
        """Of one end; whether it had events, whose consequences have to be collected too."""
        end, busy = self.ends[address], False
        for datagram, target in end.outbox():
            self._send(datagram, address, target)
        while (event := end.next_event()) is not None:
            busy = True
            self.events[address].append(event)
            if self.on_event is not None:
                self.on_event(address, event)
        return busy

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        self.settle()
        while (moment := self._next()) is not None and moment <= end:
            self.steps += 1
            assert self.steps < STEPS, "the world does not come to rest"
            self.now = max(self.now, moment)
            self._step()
            self.settle()
        self.now = end

    def _next(self) -> float | None:
        times = [due for end in self.ends.values() if (due := end.next_timeout()) is not None]
        times += [self._flying[0][0]] if self._flying else []
        return min(times) if times else None

    def _step(self) -> None:
        while self._flying and self._flying[0][0] <= self.now:
            _, _, datagram, source, target = heapq.heappop(self._flying)
            if target in self.ends:
                self.ends[target].receive(datagram, source, self.now)
        for end in self.ends.values():
            due = end.next_timeout()
            if due is not None and due <= self.now:
                end.on_timeout(self.now)

    def _send(self, datagram: bytes, source: Address, target: Address) -> None:
        self.sent.append((self.now, source, target, datagram))
        if self.way.drop(datagram, target) or self.dice.random() < self.way.loss:
            return
        for _ in range(2 if self.dice.random() < self.way.duplication else 1):
            self._count += 1
            due = self.now + self.way.delay + self.dice.random() * self.way.jitter
            heapq.heappush(self._flying, (due, self._count, datagram, source, target))


class Pair(World):
    """A voluntary client and an LNS that accepts every call."""

    def __init__(
        self,
        seed: int = 0,
        way: Way | None = None,
        *,
        profile: TunnelProfile | None = None,
        lac: Policy | None = None,
        lns: Policy | None = None,
        lns_secret: bytes | None = SECRET,
        sequencing: bool = False,
    ) -> None:
        super().__init__(seed, way)
        self.profile = profile or TunnelProfile(secret=SECRET, peer_host_name="lns1")
        self.sequencing = sequencing
        self.lac = self.add(LAC_ADDRESS, "oslo", accept=False, policy=lac)
        self.lns = self.add(LNS_ADDRESS, "lns1", accept=True, policy=lns, secrets={"oslo": lns_secret}.get)
        self.on_event = self._answer

    def _answer(self, address: Address, event: Event) -> None:
        if address == LNS_ADDRESS and type(event).__name__ == "SessionRequested":
            with suppress(KeyError):  # its end came in the same turn
                self.lns.accept_session(event.tunnel, event.session, self.now, sequencing=self.sequencing)

    def dial(self, call: CallRequest | None = None) -> tuple[int, int]:
        tunnel = self.lac.connect(LNS_ADDRESS, self.profile, self.now)
        return tunnel, self.lac.open_session(tunnel, call or CallRequest(), self.now)

    def up(self, call: CallRequest | None = None) -> tuple[int, int]:
        """Dial and wait until the session is open at both ends; return the LAC's ids."""
        line = self.dial(call)
        self.run(1)
        assert "SessionOpened" in self.names(LAC_ADDRESS), self.events
        assert "SessionOpened" in self.names(LNS_ADDRESS), self.events
        return line

    def names(self, address: Address) -> list[str]:
        return [type(event).__name__ for event in self.events[address]]

    def far(self, line: tuple[int, int]) -> tuple[int, int]:
        """Return the LNS's ids of the LAC's line."""
        return self.lac.tunnels[line[0]].peer_id, self.lac.sessions[line].peer_id
