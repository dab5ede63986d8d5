"""One host's session at the access concentrator: LCP and its credentials, a call to an LNS, then frames both ways."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from branchline.errors import BranchlineError
from branchline.l2tp import events as l2tp
from branchline.l2tp.call import CallRequest
from branchline.l2tp.results import Result, for_session
from branchline.lac.access import EthernetAccess
from branchline.lac.access_line import facts_of, speeds_of
from branchline.lac.carriage import Carriage
from branchline.lac.destination import realm_of
from branchline.lac.state import CallState
from branchline.lac_config import Circuit as CircuitConfig
from branchline.lines.asking import Asking
from branchline.lines.ppp_session import PATIENCE
from branchline.lines.pppoe_bearer import NOWHERE, PppoeBearer
from branchline.lines.state import Trouble, correlation
from branchline.ppp import events as ppp
from branchline.ppp.config import LinkConfig
from branchline.pppoe.events import SessionBegun
from branchline.trunks.circuit import CallFailedError, Circuit
from branchline.trunks.placing import better, place
from branchline.trunks.trunk import Trunk

if TYPE_CHECKING:
    from branchline.aio.packet import EthernetPort
    from branchline.lac.concentrator import AccessConcentrator

PADT_MAY_COME = 1.0  # seconds
HUNG_UP = for_session(1, message="the host hung up")


class Subscriber:
    """Nobody's until its host has said who it is; `owner.end` is called when PPP or the LNS ends it."""

    def __init__(
        self, owner: AccessConcentrator, access: EthernetAccess, port: EthernetPort, begun: SessionBegun
    ) -> None:
        self.access, self.begun = access, begun
        self.state = CallState(f"pppoe-{access.config.interface}-{begun.session}", "lac")
        self._owner, self._port = owner, port
        self._carriage = Carriage(port, begun.place, begun.session, owner.context.datapath)
        self._circuit: Circuit | None = None
        self._over = False
        self._taken = False  # an LNS has taken the call
        self._waits = begun.service in owner.config.waiting
        lac = owner.config
        mru = min(lac.mru, begun.max_payload)
        config = LinkConfig(name=lac.ac_name, mru=mru, demand=lac.auth, echo=0, ethernet=True, policy=PATIENCE)
        bearer = PppoeBearer(port, begun.place, begun.session)
        self._asking = Asking(bearer, (0, begun.session), NOWHERE, config, self)

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
            self._asking.start()

    @property
    def waits(self) -> bool:
        """Whether an LNS may call the host."""
        return self._waits and self._circuit is None and not self._over

    def fits(self, circuit: CircuitConfig) -> bool:
        """Whether this is the host of a circuit."""
        facts = self.state.pppoe or {}
        wanted = {"mac": circuit.mac and circuit.mac.lower(), "circuit_id": circuit.circuit_id}
        wanted.update(remote_id=circuit.remote_id, service=circuit.service)
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
        return state.status(*self._carriage.carried(state.line))

    def finish(self, result: Result) -> None:
        """Whatever ended it: give back what it holds, and tell the LNS `result`."""
        self._over = True
        self._asking.stop()
        self._port.close_sink(self.begun.place, self.begun.session)
        self._carriage.close()
        if self._circuit is not None:
            self._circuit.close(result)

    def note(self, event: str, *, level: int = logging.INFO, **facts: object) -> None:
        """Record what happens."""
        self._owner.context.journal.note(self.state.line, event, level=level, **facts)

    def lcp_up(self, event: ppp.LcpUp) -> None:
        """LCP is open."""
        self.state.mtu = min(event.ours.mru, event.theirs.mru)
        self.state.enter("auth")
        self.note("lcp-up", pppoe=self.begun.session, method=event.ours.auth)

    async def named(self, event: ppp.PeerCredentials) -> None:
        """The host says who it is: try the LNSs of its realm, one after the other."""
        owner, state = self._owner, self.state
        owner.named(self, event.name, event.credentials.method)
        realm = state.realm = realm_of(owner.config, self.access.config, self.begun.service, event.name)
        self.note("credentials", user=event.name, method=state.auth, realm=realm, pppoe=self.begun.session)
        if realm is None:
            state.trouble = Trouble(f"no realm for {event.name!r}", time.time(), "name it in lac.realms")
            self._asking.refuse(event)
            return
        state.enter("tunnel")
        choices = owner.config.realms[realm]
        await place(owner.trunks, choices, self._call, self._refused)
        name = await better(owner.trunks, choices, state.lns or "", owner.config.dead)
        if name is not None:
            self.note("return", lns=name)
            owner.end(self, f"{name} answers again", result=for_session(3, message=f"{name} answers again"))

    def unplaced(self, error: BranchlineError) -> None:
        """No LNS has taken the call: tell the host in PPP, which tells its user."""
        what, remedy = getattr(error, "message", str(error)), getattr(error, "remedy", "")
        self.state.trouble = Trouble(what, time.time(), remedy)
        self._asking.close(f"no LNS takes the call: {what}")

    def hung_up(self, reason: str) -> None:
        """PPP is over."""
        self._owner.end(self, reason)

    def _refused(self, lns: str, error: CallFailedError) -> None:
        self.note("failover", level=logging.WARNING, lns=lns, reason=error.message)

    async def _call(self, trunk: Trunk) -> None:
        self.state.lns, self._taken = trunk.config.name, False
        circuit = await trunk.call(self._request(trunk), self.on_l2tp)
        self._connect(trunk, circuit)

    def _connect(self, trunk: Trunk, circuit: Circuit) -> None:
        if self._over or not self._carriage.connect(circuit, self._lost):
            circuit.close(HUNG_UP)
            return
        self._circuit = circuit
        self._opened(trunk, circuit)

    def _lost(self) -> None:
        """The kernel has one of the sessions no longer: perhaps for a PADT, which says why and is on its way to us."""
        asyncio.get_running_loop().call_later(PADT_MAY_COME, self._lost_indeed)

    def _lost_indeed(self) -> None:
        if not self._over:
            what = "the session was ended in the concentrator's kernel"
            self._owner.end(self, what, result=for_session(3, message=what))

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
            proxy=self._asking.proxy,
            line=line,
        )

    def on_l2tp(self, event: l2tp.Event) -> None:
        """Take an event of the L2TP session."""
        if isinstance(event, l2tp.SessionOpened):  # PPP is the LNS's from here on
            self._taken = True
            self.state.session = {"id": event.session, "peer_id": event.peer_session, "state": "established"}
            self.state.correlation = correlation(event.call.serial)
            self._asking.hand_over()
            port, numbered = self._owner.trunks[self.state.lns or ""].port, event.call.sequencing_required
            self._carriage.offer(port, (event.tunnel, event.session), numbered=numbered)
            if self._over:  # its PADT was among what had come before
                self._carriage.close()
        elif isinstance(event, l2tp.DataReceived):  # sequenced, or before the short way is there
            self._carriage.from_lns(event.payload)
        elif isinstance(event, l2tp.SessionClosed) and self._taken:  # else the next LNS is asked
            self._owner.end(self, f"the session ended: {event.result}")

    def _opened(self, trunk: Trunk, circuit: Circuit) -> None:
        state = self.state
        state.tunnel, state.peer, state.local = trunk.state.tunnel, trunk.state.peer, trunk.state.local
        state.enter("open")
        ids = {"pppoe": self.begun.session, "tunnel": circuit.ids[0], "session": circuit.ids[1]}
        self.note("open", **ids, user=state.user, lns=state.lns, correlation=state.correlation)
