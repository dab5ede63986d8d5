"""When a line is opened, and when it is hung up though nothing is wrong: traffic, idleness, hours, and people."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Any

from branchline.datapath.interface import SessionPath
from branchline.dial_config import ALWAYS
from branchline.errors import ConfigError, LocalError
from branchline.line_config import Line
from branchline.lines.context import Context
from branchline.lines.hours import is_open, next_change
from branchline.lines.quiet import Quiet
from branchline.lines.state import AT_REST, LineState

LOOK = 5.0  # seconds at most between two looks at a line's counters, and at the wall clock, which people may set
LOOKS = 10  # that many within an idle time
SOONEST = 0.05  # seconds
ASKED = 60.0  # seconds for which a line is dialled because somebody has asked for it


def wall_clock() -> datetime:
    """Local time as the clock on the wall shows it, also after the host has moved to another zone."""
    time.tzset()
    return datetime.now()


class Occasion:
    """One line's. `state` tells where the line stands; it is told there that it waits or rests."""

    def __init__(self, line: Line, context: Context, state: Callable[[], LineState]) -> None:
        self._line, self._rule, self._context, self._state = line, line.dial, context, state
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()  # for a line at rest
        self._told = asyncio.Event()  # for one that is not
        self._asked = 0.0  # when somebody has last asked for the line
        self._withdrawn = False
        self._quiet = Quiet()

    async def close(self) -> None:
        """Give up the line's device if it was kept."""
        if self._rule.on_demand:
            await self._context.datapath.forget(self._line.name)

    async def come(self) -> None:
        """Return when the line is to be opened; raises LocalError where the device that it waits on cannot be."""
        while True:
            self._news.clear()
            await self._drop()
            if not is_open(self._rule.hours, wall_clock()):
                await self._wait("resting", None)
            elif self._rule.on_demand and not await self._called():
                await self._wait("waiting", self._news.set)
            else:
                return

    async def during(self, work: Coroutine[Any, Any, None]) -> str:
        """Run `work`, which opens the line and holds it; raises what it raises.

        Returns why the line is hung up, when it is not to be open any more and `work` has been cancelled; else "".
        """
        if self._rule == ALWAYS:
            await work
            return ""
        working, over = self._loop.create_task(work), self._loop.create_task(self._over())
        try:
            await asyncio.wait({working, over}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done() and self._rule.on_demand:
                await self._drop()
                await self._context.datapath.detach(self._line.name)  # what comes now waits for the next session
        finally:
            over.cancel()
            ended = working.done()
            while not working.done():  # before Python 3.12 wait_for may swallow one
                working.cancel()
                await asyncio.wait({working}, timeout=1.0)
        if ended or not working.cancelled():
            await working
            return ""
        return over.result()

    def ask(self) -> None:
        """Somebody wants the line now; raises LocalError outside of its hours."""
        if not is_open(self._rule.hours, wall_clock()):
            change = next_change(self._rule.hours, wall_clock())
            when = f"dial it again from {_when(change)} on" if change else "it has none within a week"
            raise LocalError(f"{self._line.name} is outside of its hours", f"{when}, or change them")
        self._asked = self._loop.time()
        self._news.set()

    def withdraw(self) -> None:
        """Nobody wants the line any more; raises ConfigError where it is to be open always."""
        if not self._rule.on_demand:
            remedy = "`reconnect` opens it anew; `dial` in the configuration lets it close"
            raise ConfigError("line", f"{self._line.name} is always open", remedy)
        self._asked, self._withdrawn = 0.0, self._state().state not in AT_REST
        self._told.set()

    def lost_device(self) -> None:
        """Somebody has removed the device on which the line waits: make it anew."""
        self._news.set()

    def status(self) -> dict[str, Any] | None:
        """What the line's status tells of this; None for a line that is always open. `until`: local time."""
        if self._rule == ALWAYS:
            return None
        change = next_change(self._rule.hours, wall_clock())
        return {
            "when": "demand" if self._rule.on_demand else "always",
            "idle": self._rule.idle,
            "until": _when(change) if change else None,
            "waiting": self._context.datapath.waiting(self._line.name),
        }

    async def _drop(self) -> None:
        """Forget what waits, if nobody wants the line any more; what comes after that is new."""
        if self._withdrawn:
            self._withdrawn = False
            await self._keep(None)
            await self._keep(self._news.set)

    async def _called(self) -> bool:
        """Whether somebody has asked, or a packet waits; the device is there then."""
        await self._keep(self._news.set)
        asked = self._asked and self._loop.time() < self._asked + ASKED
        return bool(asked or self._context.datapath.waiting(self._line.name))

    async def _wait(self, state: str, wake: Callable[[], None] | None) -> None:
        if self._rule.on_demand:
            await self._keep(wake)
        if self._state().state != state:
            self._state().enter(state)
            self._context.journal.note(self._line.name, state, until=(self.status() or {})["until"])
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._news.wait(), self._until_look())

    async def _keep(self, wake: Callable[[], None] | None) -> None:
        line, state = self._line, self._state()
        path = SessionPath(
            line=line.name,
            interface=line.interface,
            shared=False,
            local_address=line.address or "",
            peer_address="",
            mtu=line.mtu,
            mss_clamp=line.mss_clamp,
            routes=line.routes,
            default_route=line.default_route,
            outer_peer=line.lns,
            outer_others=tuple(other.lns for other in line.standby.values()),
        )
        await self._context.datapath.keep(path, wake)
        state.address, state.interface = line.address, line.interface
        state.mtu, state.routes = line.mtu, list(line.routes)

    async def _over(self) -> str:
        """Return why the line is to be hung up, when it is."""
        self._told.clear()
        while not (reason := self._ending()):
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._told.wait(), self._until_look())
        return reason

    def _ending(self) -> str:
        """Why the line is to be hung up now, "" if it is not."""
        if self._state().state == "open":
            self._asked = 0.0
        if not is_open(self._rule.hours, wall_clock()):
            return "its hours are over"
        if self._withdrawn:
            return "asked to hang up"
        counters = self._context.datapath.counters(self._line.name)
        packets = counters.rx_packets + counters.tx_packets if self._state().state == "open" else None
        if self._rule.idle and self._quiet.seconds(packets, self._loop.time()) >= self._rule.idle:
            return f"nothing has passed for {self._rule.idle:g} s"
        return ""

    def _until_look(self) -> float:
        """Seconds until the next look at clock and counters."""
        wall = wall_clock()
        change = next_change(self._rule.hours, wall)
        spans = [LOOK, *([self._rule.idle / LOOKS] if self._rule.idle else [])]
        spans += [(change - wall).total_seconds()] if change else []
        return max(min(spans), SOONEST)


def _when(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="minutes")
