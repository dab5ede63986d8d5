"""Two sessions joined: what comes from one goes on to the other, untouched. No I/O; it knows them as legs.

PPP is not looked into: LCP, authentication and packets are between the branch and the LNS (RFC 2661 2.0 knows the
LAC's relaying; a switch is an LNS towards the branch and a LAC towards the LNS).
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

from branchline.l2tp.events import DataReceived, Event, LinkInfo, SequencingChanged, SessionClosed
from branchline.l2tp.results import Cause, Result, for_session

WAITING = 16  # frames of a branch that are kept until the LNS has answered; PPP repeats what is lost

Cause3145 = tuple[int, int, int, str]  # code, protocol, direction, text


class Leg(Protocol):
    """One of the two sessions."""

    def send(self, frame: bytes) -> None:
        """Send one PPP frame."""

    def close(self, result: Result, cause: Cause3145 | None = None) -> None:
        """End it with a CDN; nothing happens if it has ended."""

    def set_sequencing(self, *, on: bool) -> None:
        """Number data messages from now on, or stop."""

    def send_link_info(self, accm: tuple[int, int]) -> None:
        """Send SLI."""

    def send_wan_errors(self, errors: tuple[int, ...]) -> None:
        """Send WEN."""


class Crossing:
    """A branch's session (`near`), and the LNS's (`far`) as soon as there is one."""

    def __init__(self, near: Leg) -> None:
        self.near = near
        self.far: Leg | None = None
        self.rx_packets = self.rx_bytes = self.tx_packets = self.tx_bytes = 0  # from the branch; to it
        self.ended: Result | None = None
        self._waiting: deque[bytes] = deque(maxlen=WAITING)

    def join(self, far: Leg) -> None:
        """The LNS has answered: what waited goes on to it."""
        self.far = far
        while self._waiting:
            far.send(self._waiting.popleft())

    def from_near(self, frame: bytes) -> None:
        """One frame of the branch."""
        self.rx_packets += 1
        self.rx_bytes += len(frame)
        if self.far is None:
            self._waiting.append(frame)
        else:
            self.far.send(frame)

    def from_far(self, frame: bytes) -> None:
        """One frame of the LNS."""
        self.tx_packets += 1
        self.tx_bytes += len(frame)
        self.near.send(frame)

    def on_near(self, event: Event) -> None:
        """Take an event of the branch's session."""
        if isinstance(event, DataReceived):
            self.from_near(event.payload)
        elif isinstance(event, SessionClosed):
            self.end(event.result, self.far, event.disconnect_cause)
        elif isinstance(event, LinkInfo) and event.errors is not None and self.far is not None:
            self.far.send_wan_errors(event.errors)

    def on_far(self, event: Event) -> None:
        """Take an event of the LNS's session: it says whether data messages are numbered, on both legs (5.4)."""
        if isinstance(event, DataReceived):
            self.from_far(event.payload)
        elif isinstance(event, SessionClosed):
            self.end(event.result, self.near, event.disconnect_cause)
        elif isinstance(event, SequencingChanged):
            self.near.set_sequencing(on=event.on)
        elif isinstance(event, LinkInfo) and event.accm is not None:
            self.near.send_link_info(event.accm)

    def end(self, result: Result, other: Leg | None, cause: Cause3145 | None = None) -> None:
        """One leg has ended: end the `other` for the same reason."""
        if self.ended is None:
            self.ended = result
            if other is not None:
                other.close(carried_on(result), cause)

    def close(self, result: Result) -> None:
        """End both from here."""
        if self.ended is None:
            self.ended = result
            for leg in (self.near, self.far):
                if leg is not None:
                    leg.close(result)


def carried_on(result: Result) -> Result:
    """Return what the other hop's CDN says of an end: the same, but where an LNS or branch fell silent.

    A session that ended with its tunnel has "loss of carrier" (1), which is what the other side sees of it.
    """
    if result.cause in (Cause.NO_ANSWER, Cause.TOO_SLOW):
        return for_session(1, message=f"beyond the gateway: {result.message or result}")
    return for_session(result.code, result.error, result.message)


def refusal(result: Result | None, message: str) -> Result:
    """Return the CDN for a call that no LNS took: the last LNS's own words, else a temporary lack of facilities."""
    if result is not None:
        return for_session(result.code, result.error, result.message or message)
    return for_session(4, 4, message)
