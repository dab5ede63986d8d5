"""What the engine wants of charon: a secured path for a line, word of its loss, and its end.

One vici connection serves all lines and comes back by itself when charon restarts. Nothing waits inside charon:
`initiate` returns at once and the child-updown events tell what became of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from branchline.aio.refusals import Refusals, heeded
from branchline.aio.vici import SOCKET, Vici
from branchline.errors import LocalError

LOG = logging.getLogger(__name__)
RETRY = 0.5  # seconds between attempts to reach a charon that is away
POLL = 1.0  # seconds between looks at a negotiation: charon has no event for one that fails
CHILDLESS = 3  # looks that an established IKE SA may be without the child SA that comes with it


Children = frozenset[str]
"""Names of the child SAs that a connection is to have."""


@dataclass(frozen=True)
class Secured:
    """An installed child SA: the IKE SA's number in charon, and the virtual IP if there is one."""

    ike_id: str
    virtual_ip: str | None


class Charon:
    """Secures connections by name; `on_lost(connection)` is called when a secured one has no child SA left."""

    def __init__(self, path: str = SOCKET) -> None:
        self.on_lost: Callable[[str], None] = lambda _connection: None
        self._path = path
        self._vici: Vici | None = None
        self._refusals = Refusals()
        self._reached = asyncio.Event()
        self._changed = asyncio.Event()
        self._secured: dict[str, Children] = {}
        self._checks: set[asyncio.Task[None]] = set()
        self._task = asyncio.get_running_loop().create_task(self._stay())

    async def secure(self, connection: str, child: str, limit: float, bundled: str | None = None) -> Secured:
        """The SA of `connection` with `child` and, if it is given, `bundled`: one that is there, or in `limit` seconds.

        Raises LocalError; what is left of the negotiation is ended then, so that the next one begins anew.
        """
        try:
            children = frozenset(name for name in (child, bundled) if name)
            found = await asyncio.wait_for(self._installed(connection, children), limit)
        except asyncio.TimeoutError:
            await self.terminate(connection)
            raise LocalError(f"no IPsec SA for {connection} within {limit:.0f} s", _WHY) from None
        except LocalError:
            await self.terminate(connection)
            raise
        self._secured[connection] = children
        return found

    async def terminate(self, connection: str) -> None:
        """End the IKE SAs of `connection`, without waiting for the peer to agree."""
        self._secured.pop(connection, None)
        if self._vici is not None:
            with suppress(LocalError):  # there was none
                await self._vici.request("terminate", ike=connection, force="yes", timeout="-1")

    def release(self, connection: str) -> None:
        """Stop telling about the loss of `connection`; its SA stays."""
        self._secured.pop(connection, None)

    async def close(self) -> None:
        """Hang up; SAs stay as they are."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        if self._vici is not None:
            await self._vici.close()

    async def _installed(self, connection: str, children: Children) -> Secured:
        changed, found = self._changed, await self._find(connection, children)
        if found is None:
            await self._initiate(connection, children)
        childless = 0
        while found is None:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(changed.wait(), POLL)
            changed, found = self._changed, await self._find(connection, children)
            states = await self._states(connection)
            childless = childless + 1 if states == {"ESTABLISHED"} else 0
            if found is None and (not states or childless > CHILDLESS):
                raise LocalError(f"charon gave up on {connection}", _WHY)
        return found

    async def _initiate(self, connection: str, children: Children) -> None:
        """Ask for the children that are missing, unless a negotiation is under way that brings the only one."""
        present = await self._list(connection)
        missing = children - {name for ike in present for name in _installed(ike)}
        if present and (len(children) == 1 or {ike.get("state") for ike in present} != {"ESTABLISHED"}):
            return
        LOG.info("ipsec: initiating %s", connection)
        for child in sorted(missing, reverse=True):  # charon lets the second wait for the IKE SA of the first
            await (await self._reach()).request("initiate", ike=connection, child=child, timeout="-1")

    async def _states(self, connection: str) -> set[str]:
        return {each.get("state", "") for each in await self._list(connection)}

    async def _find(self, connection: str, children: Children) -> Secured | None:
        for ike in await self._list(connection):
            if ike.get("state") == "ESTABLISHED" and children <= _installed(ike):
                return Secured(ike["uniqueid"], next(iter(ike.get("local-vips", [])), None))
        return None

    async def _list(self, connection: str) -> list[dict[str, Any]]:
        found = await (await self._reach()).stream("list-sas", "list-sa", ike=connection)
        return [body[connection] for body in reversed(found) if connection in body]  # the newest first

    async def _reach(self) -> Vici:
        await self._reached.wait()
        if self._vici is None:
            raise LocalError("charon has gone", "see `systemctl status strongswan`")
        return self._vici

    async def _stay(self) -> None:
        """Connect, tell of what went while charon was away, wait for the loss of the connection, again."""
        complained = False
        while True:
            try:
                self._vici = await Vici.connect(self._event, self._path)
                self._vici.heeds = lambda event, payload: event != "log" or heeded(payload)
                for event in ("child-updown", "ike-updown", "log"):
                    await self._vici.subscribe(event)
            except LocalError as error:
                if not complained:
                    LOG.warning("ipsec: %s", error)
                complained = True
                await asyncio.sleep(RETRY)
                continue
            complained = False
            LOG.info("ipsec: charon answers at %s", self._path)
            self._reached.set()
            self._check(list(self._secured))
            await self._vici.lost.wait()
            LOG.warning("ipsec: charon has closed its control socket")
            self._reached.clear()
            gone, self._vici = self._vici, None
            await gone.close()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _event(self, name: str, body: dict[str, Any]) -> None:
        if name == "log":
            self._refusals.take(body)
            return
        self._wake()
        if body.get("up") != "yes":
            self._check([name for name in body if name in self._secured])

    def _check(self, connections: list[str]) -> None:
        """Look, a moment later, whether `connections` have lost their last child SA: rekeying takes old ones down."""
        task = asyncio.get_running_loop().create_task(self._tell_lost(connections))
        self._checks.add(task)
        task.add_done_callback(self._checks.discard)

    async def _tell_lost(self, connections: list[str]) -> None:
        for connection in connections:
            with suppress(LocalError):
                children = self._secured.get(connection)
                if children and await self._find(connection, children) is None and connection in self._secured:
                    del self._secured[connection]
                    self.on_lost(connection)
        self._wake()


def _installed(ike: dict[str, Any]) -> Children:
    """Names of the child SAs of an IKE SA that carry traffic."""
    children = ike.get("child-sas", {}).items()  # by name and number: l2tp-7
    return frozenset(key.rpartition("-")[0] for key, each in children if each.get("state") == "INSTALLED")


_WHY = "see `journalctl -u strongswan`: peer unreachable, wrong secret or certificate, or no common proposal"
