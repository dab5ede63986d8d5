"""Reliable delivery of control messages: RFC 2661 5.8 and Appendix A. One Channel a tunnel."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Callable

from branchline.wire.l2tp import ControlHeader, encode_control

if TYPE_CHECKING:
    from branchline.l2tp.policy import Policy

MODULO = 0x10000
HALF = 0x8000
Delivery = tuple[int, bytes]  # session id of the header, AVPs


class Channel:
    """Sends bodies in order and once each, however lossy the way; `emit` gets each datagram.

    Every message waits in one queue and keeps its place, thus its Ns, until acknowledged: the first `_flight` of it
    are on their way, the first `_sent` have been at least once. A retransmission timeout puts `_flight` back to 0.
    """

    def __init__(self, policy: Policy, emit: Callable[[bytes], None]) -> None:
        self._policy = policy
        self._emit = emit
        self.peer_tunnel = 0  # the peer's id, 0 until it is known
        self.dead = False  # the retransmission limit was reached
        self.retransmissions = 0
        self.duplicates = 0
        self._window = policy.default_window
        self._congestion: float = 1.0  # CWND, messages
        self._threshold: float = policy.default_window  # SSTHRESH
        self._queue: deque[Delivery] = deque()
        self._base = 0  # Ns of the queue's first
        self._flight = 0
        self._sent = 0
        self._attempts = 0  # transmissions of the queue's first
        self._resend_at: float | None = None
        self._nr = 0  # Ns that is expected next
        self._early: dict[int, Delivery] = {}  # out of order, by Ns
        self._ack_at: float | None = None

    @property
    def idle(self) -> bool:
        """Everything that was sent has been acknowledged."""
        return not self._queue

    def set_window(self, size: int) -> None:
        """Honour the peer's Receive Window Size."""
        self._window = size
        if not self.retransmissions:
            self._threshold = size

    def send(self, session: int, body: bytes, now: float) -> None:
        """Queue one message for the peer's `session` (0: the tunnel's own)."""
        self._queue.append((session, body))
        self._pump(now)

    def send_last(self, body: bytes, now: float) -> None:
        """Queue a StopCCN before whatever has not been sent at all: nothing else matters any more."""
        while len(self._queue) > self._sent:
            self._queue.pop()
        self.send(0, body, now)

    def receive(self, header: ControlHeader, body: bytes, now: float) -> list[Delivery]:
        """Take a datagram apart; return the messages that it makes deliverable, in order and none twice."""
        self._acknowledged(header.nr, now)
        if not body:
            return []
        ahead = (header.ns - self._nr) % MODULO
        if ahead >= HALF or header.ns in self._early:
            self.duplicates += 1
            self._ack_at = now  # the acknowledgement was lost
            return []
        if ahead >= self._policy.receive_window:
            return []
        self._early[header.ns] = (header.session, body)
        return self._in_order(now)

    def next_timeout(self) -> float | None:
        """Return when on_timeout() must be called, None if nothing is waited for."""
        times = [time for time in (self._resend_at, self._ack_at) if time is not None]
        return min(times) if times else None

    def on_timeout(self, now: float) -> None:
        """Retransmit or acknowledge, whichever is due; `dead` is set when the peer has not answered for too long."""
        if self._resend_at is not None and now >= self._resend_at:
            self._timed_out(now)
        if self._ack_at is not None and now >= self._ack_at:
            self.acknowledge()

    def acknowledge(self) -> None:
        """Send a ZLB (it takes no sequence number) unless there is nothing to acknowledge."""
        if self._ack_at is not None:
            self._transmit(self._sent, (0, b""))

    def stop(self) -> None:
        """Forget what is still to be sent; receiving (and acknowledging) goes on."""
        self._queue.clear()
        self._flight = self._sent = 0
        self._resend_at = None

    def _in_order(self, now: float) -> list[Delivery]:
        ready = []
        while self._nr in self._early:
            ready.append(self._early.pop(self._nr))
            self._nr = (self._nr + 1) % MODULO
        due = now + self._policy.ack_delay if ready else now  # a gap: say at once what is missing
        self._ack_at = due if self._ack_at is None else min(self._ack_at, due)
        return ready

    def _acknowledged(self, nr: int, now: float) -> None:
        count = (nr - self._base) % MODULO
        if not 0 < count <= self._sent:
            return
        for _ in range(count):
            self._queue.popleft()
        self._base = nr
        self._sent -= count
        self._flight = max(0, self._flight - count)
        self._attempts = 1 if self._flight else 0
        slow_start = self._congestion < self._threshold
        self._congestion = min(self._congestion + (1 if slow_start else 1 / int(self._congestion)), self._window)
        self._resend_at = now + self._policy.retransmit_interval(1) if self._flight else None
        self._pump(now)

    def _pump(self, now: float) -> None:
        """Send what the windows allow."""
        limit = min(len(self._queue), self._window, int(self._congestion))
        while self._flight < limit:
            self._transmit(self._flight, self._queue[self._flight])
            self._attempts += self._flight == 0
            self._flight += 1
            self._sent = max(self._sent, self._flight)
            if self._resend_at is None:
                self._resend_at = now + self._policy.retransmit_interval(max(self._attempts, 1))

    def _transmit(self, place: int, delivery: Delivery) -> None:
        """Send what stands at `place` of the queue (behind what was sent: a ZLB); it acknowledges, too."""
        session, body = delivery
        ns = (self._base + place) % MODULO
        self._emit(encode_control(ControlHeader(self.peer_tunnel, session, ns, self._nr), body))
        self._ack_at = None

    def _timed_out(self, now: float) -> None:
        self._resend_at = None
        if self._attempts > self._policy.retransmit_limit:
            self.dead = True
            self.stop()
            return
        self._threshold = max(self._congestion / 2, 1)
        self._congestion = 1.0
        self._flight = 0
        self.retransmissions += 1
        self._pump(now)
