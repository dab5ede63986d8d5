"""A call that an LNS has asked for, from OCRQ until the host's frames are carried (RFC 2661 5.2.2, 7.5.1)."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from branchline.errors import LocalError
from branchline.l2tp import events as l2tp
from branchline.l2tp.outgoing import Connected
from branchline.l2tp.results import Result, for_session
from branchline.lac_config import Circuit as CircuitConfig

if TYPE_CHECKING:
    from branchline.lac.concentrator import AccessConcentrator
    from branchline.lac.subscriber import Subscriber
    from branchline.trunks.carrier import Carrier
    from branchline.trunks.circuit import Circuit

LOG = logging.getLogger(__name__)
PATIENCE = 50.0  # seconds for a dialler and its host; the LNS gives up after 60
LOOK = 0.2  # seconds between two looks whether the host waits now
INVALID, NO_CARRIER = 6, 7  # CDN result codes, RFC 2661 4.4.2


class OutgoingCall:
    """One OCRQ: answered at once where the circuit's host waits, else when its dialler has made it come."""

    def __init__(self, owner: AccessConcentrator, carrier: Carrier, event: l2tp.OutgoingRequested) -> None:
        self._owner, self._carrier = owner, carrier
        self._ids = (event.tunnel, event.session)
        self._call = event.call
        self._wanted: CircuitConfig | None = owner.config.circuits.get(event.call.called_number)
        self._circuit: Circuit | None = None
        self._host: Subscriber | None = None
        self._dialling: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Accept it, unless nobody has that number."""
        port, number = self._carrier.port, self._call.called_number
        with suppress(KeyError):  # its CDN came in the same turn
            if self._wanted is None:
                result = for_session(INVALID, message=f"no circuit has the number {number!r}")
                port.call(port.endpoint.reject_session, *self._ids, result)
                return
            self._note("call-asked", number=number)
            self._circuit = self._carrier.adopt(self._ids, self._on)
            port.call(port.endpoint.accept_outgoing, *self._ids)

    def _on(self, event: l2tp.Event) -> None:
        if isinstance(event, l2tp.BearerWanted) and self._wanted is not None:
            self._dialling = asyncio.get_running_loop().create_task(self._find(self._wanted))
        elif isinstance(event, l2tp.SessionOpened) and self._host is not None and self._circuit is not None:
            trunk = self._owner.trunk_of(self._carrier)
            self._host.answer(trunk, self._circuit, event)
        elif isinstance(event, l2tp.SessionClosed):
            self._closed(event)
        elif self._host is not None:
            self._host.on_l2tp(event)

    def _closed(self, event: l2tp.SessionClosed) -> None:
        if self._dialling is not None:
            self._dialling.cancel()
        if self._host is not None and self._host.state.state == "open":
            self._host.on_l2tp(event)
        elif self._host is not None:
            self._host.reserve(None)

    async def _find(self, wanted: CircuitConfig) -> None:
        host, why = self._owner.waiting(wanted), "no host waits on that circuit"
        if host is None and wanted.dialler:
            try:
                host = await asyncio.wait_for(self._dial(wanted), PATIENCE)
            except (LocalError, OSError, asyncio.TimeoutError) as error:
                why = str(error) or f"no host came within {PATIENCE:g} s"
        if host is None:
            self._fail(for_session(NO_CARRIER, message=why))
        else:
            self._answer(wanted, host)

    async def _dial(self, wanted: CircuitConfig) -> Subscriber:
        """Run the dialler, then wait for the host."""
        number = self._call.called_number
        process = await asyncio.create_subprocess_exec(*wanted.dialler, number, stdin=asyncio.subprocess.DEVNULL)
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            with suppress(ProcessLookupError):
                process.kill()
            raise
        if code:
            raise LocalError(f"the dialler {wanted.dialler[0]} ended with code {code}")
        while (host := self._owner.waiting(wanted)) is None:
            await asyncio.sleep(LOOK)
        return host

    def _answer(self, wanted: CircuitConfig, host: Subscriber) -> None:
        self._host = host
        host.reserve(self._circuit)
        host.state.line = wanted.line
        down, up = host.speeds()
        port = self._carrier.port
        with suppress(KeyError):  # the LNS has called it off
            port.call(port.endpoint.bearer_answered, *self._ids, Connected(down, up if up != down else None))

    def _fail(self, result: Result) -> None:
        self._note("down", reason=str(result))
        port = self._carrier.port
        with suppress(KeyError):
            port.call(port.endpoint.bearer_failed, *self._ids, result)

    def _note(self, event: str, **facts: Any) -> None:
        line = self._wanted.line if self._wanted else "?"
        self._owner.context.journal.note(line, event, tunnel=self._ids[0], session=self._ids[1], **facts)
