"""One LNS at a line's work: IPsec, tunnel, session and PPP, from the first packet until it is left or fails."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

from branchline.errors import BranchlineError, LocalError
from branchline.l2tp.results import Cause
from branchline.line_config import Line
from branchline.lines.attempt import Attempt, LineEndedError
from branchline.lines.context import Context
from branchline.lines.journal import Journal
from branchline.lines.remedies import remedy_for
from branchline.lines.seat import Place, Seat
from branchline.lines.securing import secure
from branchline.lines.state import LineState, Trouble

LOG = logging.getLogger(__name__)
SILENT = ("tunnel", "session")  # states in which waiting in vain means that the LNS is silent
TICKS = 8  # looks at the state within the limit


class LnsJournal(Journal):
    """Says of each event which LNS it is about."""

    def __init__(self, journal: Journal, **lns: Any) -> None:
        super().__init__()
        self._journal, self._lns = journal, lns

    def note(self, line: str, event: str, *, level: int = logging.INFO, **facts: Any) -> None:
        """Record `event` of `line`."""
        self._journal.note(line, event, level=level, **self._lns, **facts)


class Trial:
    """`line` is the line towards this LNS, `name` is "" for the line's own; each is used once, inside a running loop.

    `trouble` is why the line was down before.
    """

    def __init__(self, name: str, line: Line, context: Context, place: Place, trouble: Trouble | None) -> None:
        self.name, self.line = name, line
        self.state = LineState(line.name, "client", trouble=trouble)
        self.held = 0.0  # seconds for which it has carried the line
        self.returned = False  # the line was on a worse one before
        self.ousted = False  # another one has taken the line's packets over
        self.error: BranchlineError | None = None
        self._seat = Seat(place, self._yield)
        self._context = replace(context, journal=LnsJournal(context.journal, standby=name or None, lns=line.lns))
        self._reason = "the line is no longer wanted"
        self._attempt: Attempt | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def rtt(self) -> float | None:
        """Seconds of the last echo."""
        return self._attempt.rtt if self._attempt else None

    @property
    def ended(self) -> bool:
        """Whether it is over; `error` says why."""
        return self._task is not None and self._task.done()

    @property
    def gone(self) -> bool:
        """Whether the LNS is out, as opposed to this session only."""
        return not isinstance(self.error, LineEndedError) or self.error.gone

    async def open(self, limit: float) -> bool:
        """Bring the line up; False if that fails, or if the LNS stands for `limit` seconds where it stood before."""
        loop = asyncio.get_running_loop()
        self._task = task = loop.create_task(self._run(limit))
        attached = loop.create_task(self._seat.attached.wait())
        rung, since = "", loop.time()
        while not (task.done() or attached.done()):
            await asyncio.wait({task, attached}, timeout=limit / TICKS, return_when=asyncio.FIRST_COMPLETED)
            if self.state.state != rung:
                rung, since = self.state.state, loop.time()
            elif rung != "ipsec" and loop.time() - since >= limit:
                self._give_up(rung, limit)
        attached.cancel()
        return not task.done()

    async def wait(self, seconds: float | None) -> bool:
        """Wait for its end, for so long at most; whether it has come."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=seconds)
        return self.ended

    def end(self, reason: LineEndedError) -> None:
        """Make it fail for `reason`."""
        if self._attempt is not None:
            self._attempt.end(reason)

    def lost_ipsec(self, connection: str) -> None:
        """The SA of `connection` is gone."""
        if self.line.ipsec is not None and self.line.ipsec.connection == connection:
            self.end(LineEndedError("the IPsec SA is gone", remedy="see `journalctl -u strongswan`", gone=True))

    async def leave(self, reason: str) -> None:
        """Say goodbye to the LNS; nothing happens if it is over."""
        task = self._task
        if task is None or task.done():
            return
        self._reason = reason
        while not task.done():  # before Python 3.12 wait_for may swallow one
            task.cancel()
            await asyncio.wait({task}, timeout=1.0)

    def _give_up(self, rung: str, limit: float) -> None:
        silent = rung in SILENT
        what = "no answer" if silent else "no network"
        remedy = remedy_for(Cause.NO_ANSWER if silent else "ppp")
        self.end(LineEndedError(f"{what} within {limit:g} s ({rung})", remedy=remedy, silent=silent))

    def _yield(self) -> None:
        self.ousted = True
        if self._attempt is not None:
            self._attempt.part()

    async def _run(self, limit: float) -> None:
        try:
            await self._attempt_it(limit)
        except BranchlineError as error:
            self.error = error
        except Exception as error:  # a fault of ours must not end the line for good
            LOG.exception("line=%s failed within the engine", self.line.name)
            self.error = LocalError(f"the engine failed: {error!r}", "please report it, with the engine's log")
        finally:
            self.held = self.state.open_seconds()
            if self.line.ipsec is not None:
                await self._context.charon.terminate(self.line.ipsec.connection)

    async def _attempt_it(self, limit: float) -> None:
        local = await secure(self.line, self._context, self.state, limit)
        self.state.enter("tunnel")
        self._attempt = attempt = Attempt(self.line, self._context, self.state, local, self._seat)
        try:
            await attempt.run()
        except asyncio.CancelledError:
            await attempt.leave(self._reason)
            raise
        finally:
            self._attempt = None
            await attempt.close()
