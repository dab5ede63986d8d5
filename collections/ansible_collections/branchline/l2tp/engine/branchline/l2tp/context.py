"""What all tunnels and sessions of one Endpoint share: settings, tables, the way out. No behaviour of its own."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Container
from typing import TYPE_CHECKING, Callable, Optional, Protocol, TypeVar

from branchline.errors import LocalError
from branchline.l2tp.deadlines import Deadlines

if TYPE_CHECKING:
    from branchline.l2tp.events import Event
    from branchline.l2tp.policy import Address, Identity, Policy
    from branchline.l2tp.session import Session
    from branchline.l2tp.tunnel import Tunnel

Random = Callable[[int], bytes]
Secrets = Callable[[str], Optional[bytes]]
MOST_TUNNELS = 60_000  # of 65,535 ids, so that a free one is found soon


Index = TypeVar("Index")


def _drop(table: dict[Index, list[Tunnel]], key: Index, tunnel: Tunnel) -> None:
    rest = [other for other in table.get(key, ()) if other is not tunnel]
    if rest:
        table[key] = rest
    else:
        table.pop(key, None)


class Timed(Protocol):
    """Something with a deadline of its own; `forgotten` once it is out of all tables."""

    forgotten: bool

    def next_timeout(self) -> float | None:
        """Return the deadline, None if there is none."""

    def on_timeout(self, now: float) -> None:
        """Do what is due."""


class Context:
    """Shared by reference; the Endpoint owns it."""

    def __init__(self, identity: Identity, policy: Policy, *, random: Random, secrets: Secrets, accept: bool) -> None:
        self.identity = identity
        self.policy = policy
        self.random = random
        self.secrets = secrets
        self.accept = accept  # SCCRQs and ICRQs of peers are answered
        self.tunnels: dict[int, Tunnel] = {}  # by our id; those that linger too
        self.sessions: dict[tuple[int, int], Session] = {}  # by our ids
        self.by_origin: dict[tuple[Address, int], list[Tunnel]] = {}  # by the peer's address and id
        self.by_request: dict[tuple[Address, bytes], Tunnel] = {}  # by the peer's address and the SCCRQ's fingerprint
        self.calling: dict[Address, list[Tunnel]] = {}  # those that we opened, by the address that they were opened to
        self.half_open: dict[Tunnel, None] = {}  # accepted, not proven; oldest first
        self.deadlines: Deadlines[Timed] = Deadlines()
        self.events: deque[Event] = deque()
        self.outbox: list[tuple[bytes, Address]] = []
        self.drops: Counter[str] = Counter()  # datagrams and messages ignored, by reason
        self._serial = int.from_bytes(random(4), "big")

    def arm(self, timed: Timed) -> None:
        """Take over a deadline that may have moved."""
        self.deadlines.set(timed, None if timed.forgotten else timed.next_timeout())

    def unused(self, taken: Container[int]) -> int:
        """Return a random id that is not zero and not in `taken`."""
        while True:
            number = int.from_bytes(self.random(2), "big")
            if number and number not in taken:
                return number

    def unused_tunnel(self) -> int:
        """Return a free tunnel id; LocalError if there are too many tunnels."""
        if len(self.tunnels) >= MOST_TUNNELS:
            raise LocalError(f"{MOST_TUNNELS} tunnels are open", "use another address for more")
        return self.unused(self.tunnels)

    def next_serial(self) -> int:
        """Return a Call Serial Number."""
        self._serial = (self._serial + 1) & 0xFFFFFFFF
        return self._serial

    def add_origin(self, tunnel: Tunnel) -> None:
        """Index a tunnel by its peer's address and id."""
        self.by_origin.setdefault((tunnel.peer, tunnel.peer_id), []).append(tunnel)

    def forget(self, tunnel: Tunnel) -> None:
        """Let go of the last state of a tunnel."""
        tunnel.forgotten = True
        self.tunnels.pop(tunnel.id, None)
        self.half_open.pop(tunnel, None)
        self.deadlines.set(tunnel, None)
        _drop(self.by_origin, (tunnel.peer, tunnel.peer_id), tunnel)
        _drop(self.calling, tunnel.called, tunnel)
        if self.by_request.get((tunnel.peer, tunnel.request)) is tunnel:
            del self.by_request[tunnel.peer, tunnel.request]
