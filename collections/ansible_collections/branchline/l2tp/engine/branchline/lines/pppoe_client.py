"""A line that this host opens over PPPoE: discovery, session, PPP, packets; and again after any failure."""

from __future__ import annotations

import asyncio

from branchline.line_config import Line
from branchline.lines.backoff import Patience
from branchline.lines.client import ClientLine
from branchline.lines.context import Context
from branchline.lines.pppoe_attempt import PppoeAttempt, PppoeState
from branchline.pppoe_config import Pppoe


class PppoeClientLine(ClientLine):
    """As ClientLine, with an access concentrator in the place of IPsec and a tunnel."""

    def __init__(self, line: Line, pppoe: Pppoe, context: Context, patience: Patience) -> None:
        super().__init__(line, context, patience)
        self.state = self._facts = PppoeState(line.name, "client")
        self._pppoe = pppoe

    def _only_ours(self) -> frozenset[str]:
        return frozenset(self.line.routes)

    async def _open_and_hold(self) -> None:
        self.state.enter("discovery")
        attempt = PppoeAttempt(self.line, self._pppoe, self._context, self._facts)
        self._attempt = attempt
        try:
            await attempt.run()
        except asyncio.CancelledError:
            await attempt.leave("the line is no longer wanted")
            raise
        finally:
            self._attempt = None
            await attempt.close()
