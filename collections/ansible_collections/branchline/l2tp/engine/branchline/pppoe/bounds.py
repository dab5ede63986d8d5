"""What a flood of discovery may cost: so many answers a second in all, fewer for one Ethernet address."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

REMEMBERED = 4096  # addresses whose rate is known; the one unheard of for longest gives way


@dataclass
class Bucket:
    """Tokens that come back with time, `rate` a second and `burst` at most."""

    rate: float
    burst: float
    tokens: float
    filled: float

    def take(self, now: float) -> bool:
        """Whether there was one."""
        self.tokens = min(self.burst, self.tokens + max(0.0, now - self.filled) * self.rate)
        self.filled = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Bounds:
    """One bucket for everybody, and a small one for each address."""

    def __init__(self, rate: float, rate_of_one: float) -> None:
        self._rate_of_one = rate_of_one
        self._all = Bucket(rate, 2 * rate, 2 * rate, 0.0)
        self._one: OrderedDict[bytes, Bucket] = OrderedDict()

    def allow(self, mac: bytes, now: float) -> bool:
        """Whether a packet of `mac` may be answered now."""
        return self._of(mac, now).take(now) and self._all.take(now)

    def _of(self, mac: bytes, now: float) -> Bucket:
        bucket = self._one.pop(mac, None)
        if bucket is None:
            burst = 2 * self._rate_of_one
            bucket = Bucket(self._rate_of_one, burst, burst, now)
        self._one[mac] = bucket
        if len(self._one) > REMEMBERED:
            self._one.popitem(last=False)
        return bucket
