"""A line with several LNSs, from the first that is tried until none is left: the next one, the better one, the last."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from branchline.errors import BranchlineError, LocalError
from branchline.line_config import Line, towards, ways
from branchline.lines.attempt import LineEndedError
from branchline.lines.candidates import Candidates
from branchline.lines.context import Context
from branchline.lines.seat import Place
from branchline.lines.state import LineState, Trouble, trouble_of
from branchline.lines.trial import Trial

LONGEST = 20.0  # seconds that one LNS gets at most when all of them have failed again and again


@dataclass(frozen=True)
class Told:
    """Who hears of it: `show` gets the state of the LNS that is tried or carries the line, `lost` why that ended."""

    show: Callable[[LineState], None]
    lost: Callable[[BranchlineError], None]


class Round:
    """Used once; what is remembered of each LNS, `candidates`, outlives it.

    `attempts` is how many rounds before have failed: each LNS gets more time then.
    """

    def __init__(self, line: Line, context: Context, candidates: Candidates, told: Told, attempts: int) -> None:
        self.current: Trial | None = None
        self.held = 0.0  # the longest time for which an LNS has carried the line
        self._line, self._context, self._candidates, self._told = line, context, candidates, told
        self._limit = min(line.failover.setup * 2.0 ** min(attempts, 30), max(LONGEST, line.failover.setup))
        self._place = Place(context.datapath, tuple(way.lns for way in ways(line)))
        self._trials: set[Trial] = set()
        self._trouble: Trouble | None = None
        self._asked: asyncio.Future[LineEndedError] = asyncio.get_running_loop().create_future()

    @property
    def rtt(self) -> float | None:
        """Seconds of the last echo."""
        return self.current.rtt if self.current else None

    def end(self, reason: LineEndedError) -> None:
        """Make `run` raise `reason`."""
        if not self._asked.done():
            self._asked.set_result(reason)

    def lost_ipsec(self, connection: str) -> None:
        """The SA of `connection` is gone."""
        for trial in self._trials:
            trial.lost_ipsec(connection)

    async def run(self, trouble: Trouble | None) -> None:
        """Open the line and hold it, until no LNS is left or the line is ended here: always raises.

        `trouble` is why the line was down before.
        """
        self._trouble = trouble
        work = asyncio.get_running_loop().create_task(self._work())
        either: list[asyncio.Future[Any]] = [work, self._asked]
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            work.cancel()
            reason = "the line has ended" if self._asked.done() else "the line is no longer wanted"
            await asyncio.gather(*(trial.leave(reason) for trial in self._trials), return_exceptions=True)
            await asyncio.wait({work})
        raise self._asked.result() if self._asked.done() else work.exception() or LocalError("no LNS is left")

    async def _work(self) -> None:
        while True:
            lost = await self._hold(await self._open())
            self.held = max(self.held, lost.held)
            self._candidates.lost(lost.name, lost.held, returned=lost.returned)
            error = self._failed(lost)
            if not lost.gone or self._candidates.all_dead():
                raise error
            self._told.lost(error)
            self._trouble = lost.state.trouble
            lost.state.reset()
            await asyncio.sleep(self._candidates.spread())

    async def _open(self) -> Trial:
        """Try one LNS after the other; raises what the last one said."""
        failure: BranchlineError = LocalError("no LNS is left")
        names = self._candidates.order()
        for name in names:
            trial = self._trial(name)
            self._carry(trial)
            if await trial.open(self._limit):
                self._candidates.opened(name)
                return trial
            failure = self._failed(trial)
            if name != names[-1]:
                self._note("failover", trial, failure)
                self._trouble = trouble_of(failure)
        raise failure

    async def _hold(self, running: Trial) -> Trial:
        """Keep the line, on a better LNS when one is back; who had it when it was lost."""
        while not running.ended:
            better = self._candidates.better(running.name)
            if not await running.wait(self._candidates.until_look(better) if better else None):
                running = await self._look(running, better)
        return running

    async def _look(self, running: Trial, better: list[str]) -> Trial:
        """Try the better ones beside the running one; whichever carries the line then."""
        for name in better:
            trial = self._trial(name)
            if await trial.open(self._line.failover.setup):
                self._candidates.opened(name)
                trial.returned = True
                self._carry(trial)
                self._note("return", trial)
                await running.leave("another LNS carries the line")
                return trial
            self._note("look", trial, self._failed(trial))
            if running.ousted:
                running.end(LineEndedError("another LNS took the line's device, and failed"))
        return running

    def _trial(self, name: str) -> Trial:
        trial = Trial(name, towards(self._line, name), self._context, self._place, self._trouble)
        self._trials = {each for each in self._trials if not each.ended} | {trial}
        return trial

    def _carry(self, trial: Trial) -> None:
        self.current = trial
        self._told.show(trial.state)

    def _failed(self, trial: Trial) -> BranchlineError:
        error = trial.error or LocalError("it was left")
        self._candidates.failed(trial.name, trouble_of(error), dead=trial.gone)
        return error

    def _note(self, event: str, trial: Trial, error: BranchlineError | None = None) -> None:
        level = logging.WARNING if event == "failover" else logging.INFO
        facts = {
            "standby": trial.name or None,
            "lns": trial.line.lns,
            "reason": trouble_of(error).what if error else None,
        }
        self._context.journal.note(self._line.name, event, level=level, **facts)
