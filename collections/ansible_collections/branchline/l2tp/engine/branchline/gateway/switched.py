"""One session that is switched: it came from a branch and is carried on to an LNS."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from branchline.datapath.interface import Counters, Where
from branchline.errors import BranchlineError, LocalError
from branchline.gateway.crossing import Crossing, refusal
from branchline.gateway.legs import OfferedBearer, SocketLeg
from branchline.gateway.rules import realm_of
from branchline.gateway_config import Rule
from branchline.l2tp.call import onward
from branchline.l2tp.events import DataReceived, Event, SessionClosed, SessionOpened, TunnelOpened
from branchline.l2tp.results import Result, for_session
from branchline.lines.asking import Asking
from branchline.lines.call_facts import shown
from branchline.lines.ppp_session import PATIENCE
from branchline.lines.state import LineState, Trouble, correlation
from branchline.ppp import events as ppp
from branchline.ppp.config import LinkConfig
from branchline.trunks.bridge import Bridge
from branchline.trunks.circuit import CallFailedError, Circuit
from branchline.trunks.offered import Offered
from branchline.trunks.placing import better, place
from branchline.trunks.trunk import Trunk

if TYPE_CHECKING:
    from branchline.gateway.switch import Switch

LOG = logging.getLogger(__name__)


@dataclass
class SwitchedState(LineState):
    """A line as a gateway knows it: `lns` is the trunk that carries it, `onward` its session there.

    `user` and `realm` are what the branch has said, or a LAC of it, where that has decided.
    """

    user: str | None = None
    realm: str | None = None
    lns: str | None = None
    onward: dict[str, Any] | None = None


class Switched:
    """Lives from the branch's ICCN until both legs are gone; without a `rule` the branch is asked who it is first."""

    def __init__(
        self,
        switch: Switch,
        offered: Offered,
        tunnel: TunnelOpened,
        opened: SessionOpened,
        rule: Rule | None,
        state: SwitchedState,
    ) -> None:
        self.port, self.ids, self.tunnel = offered.port, offered.ids, tunnel
        self.rule, self.state = rule, state
        self.trunk: Trunk | None = None
        self._switch, self._opened, self._call = switch, opened, opened.call
        if opened.call.sequencing_required:
            offered.require_sequence()
        else:
            offered.offer()  # the kernel takes one tunnel of an address and port: it had an older one's
        self._offered, self._bridge = offered, Bridge(switch.datapath, offered)
        self.crossing = Crossing(SocketLeg(offered))
        self._asking: Asking | None = None  # until an LNS has taken the call
        self._nowhere: Result | None = None
        self._stop: Callable[[], object]
        self._describe()
        self._note("session-up", peer=tunnel.host_name)
        if rule is None:
            self._ask(offered)
        else:
            offered.listen(self.crossing.from_near)
            self._stop = asyncio.get_running_loop().create_task(self._carry_on(rule)).cancel

    def carried(self) -> tuple[Counters, Where]:
        """Return the PPP frames relayed, rx from the branch and tx to it, and what does that."""
        crossing = self.crossing
        received = {"rx_packets": crossing.rx_packets, "rx_bytes": crossing.rx_bytes}
        ours = Counters(**received, tx_packets=crossing.tx_packets, tx_bytes=crossing.tx_bytes)
        return self._bridge.counters() or ours, self._bridge.where(self.state.line)

    def take(self, event: Event) -> None:
        """Take an event of the branch's session."""
        if isinstance(event, DataReceived) and self._asking is not None:
            self._asking.receive(event.payload)
            return
        self.crossing.on_near(event)
        if isinstance(event, SessionClosed):
            self._over(event.result, "the branch")

    def end(self, result: Result) -> None:
        """End both legs from here."""
        self.crossing.close(result)
        self._over(result, "the gateway")

    # What the branch says where it is asked.

    def lcp_up(self, event: ppp.LcpUp) -> None:
        """LCP is open."""
        self.state.enter("auth")
        self._note("lcp-up", method=event.ours.auth)

    async def named(self, event: ppp.PeerCredentials) -> None:
        """The branch says who it is: that decides where it is carried on to, and goes along."""
        assert self._asking is not None
        call = self._call = replace(self._opened.call, proxy=self._asking.proxy)
        rule = self.rule = self._switch.choose(self, call)
        self._describe()
        self.state.auth = event.credentials.method
        self._note("credentials", user=event.name, method=self.state.auth, realm=self.state.realm)
        if rule is None:
            self._nowhere = self._switch.nowhere(self.tunnel.host_name, call)
            self._trouble(self._nowhere.message, "name the realm in a rule")
            self._asking.refuse(event)
        else:
            await self._carried(rule)

    def unplaced(self, error: BranchlineError) -> None:
        """No LNS has taken the call."""
        message = getattr(error, "message", str(error))
        self._trouble(message, getattr(error, "remedy", ""))
        self.end(refusal(getattr(error, "result", None), message))

    def hung_up(self, reason: str) -> None:
        """PPP is over before an LNS has had it."""
        self.end(self._nowhere or for_session(3, message=reason))

    def _ask(self, offered: Offered) -> None:
        config, name = self._switch.config, self._switch.host_name
        link = LinkConfig(name=name, mru=config.mru, demand=config.auth, echo=0, policy=PATIENCE)
        self._asking = Asking(OfferedBearer(offered), self.ids, self.tunnel.peer, link, self)
        self._stop = self._asking.stop
        self._asking.start()

    def _on_far(self, event: Event) -> None:
        if isinstance(event, SessionOpened) and self._asking is not None:
            self._hand_over(self._asking)
        if isinstance(event, SessionOpened) and self.trunk is not None:
            numbered = event.call.sequencing_required
            self._bridge.open_far(self.trunk.port, (event.tunnel, event.session), numbered=numbered)
        self.crossing.on_far(event)
        if isinstance(event, SessionClosed):
            self._over(event.result, "the LNS")

    def _hand_over(self, asking: Asking) -> None:
        """PPP is between the branch and the LNS from here on."""
        self._asking = None
        asking.hand_over()
        if self.crossing.ended is None:
            self._offered.listen(self.crossing.from_near)

    async def _carry_on(self, rule: Rule) -> None:
        try:
            await self._carried(rule)
        except CallFailedError as error:
            self.unplaced(error)
        except Exception as error:  # a fault of ours must not leave the branch with half a line
            LOG.exception("line=%s could not be carried on", self.state.line)
            self.unplaced(LocalError(f"the engine failed: {error!r}", "please report it, with the engine's log"))

    async def _carried(self, rule: Rule) -> None:
        self._join(await place(self._switch.trunks, rule.lns, self._try, self._refused))
        if self.crossing.ended is None:
            await self._return(rule)

    async def _try(self, trunk: Trunk) -> Circuit:
        self.trunk, self.state.lns = trunk, trunk.config.name
        self.state.enter("session" if trunk.state.state == "open" else "tunnel")
        request = onward(self._call)
        request = replace(request, sequencing=request.sequencing or trunk.config.sequencing)
        return await trunk.call(request, self._on_far)

    def _refused(self, lns: str, error: CallFailedError) -> None:
        self._switch.note(self.state.line, "failover", level=logging.WARNING, lns=lns, reason=error.message)

    def _join(self, circuit: Circuit) -> None:
        if self.crossing.ended is not None:  # either leg has ended in this very moment
            circuit.close(self.crossing.ended)
            return
        far = self._bridge.far
        assert far is not None
        self.crossing.join(SocketLeg(far))
        far.listen(self.crossing.from_far)
        self._bridge.connect(self._lost)
        ids = {"tunnel": circuit.ids[0], "session": circuit.ids[1], "peer_session": circuit.peer_id}
        trunk = self.trunk.status() if self.trunk else {}
        self.state.onward = {**{name: trunk.get(name) for name in ("peer", "local", "tunnel", "ipsec")}}
        self.state.onward["session"] = {"id": circuit.ids[1], "peer_id": circuit.peer_id, "state": "established"}
        self.state.enter("open")
        self._switch.note(self.state.line, "open", lns=self.state.lns, **ids, correlation=self.state.correlation)

    async def _return(self, rule: Rule) -> None:
        """Off an LNS that is not the best as soon as a best one answers again; the branch then dials anew."""
        name = await better(self._switch.trunks, rule.lns, self.state.lns or "", self._switch.config.dead)
        if name is not None:
            self._switch.note(self.state.line, "return", lns=name)
            self.end(for_session(3, message=f"{name} answers again"))

    def _describe(self) -> None:
        """Say what is known now: of the branch's tunnel and session, and of who it is."""
        state, tunnel, (address, port) = self.state, self.tunnel, self.tunnel.peer
        state.peer = {"address": address, "port": port, "host_name": tunnel.host_name}
        state.local = dict(zip(("address", "port"), self.port.local))
        state.tunnel = {"id": tunnel.tunnel, "peer_id": tunnel.peer_tunnel, "state": "established"}
        state.session = {"id": self.ids[1], "peer_id": self._opened.peer_session, "state": "established"}
        state.correlation, state.call = correlation(self._opened.call.serial), shown(self._opened.call)
        state.user, state.realm = (self._call.proxy and self._call.proxy.name) or None, realm_of(self._call)
        state.enter("auth" if self.rule is None else "tunnel")

    def _note(self, event: str, **facts: Any) -> None:
        ids: dict[str, Any] = {"tunnel": self.ids[0], "session": self.ids[1]}
        self._switch.note(self.state.line, event, **ids, **facts, correlation=self.state.correlation)

    def _lost(self) -> None:
        self.end(for_session(3, message="the session was ended in the gateway's kernel"))

    def _over(self, result: Result, who: str) -> None:
        self._stop()
        self._bridge.close()
        if self._switch.forget(self):
            reason = f"{who} ended it: {result}"
            if self.state.trouble is None or self.state.state == "open":
                self._trouble(reason, "")
            self.state.reset()

    def _trouble(self, what: str, remedy: str) -> None:
        self.state.trouble = Trouble(what, time.time(), remedy)
        self._switch.note(self.state.line, "down", level=logging.WARNING, reason=what, remedy=remedy or None)
