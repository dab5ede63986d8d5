"""Order for sequenced data messages, RFC 2661 5.4: a short queue, with a time limit on how long a gap holds it up."""

from __future__ import annotations

MODULO = 0x10000
HALF = 0x8000


class Reorder:
    """The receiving side of one session's sequence; frames go out in order, none twice, late ones are dropped."""

    def __init__(self, limit: int, timeout: float) -> None:
        self._limit = limit  # frames held at most
        self._timeout = timeout  # seconds that the oldest held frame waits
        self._expected = 0
        self._held: dict[int, bytes] = {}
        self.deadline: float | None = None
        self.late = 0  # frames dropped: duplicates, and those whose turn had passed
        self.lost = 0  # sequence numbers given up

    def push(self, ns: int, frame: bytes, now: float) -> list[bytes]:
        """Take one frame; return those that may go on."""
        if ns == self._expected and not self._held:
            self._expected = (ns + 1) % MODULO
            return [frame]
        ahead = (ns - self._expected) % MODULO
        if ahead >= HALF or ns in self._held:
            self.late += 1
            return []
        self._held[ns] = frame
        out = self._ready()
        if len(self._held) > self._limit:
            out += self._skip()
        return self._arm(out, now)

    def resume(self, received: int) -> None:
        """Expect what follows the `received` frames that somebody else has taken."""
        self._expected = received % MODULO

    def on_timeout(self, now: float) -> list[bytes]:
        """Give up the gap if its time has come; return the frames behind it."""
        if self.deadline is None or now < self.deadline:
            return []
        self.deadline = None
        return self._arm(self._skip(), now)

    def _ready(self) -> list[bytes]:
        out = []
        while self._expected in self._held:
            out.append(self._held.pop(self._expected))
            self._expected = (self._expected + 1) % MODULO
        return out

    def _skip(self) -> list[bytes]:
        if not self._held:
            return []
        gap = min((ns - self._expected) % MODULO for ns in self._held)
        self.lost += gap
        self._expected = (self._expected + gap) % MODULO
        return self._ready()

    def _arm(self, out: list[bytes], now: float) -> list[bytes]:
        if not self._held:
            self.deadline = None
        elif out or self.deadline is None:
            self.deadline = now + self._timeout
        return out
