"""The access concentrator: takes PPPoE hosts in, and carries each on to an LNS of its realm."""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import Any

from branchline.aio.jobs import Jobs
from branchline.datapath.interface import Counters
from branchline.l2tp.events import OutgoingRequested
from branchline.l2tp.results import Result, for_session
from branchline.lac.access import EthernetAccess
from branchline.lac.outgoing import OutgoingCall
from branchline.lac.state import CallState
from branchline.lac.subscriber import HUNG_UP, Subscriber
from branchline.lac_config import Access, Circuit, Lac
from branchline.lines.context import Context
from branchline.lines.state import Trouble
from branchline.pppoe.events import Event, SessionBegun, SessionEnded
from branchline.trunks.carrier import Carrier
from branchline.trunks.trunk import Limits, Trunk

LOG = logging.getLogger(__name__)


class AccessConcentrator:
    """One configuration at work; `apply` moves to another and touches only what differs."""

    def __init__(self, config: Lac, context: Context) -> None:
        self.config = config
        self.context = context
        self.trunks: dict[str, Trunk] = {}
        self._jobs = Jobs()
        self._accesses: dict[Access, EthernetAccess] = {}
        self._subscribers: dict[tuple[EthernetAccess, int], Subscriber] = {}
        self._troubles: dict[str, Trouble] = {}  # of callers that have a line's name

    async def open(self) -> None:
        """Take hosts in; an interface that is missing is waited for."""
        await self.apply(self.config)

    async def apply(self, config: Lac) -> None:
        """Use `config` from now on: sessions that it allows as they are stay."""
        self.config = config
        limits = Limits(config.setup, config.dead, config.idle)
        for name, trunk in list(self.trunks.items()):
            trunk.limits = limits
            if config.lns.get(name) != trunk.config:
                await self.trunks.pop(name).close("the way to this LNS was removed or changed")
        for name, trunk_config in config.lns.items():
            if name not in self.trunks:
                self.trunks[name] = Trunk(trunk_config, self.context, limits, self._jobs, self._requested)
        for access in set(self._accesses) - set(config.interfaces):
            await self._accesses.pop(access).close("no hosts are taken in here any more")
        for access in config.interfaces:
            if access in self._accesses:
                self._accesses[access].use(config)
            else:
                self._accesses[access] = EthernetAccess(access, config, self._on)
        lines = self._named_lines()
        self._troubles = {line: trouble for line, trouble in self._troubles.items() if line in lines}

    async def close(self) -> None:
        """Tell hosts and LNSs that this end is shut down."""
        for access in list(self._accesses.values()):
            await access.close("the access concentrator is shut down")
        for trunk in self.trunks.values():
            await trunk.close("the access concentrator is shut down")
        await self._jobs.finish()

    def lost_ipsec(self, connection: str) -> None:
        """charon says that `connection` has no SA any more."""
        for trunk in self.trunks.values():
            if trunk.config.ipsec is not None and trunk.config.ipsec.connection == connection:
                trunk.lost("the IPsec SA is gone")

    def listeners(self) -> list[dict[str, Any]]:
        """Return nothing: no UDP port is listened on; `summary` tells of the interfaces."""
        return []

    def reconnect(self, line: str) -> bool:
        """End the session of `line`, so that its host dials anew; False if there is none."""
        ours = [subscriber for subscriber in self._subscribers.values() if subscriber.state.line == line]
        for subscriber in ours:
            self.end(subscriber, "asked to reconnect", result=for_session(3, message="asked to reconnect"))
        return bool(ours)

    def status(self) -> list[dict[str, Any]]:
        """Return an entry for every session, and for every named caller without one.

        Only the LNS knows who is who: of several sessions with one line's name that which is open is first.
        """
        entries = [subscriber.status() for subscriber in self._subscribers.values()]
        there = {entry["line"] for entry in entries}
        for line, user in self._named_lines().items():
            if line not in there:
                state = CallState(line, "lac", user=user, trouble=self._troubles.get(line))
                entries.append(state.status(Counters()))
        return sorted(entries, key=lambda entry: (entry["line"], entry["state"] != "open"))

    def summary(self) -> dict[str, Any]:
        """Return the part `lac` of the status."""
        drops: Counter[str] = Counter()
        for access in self._accesses.values():
            drops.update(access.drops())
        return {
            "ac_name": self.config.ac_name,
            "listeners": [access.status() for access in self._accesses.values()],
            "sessions": len(self._subscribers),
            "drops": dict(drops),
        }

    def trunk_of(self, carrier: Carrier) -> Trunk:
        """The trunk that a tunnel belongs to."""
        return next(trunk for trunk in self.trunks.values() if trunk.carries(carrier))

    def waiting(self, circuit: Circuit) -> Subscriber | None:
        """The host of a circuit, if it waits for a call."""
        hosts = (each for each in self._subscribers.values() if each.waits and each.fits(circuit))
        return next(hosts, None)

    def named(self, subscriber: Subscriber, user: str, method: str) -> None:
        """A host has said who it is: its session has the name of that caller's line now, if it has one."""
        state = subscriber.state
        state.user, state.auth = user, method
        state.line = self.config.callers.get(user, state.line)

    def end(self, subscriber: Subscriber, reason: str, *, remedy: str = "", result: Result = HUNG_UP) -> None:
        """End a session from this side or the LNS's: PADT to the host; a second time does nothing."""
        self._forget(subscriber, reason, remedy, result)
        subscriber.access.hang_up(subscriber.begun.session, reason)

    def _named_lines(self) -> dict[str, str | None]:
        """Lines that are told of even while they are down, with their users where these are known."""
        lines: dict[str, str | None] = {line: user for user, line in self.config.callers.items()}
        return {**lines, **{circuit.line: None for circuit in self.config.circuits.values()}}

    def _requested(self, carrier: Carrier, event: OutgoingRequested) -> None:
        OutgoingCall(self, carrier, event).start()

    def _on(self, access: EthernetAccess, event: Event) -> None:
        if isinstance(event, SessionBegun) and access.port is not None:
            subscriber = Subscriber(self, access, access.port, event)
            self._subscribers[access, event.session] = subscriber
            subscriber.start()
        elif isinstance(event, SessionEnded):
            ended = self._subscribers.get((access, event.session))
            if ended is not None:
                self._forget(
                    ended, event.reason, "", HUNG_UP if event.by_peer else for_session(3, message=event.reason)
                )

    def _forget(self, subscriber: Subscriber, reason: str, remedy: str, result: Result) -> None:
        key = (subscriber.access, subscriber.begun.session)
        if self._subscribers.get(key) is not subscriber:
            return
        del self._subscribers[key]
        state = subscriber.state
        said = state.trouble
        state.trouble = said or Trouble(reason, time.time(), remedy)  # why no LNS took it says more than how PPP ended
        subscriber.finish(result)
        if state.line in self._named_lines():
            self._troubles[state.line] = state.trouble
        facts = {"reason": state.trouble.what, "remedy": state.trouble.remedy or None, "was": state.state}
        subscriber.note("down", level=logging.WARNING, **facts)
