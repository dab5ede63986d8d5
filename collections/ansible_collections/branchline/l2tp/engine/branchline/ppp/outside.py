"""What every part of a link shares: the way out, the timers, the numbers and the dice."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Callable

from branchline.ppp.config import Policy
from branchline.wire.ppp import Packet, encode, encode_frame


class Timer(Enum):
    """Every timer of a link."""

    LCP = auto()
    ESTABLISH_LIMIT = auto()
    IPCP = auto()
    IPV6CP = auto()
    AUTHENTICATOR = auto()
    CLAIMANT = auto()
    AUTH_LIMIT = auto()
    NETWORK_LIMIT = auto()
    ECHO = auto()


class Timers:
    """The deadlines of one link, one for each timer at most."""

    def __init__(self) -> None:
        self._deadlines: dict[Timer, float] = {}

    def set(self, timer: Timer, deadline: float) -> None:
        """(Re)start `timer`."""
        self._deadlines[timer] = deadline

    def clear(self, *timers: Timer) -> None:
        """Stop `timers`, all of them if none is named."""
        for timer in timers or tuple(self._deadlines):
            self._deadlines.pop(timer, None)

    def next(self) -> float | None:
        """The earliest deadline."""
        return min(self._deadlines.values(), default=None)

    def pop(self, now: float) -> Timer | None:
        """Stop and return the earliest timer that is due at `now`."""
        timer = min(self._deadlines, key=self._deadlines.__getitem__, default=None)
        if timer is None or self._deadlines[timer] > now:
            return None
        del self._deadlines[timer]
        return timer


@dataclass(frozen=True)
class Outside:
    """One for each link, given to all of its parts."""

    policy: Policy
    random: Callable[[int], bytes]
    timers: Timers = field(default_factory=Timers)
    frames: list[bytes] = field(default_factory=list)

    def send(self, protocol: int, packet: Packet) -> None:
        """Put a packet into the outbox."""
        self.frames.append(encode_frame(protocol, encode(packet)))
