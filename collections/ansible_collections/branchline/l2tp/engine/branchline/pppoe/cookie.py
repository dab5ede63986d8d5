"""AC-Cookie (RFC 2516 appendix A): proof that a host can hear what is sent to it, without a memory of it here."""

from __future__ import annotations

import hmac

from branchline.pppoe.events import Place

LIFETIME = 30.0  # seconds of one period; a cookie is good in its own and in the next one
SIZE = 16


class Cookies:
    """Cookies under one key, 32 unpredictable octets."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def bake(self, place: Place, now: float) -> bytes:
        """The cookie of whoever is at `place`, now."""
        return self._of(place, int(now // LIFETIME))

    def accepts(self, place: Place, cookie: bytes | None, now: float) -> bool:
        """Whether `cookie` was baked for `place` not long ago."""
        period = int(now // LIFETIME)
        return cookie is not None and any(
            hmac.compare_digest(cookie, self._of(place, each)) for each in (period, period - 1)
        )

    def _of(self, place: Place, period: int) -> bytes:
        text = place.mac + place.vlan.to_bytes(2, "big") + period.to_bytes(8, "big", signed=True)
        return hmac.digest(self._key, text, "sha256")[:SIZE]
