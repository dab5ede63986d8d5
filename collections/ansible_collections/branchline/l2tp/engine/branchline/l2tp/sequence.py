"""Sequence numbers of one session's data messages, both ways: RFC 2661 5.4."""

from __future__ import annotations

from typing import TYPE_CHECKING

from branchline.l2tp.reorder import Reorder
from branchline.wire.l2tp import data_header, sequenced_header

if TYPE_CHECKING:
    from branchline.l2tp.policy import Policy


class Sequence:
    """Numbers what is sent while `on`, orders what comes with numbers. `required`: nothing goes without."""

    def __init__(self, policy: Policy, *, follows: bool) -> None:
        self.on = False
        self.required = False
        self.missing = 0  # data messages dropped because they had to carry Ns and did not
        self.reorder = Reorder(policy.reorder_limit, policy.reorder_timeout)
        self._heard = False  # data messages with Ns have come
        self._follows = follows  # the LAC: does as the LNS does
        self._ns = 0

    def switch(self, *, on: bool) -> bool:
        """Number, or not, unless it is required; return whether that changed anything."""
        before, self.on = self.on, on or self.required
        return self.on is not before

    def wrap(self, tunnel: int, session: int, payload: bytes) -> bytes:
        """Return the data message of `payload` for the peer's ids."""
        if not self.on:
            return data_header(tunnel, session) + payload
        header = sequenced_header(tunnel, session, self._ns)
        self._ns = (self._ns + 1) & 0xFFFF
        return header + payload

    def resume(self, sent: int, received: int) -> None:
        """Go on from where somebody else is, who has sent and received so many data messages with numbers."""
        self._ns = sent & 0xFFFF
        self._heard = received > 0
        self.reorder.resume(received)

    def heeds(self, ns: int | None) -> bool:
        """Tell whether a data message with or without Ns calls for a switch of ours."""
        return self._follows and not self.required and self.on is (ns is None)

    def ignored(self, ns: int | None) -> bool:
        """Tell whether the LNS sends without Ns from the start, though the LAC required it (as l2tpns does)."""
        return self._follows and self.required and ns is None and not self._heard

    def receive(self, ns: int | None, payload: bytes, now: float) -> list[bytes]:
        """Take one payload; return those that may go on."""
        if ns is not None:
            self._heard = True
            return self.reorder.push(ns, payload, now)
        if self.required:
            self.missing += 1
            return []
        return [payload]
