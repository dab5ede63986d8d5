"""LCP's Echo (RFC 1661 5.8): answers the peer's, and asks whether it is still there."""

from __future__ import annotations

from typing import Callable

from branchline.ppp.outside import Outside, Timer
from branchline.wire import ppp
from branchline.wire.ppp import Packet


class Echo:
    """`interval`: seconds between requests, 0 is none. `measured` gets round trips, `failed` the reason of the end."""

    def __init__(
        self,
        interval: float,
        outside: Outside,
        measured: Callable[[float], None],
        failed: Callable[[str, float], None],
    ) -> None:
        self._interval = interval
        self._outside = outside
        self._measured = measured
        self._failed = failed
        self._identifier = 0
        self._magic = bytes(4)
        self._unanswered: dict[int, float] = {}

    def start(self, magic: int, now: float) -> None:
        """LCP is open, with our `magic` number."""
        self._magic = magic.to_bytes(4, "big")
        self._unanswered.clear()
        if self._interval:
            self._outside.timers.set(Timer.ECHO, now + self._interval)

    def stop(self) -> None:
        """LCP is no longer open."""
        self._outside.timers.clear(Timer.ECHO)

    def receive(self, packet: Packet, now: float) -> None:
        """Take an Echo-Request, Echo-Reply or Discard-Request."""
        if len(packet.data) < 4:
            return
        if packet.code == ppp.ECHO_REQUEST:
            self._reply(packet, now)
        elif packet.code == ppp.ECHO_REPLY and packet.identifier in self._unanswered:
            sent = self._unanswered[packet.identifier]
            self._measured(now - sent)
            self._unanswered.clear()
            self._outside.timers.set(Timer.ECHO, max(now, sent + self._interval))

    def on_timeout(self, now: float) -> None:
        """It is time for the next Echo-Request, or to give up."""
        if len(self._unanswered) >= self._outside.policy.echo_failures:
            self._failed(f"no reply to {len(self._unanswered)} LCP Echo-Requests", now)
            return
        self._identifier = (self._identifier + 1) % 256
        self._unanswered[self._identifier] = now
        self._outside.timers.set(Timer.ECHO, now + min(self._interval, self._outside.policy.echo_retry))
        self._outside.send(ppp.LCP, Packet(ppp.ECHO_REQUEST, self._identifier, self._magic))

    def _reply(self, packet: Packet, now: float) -> None:
        if packet.data[:4] == self._magic != bytes(4):
            self._failed("the line is looped back: our own Echo-Request came back", now)
            return
        self._outside.send(ppp.LCP, Packet(ppp.ECHO_REPLY, packet.identifier, self._magic + packet.data[4:]))
