"""A line that this host opens: IPsec, tunnel, session, PPP, packets; and again after any failure."""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Protocol

from branchline.errors import BranchlineError, LocalError
from branchline.line_config import Line
from branchline.lines.attempt import Attempt, LineEndedError
from branchline.lines.backoff import Backoff, Patience
from branchline.lines.context import Context
from branchline.lines.occasion import Occasion
from branchline.lines.securing import secure
from branchline.lines.state import LineState, trouble_of

LOG = logging.getLogger(__name__)
IPSEC_LIMIT = 20.0  # seconds for IKE and the child SA


class Trying(Protocol):
    """An attempt at the line, whatever carries it."""

    @property
    def rtt(self) -> float | None:
        """Seconds of the last echo."""

    def end(self, reason: LineEndedError) -> None:
        """Make it fail for `reason`."""


class ClientLine:
    """One wanted line; `run` lives until it is cancelled, `state` tells where it stands."""

    def __init__(self, line: Line, context: Context, patience: Patience) -> None:
        self.line = line
        self.state = LineState(line.name, "client")
        self._context = context
        self._backoff = Backoff(patience, random.random)
        self._attempt: Trying | None = None
        self._hurry = asyncio.Event()
        self._occasion = Occasion(line, context, lambda: self.state)

    async def run(self) -> None:
        """Open the line, keep it, open it again; cancel to end it politely."""
        try:
            await self._again_and_again()
        finally:
            await self._occasion.close()
            await self._context.datapath.hold(self.line.name, frozenset())
            await self._release()

    async def _again_and_again(self) -> None:
        await self._context.datapath.hold(self.line.name, self._only_ours())
        while True:
            self._hurry.clear()
            await self._once()
            wait = self._backoff.next_wait()
            self._context.journal.note(self.line.name, "retry", wait=f"{wait:.1f}s", attempt=self._backoff.attempts + 1)
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), wait)

    def reconnect(self) -> None:
        """End what is there and begin anew, without waiting."""
        with suppress(LocalError):  # outside of its hours
            self.dial()
        if self._attempt is not None:
            self._attempt.end(LineEndedError("asked to reconnect"))

    def dial(self) -> None:
        """Open the line now; raises LocalError outside of its hours."""
        self._occasion.ask()
        self._hurry.set()

    def hang_up(self) -> None:
        """Close the line until somebody needs it again; raises ConfigError where it is always open."""
        self._occasion.withdraw()

    def lost_device(self) -> None:
        """Somebody has removed the line's device."""
        self._occasion.lost_device()
        if self._attempt is not None:
            self._attempt.end(LineEndedError("the line's device was removed", remedy="leave it to the engine"))

    def lost_ipsec(self, connection: str) -> None:
        """The SA of `connection` is gone."""
        ours = self.line.ipsec is not None and self.line.ipsec.connection == connection
        if ours and self._attempt is not None:
            self._attempt.end(LineEndedError("the IPsec SA is gone", remedy="see `journalctl -u strongswan`"))

    def status(self) -> dict[str, Any]:
        """Return the line's entry of the status."""
        datapath = self._context.datapath
        entry = self.state.status(datapath.counters(self.line.name), datapath.where(self.line.name))
        entry.update(user=self.line.user, attempts=self._backoff.attempts, rtt=self._attempt and self._attempt.rtt)
        entry.update(standby=None, dial=self._occasion.status())
        return entry

    async def _once(self) -> None:
        try:
            await self._occasion.come()
            await self._hung_up(await self._occasion.during(self._open_and_hold()))
        except BranchlineError as error:
            self._failed(error)
            if isinstance(error, LineEndedError) and error.silent and self.line.ipsec is not None:
                await self._context.charon.terminate(self.line.ipsec.connection)
        except Exception as error:  # a fault of ours must not end the line for good
            LOG.exception("line=%s failed within the engine", self.line.name)
            self._failed(LocalError(f"the engine failed: {error!r}", "please report it, with the engine's log"))
        self._backoff.opened_for(self.state.open_seconds())
        self.state.reset()

    async def _hung_up(self, reason: str) -> None:
        if not reason:
            return
        self._context.journal.note(self.line.name, "hung-up", reason=reason)
        self._backoff.attempts = 0
        self.state.trouble = None
        await self._release()

    async def _open_and_hold(self) -> None:
        line, state = self.line, self.state
        local = await self._secure()
        state.enter("tunnel")
        attempt = Attempt(line, self._context, state, local)
        self._attempt = attempt
        try:
            await attempt.run()
        except asyncio.CancelledError:
            await attempt.leave("the line is no longer wanted")
            raise
        finally:
            self._attempt = None
            await attempt.close()

    def _only_ours(self) -> frozenset[str]:
        """The line's networks but those that hold the LNS itself: it must be reached while the line is down."""
        lns = IPv4Address(self.line.lns)
        return frozenset(network for network in self.line.routes if lns not in IPv4Network(network))

    async def _secure(self) -> str:
        """The address that L2TP is to be sent from: the virtual IP, or "" for the kernel's choice."""
        return await secure(self.line, self._context, self.state, IPSEC_LIMIT)

    async def _release(self) -> None:
        if self.line.ipsec is not None:
            await self._context.charon.terminate(self.line.ipsec.connection)

    def _failed(self, error: BranchlineError) -> None:
        trouble = self.state.trouble = trouble_of(error)
        facts = {"reason": trouble.what, "remedy": trouble.remedy or None, "was": self.state.state}
        self._context.journal.note(self.line.name, "down", level=logging.WARNING, **facts)
