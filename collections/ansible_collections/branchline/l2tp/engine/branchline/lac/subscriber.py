"""One host's session at the access concentrator: LCP and its credentials, a call to an LNS, then frames both ways."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from typing import TYPE_CHECKING

from branchline.errors import BranchlineError
from branchline.l2tp import events as l2tp
from branchline.l2tp.call import CallRequest
from branchline.l2tp.results import Result, for_session
from branchline.lac.access import EthernetAccess
from branchline.lac.access_line import facts_of, speeds_of
from branchline.lac.destination import realm_of
from branchline.lac.relay import Relay
from branchline.lac.state import CallState
from branchline.lac_config import Circuit as CircuitConfig
from branchline.lines.choice import order
from branchline.lines.ppp_session import PATIENCE, PppSession
from branchline.lines.pppoe_bearer import NOWHERE, PppoeBearer
from branchline.lines.proxy import carried
from branchline.lines.state import Trouble, correlation
from branchline.ppp import events as ppp
from branchline.ppp.auth import check
from branchline.ppp.config import LinkConfig
from branchline.pppoe.events import SessionBegun
from branchline.trunks.circuit import CallFailedError, Circuit
from branchline.trunks.trunk import Trunk
from branchline.wire.ppp import ADDRESS_CONTROL

if TYPE_CHECKING:
    from branchline.aio.packet import EthernetPort
    from branchline.lac.concentrator import AccessConcentrator

LOG = logging.getLogger(__name__)
BUSY = (4, 5, 10)  # CDN result codes after which another LNS may help: no facilities, or too slow
TRY_ANOTHER = (4, 7)  # error codes of result 2: no resources, try another
HUNG_UP = for_session(1, message="the host hung up")


class Subscriber:
    """Nobody's until its host has said who it is; `owner.end` is called when PPP or the LNS ends it."""

    def __init__(
        self, owner: AccessConcentrator, access: EthernetAccess, port: EthernetPort, begun: SessionBegun
    ) -> None:
        self.access, self.begun = access, begun
        self.state = CallState(f"pppoe-{access.config.interface}-{begun.session}", "lac")
        self._owner, self._port = owner, port
        self._relay = Relay(port.transmitter(begun.place, begun.session))
        self._circuit: Circuit | None = None
        self._calling: asyncio.Task[None] | None = None
        self._over = False
        self._taken = False  # an LNS has taken the call
        self._waits = begun.service in owner.config.waiting
        lac = owner.config
        mru = min(lac.mru, begun.max_payload)
        config = LinkConfig(name=lac.ac_name, mru=mru, demand=lac.auth, echo=0, ethernet=True, policy=PATIENCE)
        bearer = PppoeBearer(port, begun.place, begun.session)
        self._ppp = PppSession(bearer, (0, begun.session), NOWHERE, config, self._on_ppp)

    def start(self) -> None:
        """PADS is on its way: begin LCP."""
        begun, interface = self.begun, self.access.config.interface
        self.state.pppoe = {
            "interface": interface,
            "vlan": begun.place.vlan,
            "mac": begun.place.mac.hex(":"),
            "session": begun.session,
            "service": begun.service,
            "circuit_id": begun.line.circuit.decode("utf-8", "replace") or None,
            "remote_id": begun.line.remote.decode("utf-8", "replace") or None,
            "max_payload": begun.max_payload,
        }
        self.state.enter("pppoe")
        self.note("pppoe-up", interface=interface, host=str(begun.place), pppoe=begun.session)
        if not self._waits:
            self._ppp.start()

    @property
    def waits(self) -> bool:
        """Whether an LNS may call the host."""
        return self._waits and self._circuit is None and not self._over

    def fits(self, circuit: CircuitConfig) -> bool:
        """Whether this is the host of a circuit."""
        facts = self.state.pppoe or {}
        wanted = {"mac": circuit.mac and circuit.mac.lower(), "circuit_id": circuit.circuit_id}
        wanted["remote_id"] = circuit.remote_id
        return all(facts.get(name) == value for name, value in wanted.items() if value is not None)

    def reserve(self, circuit: Circuit | None) -> None:
        """An LNS calls the host, or (None) calls it no more."""
        self._circuit = circuit

    def answer(self, trunk: Trunk, circuit: Circuit, event: l2tp.SessionOpened) -> None:
        """The call of an LNS is through: PPP is between the two of them."""
        self.state.lns = trunk.config.name
        self.on_l2tp(event)
        self._connect(trunk, circuit)

    def speeds(self) -> tuple[int, int]:
        """Connect speeds towards the host and from it, bit/s."""
        return speeds_of(facts_of(self.begun.line))

    @property
    def channel(self) -> int:
        """Physical Channel ID of the host's session, RFC 2661 4.4.4."""
        return self._port.index << 16 | self.begun.session

    def status(self) -> dict[str, object]:
        """Return its entry of the status."""
        state = self.state
        trunk = self._owner.trunks.get(state.lns or "")
        if state.state == "tunnel" and trunk is not None and trunk.state.state == "open":
            state.enter("session")
        state.ipsec = trunk.state.ipsec if trunk else None
        return state.status(self._relay.counters)

    def finish(self, result: Result) -> None:
        """Whatever ended it: give back what it holds, and tell the LNS `result`."""
        self._over = True
        if self._calling is not None:
            self._calling.cancel()
        self._ppp.drop()
        self._port.close_sink(self.begun.place, self.begun.session)
        if self._circuit is not None:
            self._circuit.close(result)

    def note(self, event: str, *, level: int = logging.INFO, **facts: object) -> None:
        """Record what happens."""
        self._owner.context.journal.note(self.state.line, event, level=level, **facts)

    def _on_ppp(self, event: ppp.Event) -> None:
        if isinstance(event, ppp.LcpUp):
            self._hang_up_call()
            self.state.mtu = min(event.ours.mru, event.theirs.mru)
            self.state.enter("auth")
            self.note("lcp-up", pppoe=self.begun.session, method=event.ours.auth)
        elif isinstance(event, ppp.PeerCredentials):
            self._hang_up_call()
            self._calling = asyncio.get_running_loop().create_task(self._place_call(event))
        elif isinstance(event, ppp.LinkDown):
            self._owner.end(self, event.reason)

    def _hang_up_call(self) -> None:
        """The host begins anew: a call with what it said before is of no use."""
        if self._calling is not None:
            self._calling.cancel()
            self._calling = None

    async def _place_call(self, event: ppp.PeerCredentials) -> None:
        try:
            await self._choose(event)
        except BranchlineError as error:
            self._fail(error)
        except Exception as error:  # a fault of ours must not leave the host with half a session
            LOG.exception("line=%s: the call failed within the engine", self.state.line)
            self._owner.end(self, f"the engine failed: {error!r}", remedy="please report it, with the engine's log")

    async def _choose(self, event: ppp.PeerCredentials) -> None:
        """Try the LNSs of the host's realm, one after the other."""
        owner, state = self._owner, self.state
        owner.named(self, event.name, event.credentials.method)
        realm = state.realm = realm_of(owner.config, self.access.config, self.begun.service, event.name)
        self.note("credentials", user=event.name, method=state.auth, realm=realm, pppoe=self.begun.session)
        if realm is None:
            state.trouble = Trouble(f"no realm for {event.name!r}", time.time(), "name it in lac.realms")
            self._ppp.answer(check(event.credentials, None))
            return
        state.enter("tunnel")
        failure = CallFailedError(f"no LNS is known for {realm}", "name one in lac.realms")
        names = order(owner.config.realms[realm], owner.is_dead, random.random)
        for name in names:
            stale = owner.trunks[name].state.state == "open"
            refusal = await self._try(owner.trunks[name])
            if refusal is None:
                return
            failure = refusal
            if stale and failure.silent and names.count(name) == 1:
                names.append(name)  # it was another's tunnel that had died: a new one may be answered
            elif not _another_may_help(failure):
                break
        raise failure

    async def _try(self, trunk: Trunk) -> CallFailedError | None:
        """Call one LNS; None if it has taken the call."""
        try:
            await self._call(trunk)
        except CallFailedError as error:
            self.note("failover", level=logging.WARNING, lns=trunk.config.name, reason=error.message)
            return error
        return None

    async def _call(self, trunk: Trunk) -> None:
        self.state.lns, self._taken = trunk.config.name, False
        circuit = await trunk.call(self._request(trunk), self.on_l2tp)
        self._connect(trunk, circuit)

    def _connect(self, trunk: Trunk, circuit: Circuit) -> None:
        session = circuit.port.endpoint.sessions.get(circuit.ids)
        if self._over or session is None:  # it ended in the very moment in which it opened
            circuit.close(HUNG_UP)
            return
        self._circuit = circuit
        circuit.port.open_sink(*circuit.ids, self._relay.from_lns)
        self._relay.connect(circuit.port.transmitter(*circuit.ids, session.peer, ADDRESS_CONTROL))
        self._opened(trunk, circuit)

    def _request(self, trunk: Trunk) -> CallRequest:
        begun, line = self.begun, facts_of(self.begun.line)
        down, up = self.speeds()
        port = f":{begun.place.vlan}" if begun.place.vlan else ""
        return CallRequest(
            tx_speed=down,
            rx_speed=up if up != down else None,
            calling_number=begun.place.mac.hex(":"),
            called_number=begun.service or self.state.realm or "",
            sub_address=f"{self.access.config.interface}{port}",
            physical_channel=self.channel,
            sequencing=trunk.config.sequencing,
            proxy=carried(self._ppp.proxied),
            line=line,
        )

    def on_l2tp(self, event: l2tp.Event) -> None:
        """Take an event of the L2TP session."""
        if isinstance(event, l2tp.SessionOpened):  # PPP is the LNS's from here on
            self._taken = True
            self.state.session = {"id": event.session, "peer_id": event.peer_session, "state": "established"}
            self.state.correlation = correlation(event.call.serial)
            self._ppp.drop()
            self._port.open_sink(self.begun.place, self.begun.session, self._relay.from_host)
        elif isinstance(event, l2tp.DataReceived):  # sequenced, or before the short way is there
            self._relay.from_lns(event.payload)
        elif isinstance(event, l2tp.SessionClosed) and self._taken:  # else the next LNS is asked
            self._owner.end(self, f"the session ended: {event.result}")

    def _opened(self, trunk: Trunk, circuit: Circuit) -> None:
        state = self.state
        state.tunnel, state.peer, state.local = trunk.state.tunnel, trunk.state.peer, trunk.state.local
        state.enter("open")
        ids = {"pppoe": self.begun.session, "tunnel": circuit.ids[0], "session": circuit.ids[1]}
        self.note("open", **ids, user=state.user, lns=state.lns, correlation=state.correlation)

    def _fail(self, error: BranchlineError) -> None:
        """No LNS has taken the call: tell the host in PPP, which tells its user."""
        what, remedy = getattr(error, "message", str(error)), getattr(error, "remedy", "")
        self.state.trouble = Trouble(what, time.time(), remedy)
        self._ppp.close(f"no LNS takes the call: {what}")


def _another_may_help(error: CallFailedError) -> bool:
    """Whether another LNS might take a call that this one did not: it is out of order or full, not unwilling."""
    result = error.result
    return result is None or result.code in BUSY or (result.code == 2 and result.error in TRY_ANOTHER)
