"""For how long no packet has passed a line, told from looks at its counters: pure."""

from __future__ import annotations


class Quiet:
    """One line's; it is asked at each look, and is right to within the time between two of them."""

    def __init__(self) -> None:
        self._packets: int | None = None
        self._since = 0.0

    def seconds(self, packets: int | None, now: float) -> float:
        """Seconds since the first look that found as many packets as this one; 0 for None: the line is not open."""
        if packets is None or packets != self._packets:
            self._packets, self._since = packets, now
        return now - self._since
