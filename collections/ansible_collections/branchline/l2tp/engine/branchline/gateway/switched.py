"""One session that is switched: it came from a branch and is carried on to an LNS."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from branchline.datapath.interface import Counters
from branchline.gateway.crossing import Crossing, refusal
from branchline.gateway.legs import SocketLeg
from branchline.gateway_config import Rule
from branchline.l2tp.call import onward
from branchline.l2tp.events import Event, SessionClosed, SessionOpened, TunnelOpened
from branchline.l2tp.results import Result, for_session
from branchline.lines.choice import order
from branchline.lines.state import LineState, Trouble, correlation
from branchline.trunks.circuit import CallFailedError, Circuit
from branchline.trunks.trunk import Trunk

if TYPE_CHECKING:
    from branchline.aio.udp import UdpPort
    from branchline.gateway.switch import Switch

LOG = logging.getLogger(__name__)
ANOTHER = (2, 4, 5, 10)  # CDN result codes after which another LNS may do what this one would not (4.4.2)


@dataclass
class SwitchedState(LineState):
    """A line as a gateway knows it: `lns` is the trunk that carries it, `onward` its session there."""

    lns: str | None = None
    onward: dict[str, Any] | None = None


class Switched:
    """Lives from the branch's ICCN until both legs are gone."""

    def __init__(
        self,
        switch: Switch,
        port: UdpPort,
        tunnel: TunnelOpened,
        opened: SessionOpened,
        rule: Rule,
        state: SwitchedState,
    ) -> None:
        self.port, self.ids, self.rule, self.state = port, (opened.tunnel, opened.session), rule, state
        self.trunk: Trunk | None = None
        self._switch, self._opened = switch, opened
        self.crossing = Crossing(SocketLeg(port, self.ids, self._from_near))
        self._describe(tunnel)
        self._task = asyncio.get_running_loop().create_task(self._carry_on())

    def counters(self) -> Counters:
        """Return the PPP frames relayed: rx from the branch, tx to it."""
        crossing = self.crossing
        received = {"rx_packets": crossing.rx_packets, "rx_bytes": crossing.rx_bytes}
        return Counters(**received, tx_packets=crossing.tx_packets, tx_bytes=crossing.tx_bytes)

    def take(self, event: Event) -> None:
        """Take an event of the branch's session."""
        self.crossing.on_near(event)
        if isinstance(event, SessionClosed):
            self._over(event.result, "the branch")

    def end(self, result: Result) -> None:
        """End both legs from here."""
        self.crossing.close(result)
        self._over(result, "the gateway")

    def _from_near(self, frame: bytes) -> None:
        self.crossing.from_near(frame)

    def _on_far(self, event: Event) -> None:
        self.crossing.on_far(event)
        if isinstance(event, SessionClosed):
            self._over(event.result, "the LNS")

    async def _carry_on(self) -> None:
        try:
            circuit = await self._placed()
        except CallFailedError as error:
            self._trouble(error.message, error.remedy)
            self.end(refusal(error.result, error.message))
        except Exception as error:  # a fault of ours must not leave the branch with half a line
            LOG.exception("line=%s could not be carried on", self.state.line)
            self._trouble(f"the engine failed: {error!r}", "please report it, with the engine's log")
            self.end(refusal(None, "the gateway failed"))
        else:
            self._join(circuit)
            await self._return()

    async def _placed(self) -> Circuit:
        """Call the LNSs one after the other; raises what the last one said."""
        trunks, failure = self._switch.trunks, CallFailedError("no LNS is left", "name one in the rule")
        for name in order(self.rule.lns, lambda name: trunks[name].is_dead(), random.random):
            self.trunk = trunk = trunks[name]
            self.state.lns = name
            self.state.enter("session" if trunk.state.state == "open" else "tunnel")
            request = onward(self._opened.call)
            request = replace(request, sequencing=request.sequencing or trunk.config.sequencing)
            try:
                return await trunk.call(request, self._on_far)
            except CallFailedError as error:
                failure = error
                self._switch.note(self.state.line, "failover", level=logging.WARNING, lns=name, reason=error.message)
                if error.result is not None and error.result.code not in ANOTHER:
                    break
        raise failure

    def _join(self, circuit: Circuit) -> None:
        if self.crossing.ended is not None:  # either leg has ended in this very moment
            circuit.close(self.crossing.ended)
            return
        self.crossing.join(SocketLeg(circuit.port, circuit.ids, self.crossing.from_far))
        ids = {"tunnel": circuit.ids[0], "session": circuit.ids[1], "peer_session": circuit.peer_id}
        trunk = self.trunk.status() if self.trunk else {}
        self.state.onward = {**{name: trunk.get(name) for name in ("peer", "local", "tunnel", "ipsec")}}
        self.state.onward["session"] = {"id": circuit.ids[1], "peer_id": circuit.peer_id, "state": "established"}
        self.state.enter("open")
        self._switch.note(self.state.line, "open", lns=self.state.lns, **ids, correlation=self.state.correlation)

    async def _return(self) -> None:
        """On an LNS that is not the best, wait until a best one answers again; the branch then dials anew."""
        first = min(choice.preference for choice in self.rule.lns)
        best = [choice.line for choice in self.rule.lns if choice.preference == first]
        while self.crossing.ended is None and self.state.lns not in best:
            await asyncio.sleep(self._switch.config.dead * (1 + random.random()))  # noqa: S311 - jitter, no secret
            for name in best:
                with suppress(CallFailedError):
                    await self._switch.trunks[name].ready()
                    self._switch.note(self.state.line, "return", lns=name)
                    self.end(for_session(3, message=f"{name} answers again"))
                    return

    def _describe(self, tunnel: TunnelOpened) -> None:
        state, (address, port) = self.state, tunnel.peer
        state.peer = {"address": address, "port": port, "host_name": tunnel.host_name}
        state.local = dict(zip(("address", "port"), self.port.local))
        state.tunnel = {"id": tunnel.tunnel, "peer_id": tunnel.peer_tunnel, "state": "established"}
        state.session = {"id": self.ids[1], "peer_id": self._opened.peer_session, "state": "established"}
        state.correlation = correlation(self._opened.call.serial)
        state.enter("tunnel")
        ids: dict[str, Any] = {"tunnel": self.ids[0], "session": self.ids[1], "peer": tunnel.host_name}
        self._switch.note(state.line, "session-up", **ids, correlation=state.correlation)

    def _over(self, result: Result, who: str) -> None:
        self._task.cancel()
        if self._switch.forget(self):
            reason = f"{who} ended it: {result}"
            if self.state.trouble is None or self.state.state == "open":
                self._trouble(reason, "")
            self.state.reset()

    def _trouble(self, what: str, remedy: str) -> None:
        self.state.trouble = Trouble(what, time.time(), remedy)
        self._switch.note(self.state.line, "down", level=logging.WARNING, reason=what, remedy=remedy or None)
