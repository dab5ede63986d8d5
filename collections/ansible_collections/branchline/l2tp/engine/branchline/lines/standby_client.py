"""A line that this host opens to one of several LNSs: to the preferred one that answers."""

from __future__ import annotations

import asyncio
import random
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from branchline.line_config import Line, ways
from branchline.lines.backoff import Patience
from branchline.lines.candidates import Candidates
from branchline.lines.client import ClientLine
from branchline.lines.context import Context
from branchline.lines.round import Round, Told
from branchline.lines.state import LineState


class StandbyClientLine(ClientLine):
    """As ClientLine, with several LNSs in the place of one."""

    def __init__(self, line: Line, context: Context, patience: Patience) -> None:
        super().__init__(line, context, patience)
        self._candidates = Candidates(line, asyncio.get_running_loop().time, random.random)
        self._round: Round | None = None

    def lost_ipsec(self, connection: str) -> None:
        """The SA of `connection`, one of the line's, is gone."""
        if self._round is not None:
            self._round.lost_ipsec(connection)

    def status(self) -> dict[str, Any]:
        """Return the line's entry of the status, with what is known of each LNS."""
        current = self._round.current if self._round else None
        entry = super().status()
        entry.update(standby=current.name or None if current else None, choices=self._candidates.status())
        return entry

    def _only_ours(self) -> frozenset[str]:
        """The networks of the line by any LNS, but those that hold one of these: each must be reached without it."""
        networks = frozenset(network for way in ways(self.line) for network in way.routes)
        addresses = [IPv4Address(way.lns) for way in ways(self.line)]
        return frozenset(each for each in networks if not any(one in IPv4Network(each) for one in addresses))

    async def _open_and_hold(self) -> None:
        told = Told(self._show, self._failed)
        this = Round(self.line, self._context, self._candidates, told, self._backoff.attempts)
        self._attempt = self._round = this
        try:
            await this.run(self.state.trouble)
        finally:
            self._attempt = self._round = None
            self._backoff.opened_for(this.held)

    def _show(self, state: LineState) -> None:
        self.state = state

    async def _release(self) -> None:
        for way in ways(self.line):
            if way.ipsec is not None:
                await self._context.charon.terminate(way.ipsec.connection)
