"""Asks a caller who it is, in the place of an LNS that is not chosen yet: LCP and the first authentication.

The answer is not judged here: it goes along as proxy LCP and proxy authentication (RFC 2661 4.4.5), and the LNS that
takes the call checks it.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from branchline.errors import BranchlineError, LocalError
from branchline.l2tp.call import ProxyAuthentication
from branchline.l2tp.policy import Address
from branchline.lines.ppp_session import Bearer, PppSession
from branchline.lines.proxy import carried
from branchline.ppp import events as ppp
from branchline.ppp.auth import check
from branchline.ppp.config import LinkConfig

LOG = logging.getLogger(__name__)


class Asker(Protocol):
    """Who wants to know. The caller may begin anew at any time: then all comes again, and `named` is cancelled."""

    def lcp_up(self, event: ppp.LcpUp) -> None:
        """LCP is open."""

    async def named(self, event: ppp.PeerCredentials) -> None:
        """The caller says who it is: have an LNS take its call; raises BranchlineError where none does."""

    def unplaced(self, error: BranchlineError) -> None:
        """No LNS has taken the call."""

    def hung_up(self, reason: str) -> None:
        """PPP is over: the caller's doing, or patience was."""


class Asking:
    """PPP with one caller over a session of `bearer`, until `hand_over` or `stop`."""

    def __init__(self, bearer: Bearer, ids: tuple[int, int], peer: Address, config: LinkConfig, asker: Asker) -> None:
        self._asker = asker
        self._calling: asyncio.Task[None] | None = None
        self._ppp = PppSession(bearer, ids, peer, config, self._on)

    def start(self) -> None:
        """Begin LCP."""
        self._ppp.start()

    def receive(self, frame: bytes) -> None:
        """One frame of the caller that has not come to the session's sink."""
        self._ppp.receive(frame)

    @property
    def proxy(self) -> ProxyAuthentication:
        """What was done with the caller, for an ICCN; while `named` runs."""
        return carried(self._ppp.proxied)

    def refuse(self, event: ppp.PeerCredentials) -> None:
        """Nobody is there for such a caller: tell it as if its secret were wrong."""
        self._ppp.answer(check(event.credentials, None))

    def close(self, reason: str) -> None:
        """End PPP politely; `hung_up` follows."""
        self._ppp.close(reason)

    def hand_over(self) -> None:
        """An LNS has taken the call: PPP is its own from here on, and the session's sink is free."""
        self._ppp.drop()

    def stop(self) -> None:
        """The session is gone, or nobody wants to know any more."""
        self._hang_up()
        self._ppp.drop()

    def _on(self, event: ppp.Event) -> None:
        if isinstance(event, ppp.LcpUp):
            self._hang_up()
            self._asker.lcp_up(event)
        elif isinstance(event, ppp.PeerCredentials):
            self._hang_up()
            self._calling = asyncio.get_running_loop().create_task(self._place(event))
        elif isinstance(event, ppp.LinkDown):
            self._asker.hung_up(event.reason)

    def _hang_up(self) -> None:
        """The caller begins anew: a call with what it said before is of no use."""
        if self._calling is not None:
            self._calling.cancel()
            self._calling = None

    async def _place(self, event: ppp.PeerCredentials) -> None:
        try:
            await self._asker.named(event)
        except BranchlineError as error:
            self._asker.unplaced(error)
        except Exception as error:  # a fault of ours must not leave the caller with half a session
            LOG.exception("the call of %s failed within the engine", event.name)
            remedy = "please report it, with the engine's log"
            self._asker.unplaced(LocalError(f"the engine failed: {error!r}", remedy))
