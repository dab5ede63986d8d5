"""A tunnel to one LNS for the sessions of others: opened on demand, shared, and remembered as dead when it was."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from branchline.aio.jobs import Jobs
from branchline.aio.udp import UdpPort
from branchline.errors import LocalError
from branchline.l2tp.call import CallRequest
from branchline.l2tp.events import Event, OutgoingRequested, TunnelClosed, TunnelOpened
from branchline.l2tp.results import Cause, Result, for_session, for_tunnel
from branchline.lines.context import Context
from branchline.lines.remedies import remedy_for
from branchline.lines.state import LineState, Trouble
from branchline.trunk_config import TrunkConfig
from branchline.trunks.carrier import SILENT, Carrier
from branchline.trunks.circuit import CallFailedError, Circuit

SHOWN = ("line", "role", "state", "since", "peer", "local", "tunnel", "ipsec")

STANDING = 5.0  # seconds between two looks whether a tunnel that has to be open is
OnRequest = Callable[[Carrier, OutgoingRequested], None]


def refuse(carrier: Carrier, event: OutgoingRequested) -> None:
    """Make no call: for those who have no hosts."""
    result = for_session(5, message="outgoing calls are not made here")
    with suppress(KeyError):  # its CDN came in the same turn
        carrier.port.call(carrier.port.endpoint.reject_session, event.tunnel, event.session, result)


@dataclass(frozen=True)
class Limits:
    """Seconds: for the set-up of IPsec, tunnel and session, each; that a dead LNS is remembered; without sessions."""

    setup: float
    dead: float
    idle: float


class Trunk:
    """One LNS; `jobs` runs what has to be awaited but must not hold up anybody.

    `on_request` gets the calls that the LNS wants to be made, where the configuration lets it.
    """

    def __init__(
        self, config: TrunkConfig, context: Context, limits: Limits, jobs: Jobs, on_request: OnRequest = refuse
    ) -> None:
        self.config, self.limits = config, limits
        self.state = LineState(config.name, "trunk")
        self._context, self._jobs = context, jobs
        self._loop = asyncio.get_running_loop()
        self._attempts = 0
        self._dead_until = 0.0  # the loop's clock
        self._carrier: Carrier | None = None
        self._opening: asyncio.Task[Carrier] | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._on_request = on_request
        self._standing = self._loop.create_task(self._stand()) if config.outgoing else None

    @property
    def port(self) -> UdpPort:
        """The socket of its tunnel, while there is one."""
        assert self._carrier is not None
        return self._carrier.port

    def is_dead(self) -> bool:
        """Whether the LNS did not answer lately."""
        return self._loop.time() < self._dead_until

    def carries(self, carrier: Carrier) -> bool:
        """Whether this is its tunnel now."""
        return carrier is self._carrier

    async def call(self, request: CallRequest, on_event: Callable[[Event], None]) -> Circuit:
        """Make a call and wait until it is open; raises CallFailedError."""
        carrier = await self.ready()
        circuit = carrier.place(request, on_event)
        try:
            await circuit.wait(self.limits.setup)
        except CallFailedError as error:
            self._unanswered(carrier, circuit, error)
            raise
        except asyncio.CancelledError:
            circuit.cancel("the caller has gone")
            raise
        return circuit

    def lost(self, reason: str, *, silent: bool = False) -> None:
        """End the tunnel and its sessions; `silent`: the LNS has stopped answering, so its SA is suspect too."""
        self._hang_up(for_tunnel(1, message=reason, cause=Cause.NO_ANSWER if silent else Cause.REQUESTED))
        self._failed(reason, remedy_for(Cause.NO_ANSWER) if silent else "", dead=silent)

    async def close(self, reason: str) -> None:
        """Say goodbye and end the SA; the sessions end with it."""
        if self._standing is not None:
            self._standing.cancel()
        if self._opening is not None:
            self._opening.cancel()
        self._hang_up(for_tunnel(6, message=reason))
        if self.config.ipsec is not None:
            await self._context.charon.terminate(self.config.ipsec.connection)

    def status(self) -> dict[str, Any]:
        """Return its entry of the status."""
        state, left = self.state, self._dead_until - self._loop.time()
        return {
            **{name: getattr(state, name) for name in SHOWN},
            "uptime": round(time.time() - state.since, 3) if state.state != "down" else 0.0,
            "sessions": len(self._carrier.circuits) if self._carrier else 0,
            "dead_until": round(time.time() + left, 3) if left > 0 else None,
            "attempts": self._attempts,
            "last_error": asdict(state.trouble) if state.trouble else None,
        }

    async def ready(self) -> Carrier:
        """Wait for the tunnel, which is opened if it is not; many may wait for the same one. Raises CallFailedError."""
        if self.state.state == "open" and self._carrier is not None:
            return self._carrier
        if self._opening is None:
            self._opening = self._loop.create_task(self._open())
            self._opening.add_done_callback(self._opened)
        opening = self._opening
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            if not opening.cancelled():
                raise
            raise CallFailedError(f"{self.config.name}: is no longer wanted") from None

    async def _stand(self) -> None:
        """Keep the tunnel open: only so can the LNS ask for calls."""
        while True:
            with suppress(CallFailedError):
                await self.ready()
            await asyncio.sleep(STANDING * (0.5 + random.random()))  # noqa: S311 - jitter, no secret

    def _opened(self, task: asyncio.Task[Carrier]) -> None:
        self._opening = None
        if not task.cancelled():
            task.exception()  # seen, also where nobody waits any more

    async def _open(self) -> Carrier:
        self._attempts += 1
        try:
            local = await self._secure()
            self.state.enter("tunnel")
            carrier = self._carrier = Carrier(self.config, self._context, local, self._closed, self._on_request)
            self._up(carrier, await carrier.opened(self.limits.setup))
        except LocalError as error:
            why = CallFailedError(f"{self.config.name}: {error.message}", error.remedy, silent=True)
            self._hang_up(for_tunnel(1, message=error.message))
            self._failed(error.message, error.remedy, dead=True)
            raise why from None
        return carrier

    def _up(self, carrier: Carrier, event: TunnelOpened) -> None:
        state, self._dead_until = self.state, 0.0
        state.tunnel = {"id": event.tunnel, "peer_id": event.peer_tunnel, "state": "established"}
        state.peer = {"address": event.peer[0], "port": event.peer[1], "host_name": event.host_name}
        state.local = dict(zip(("address", "port"), carrier.port.local))
        state.enter("open")
        self._rest()
        ids = {"tunnel": event.tunnel, "peer_tunnel": event.peer_tunnel}
        self._context.journal.note(self.config.name, "trunk-up", **ids, peer=event.host_name)

    async def _secure(self) -> str:
        """Return the address that L2TP is to be sent from: the virtual IP, or "" for the kernel's choice."""
        ipsec = self.config.ipsec
        if ipsec is None:
            return ""
        self.state.enter("ipsec")
        secured = await self._context.charon.secure(ipsec.connection, ipsec.child, self.limits.setup)
        ids = {"virtual_ip": secured.virtual_ip, "ike_id": int(secured.ike_id)}
        self.state.ipsec = {"connection": ipsec.connection, **ids}
        if ipsec.virtual_ip and secured.virtual_ip is None:
            raise LocalError(f"{ipsec.connection} got no virtual IP", "give the LNS's connection a pool")
        return secured.virtual_ip or ""

    def _unanswered(self, carrier: Carrier, circuit: Circuit, error: CallFailedError) -> None:
        """Tell an LNS that is gone from one that only does not take this call: has it acknowledged the ICRQ?"""
        if not error.silent:
            return
        if carrier is self._carrier and not carrier.acknowledged():
            self.lost(error.message, silent=True)
        else:
            circuit.cancel(error.message)

    def _closed(self, event: TunnelClosed) -> None:
        """Take the end of the tunnel, whoever ended it."""
        if self.state.state == "open":  # else `_open` says why
            silent = event.result.cause in SILENT
            self._hang_up(event.result)
            self._failed(f"the tunnel ended: {event.result}", remedy_for(event.result.cause), dead=silent)

    def _hang_up(self, result: Result) -> None:
        carrier, self._carrier = self._carrier, None
        if self._idle is not None:
            self._idle.cancel()
        self.state.reset()
        if carrier is not None:
            carrier.close(result)

    def _failed(self, reason: str, remedy: str, *, dead: bool) -> None:
        self.state.trouble = Trouble(reason, time.time(), remedy)
        journal = self._context.journal
        journal.note(self.config.name, "down", level=logging.WARNING, reason=reason, remedy=remedy or None)
        if dead:
            self._dead_until = self._loop.time() + self.limits.dead
            self._forsake()

    def _forsake(self) -> None:
        if self.config.ipsec is not None:
            self._jobs.put(partial(self._context.charon.terminate, self.config.ipsec.connection))

    def _rest(self) -> None:
        """Hang up if there is no session now and was none when this was asked the last time; ask again."""
        self._idle = self._loop.call_later(self.limits.idle, self._check, False)

    def _check(self, was_empty: bool) -> None:
        empty = self._carrier is not None and not self._carrier.circuits and not self.config.outgoing
        if empty and was_empty:
            self._context.journal.note(self.config.name, "idle", seconds=f"{self.limits.idle:g}")
            self._hang_up(for_tunnel(1, message="no session needs the tunnel"))
            self._forsake()
        else:
            self._idle = self._loop.call_later(self.limits.idle / 2, self._check, empty)
