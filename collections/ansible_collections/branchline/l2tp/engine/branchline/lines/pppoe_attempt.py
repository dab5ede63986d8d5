"""One attempt at a line over PPPoE, from the first PADI to its end; each is used once."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from functools import singledispatchmethod
from ipaddress import IPv4Address
from typing import Any

from branchline.aio.alarm import Alarm
from branchline.aio.packet import EthernetPort
from branchline.datapath.interface import SessionPath
from branchline.errors import LocalError
from branchline.line_config import Line
from branchline.lines.attempt import LineEndedError
from branchline.lines.context import Context
from branchline.lines.ppp_session import PppSession
from branchline.lines.pppoe_bearer import NOWHERE, PppoeBearer
from branchline.lines.pppoe_waiting import Waiting
from branchline.lines.remedies import remedy_for
from branchline.lines.state import LineState
from branchline.ppp.config import LinkConfig, NetworkConfig, Policy
from branchline.ppp.events import Authenticated, LinkDown, NetworkDown, NetworkUp
from branchline.pppoe.events import Place, SessionBegun, SessionEnded
from branchline.pppoe.host import Discovery, Wish
from branchline.pppoe_config import Pppoe
from branchline.wire.pppoe import OVERHEAD

PATIENCE = Policy(restart=1.0, max_configure=30)  # behind the concentrator an LNS is looked for, one after the other
GOODBYE = 0.1  # seconds in which a Terminate-Request may overtake nothing


@dataclass
class PppoeState(LineState):
    """`pppoe`: the facts of discovery; states are down, discovery, pppoe (it waits to be called), ppp and open."""

    pppoe: dict[str, Any] | None = None

    def reset(self) -> None:
        """Back to down; the trouble stays to be read."""
        self.__dict__.update(PppoeState(self.line, self.role, trouble=self.trouble).__dict__)


class PppoeAttempt:
    """Joins discovery and one link; `run` returns only by raising LineEndedError."""

    def __init__(self, line: Line, pppoe: Pppoe, context: Context, state: PppoeState) -> None:
        self._line, self._pppoe, self._context, self._state = line, pppoe, context, state
        self._events: asyncio.Queue[Any] = asyncio.Queue()
        self._session: PppSession | None = None
        self._waiting: Waiting | None = None
        self._reason = "the line has ended"  # for the concentrator's log
        vlans = frozenset((pppoe.vlan,))
        self._port = EthernetPort(pppoe.interface, vlans, self._receive)
        if line.mtu + OVERHEAD > self._port.mtu:
            self._port.close()
            needed = line.mtu + OVERHEAD
            what = f"an MTU of {line.mtu} needs one of {needed} on {pppoe.interface}, which has {self._port.mtu}"
            raise LocalError(what, "lower the line's MTU or raise the interface's")
        wish = Wish(pppoe.service, pppoe.ac, pppoe.vlan, line.mtu)
        self._discovery = Discovery(wish, random=secrets.token_bytes)
        self._alarm = Alarm(self._timeout)

    @property
    def rtt(self) -> float | None:
        """Seconds of the last echo."""
        return self._session.rtt if self._session else None

    async def run(self) -> None:
        """Open the line and hold it until something ends it: always raises."""
        self._discovery.start(self._port.now())
        self._settle()
        try:
            while True:
                await self._on(await self._events.get())
        except LineEndedError as error:
            self._reason = error.message
            raise

    def end(self, reason: LineEndedError) -> None:
        """Make `run` raise `reason`."""
        self._events.put_nowait(reason)

    async def leave(self, reason: str) -> None:
        """Say goodbye: Terminate-Request, and PADT by `close`."""
        self._reason = reason
        if self._session is not None:
            self._session.close(reason)
            await asyncio.sleep(GOODBYE)

    async def close(self) -> None:
        """Give back all that the attempt holds."""
        if self._session is not None:
            self._session.drop()
        if self._waiting is not None:
            self._waiting.stop()
        self._discovery.close(self._reason, self._port.now())
        self._settle()
        self._alarm.stop()
        self._port.close()
        await self._context.datapath.detach(self._line.name)

    def _receive(self, data: bytes, place: Place) -> None:
        self._discovery.receive(data, place, self._port.now())
        self._settle()

    def _timeout(self) -> None:
        self._discovery.on_timeout(self._port.now())
        self._settle()

    def _settle(self) -> None:
        for place, packet in self._discovery.outbox():
            self._port.send_discovery(packet, place)
        while (event := self._discovery.next_event()) is not None:
            self._take(event)
        self._alarm.set(self._discovery.next_timeout())

    def _take(self, event: Any) -> None:
        """Begin PPP at once: the concentrator's first packet may be right behind; end it at once."""
        if isinstance(event, SessionBegun):
            if self._pppoe.wait:
                self._waiting = Waiting(self._port, event, lambda packet: self._called(event, packet))
            else:
                self._begin(event)
        elif self._session is not None:
            self._session.drop()
        self._events.put_nowait(event)

    def _begin(self, begun: SessionBegun) -> PppSession:
        bearer = PppoeBearer(self._port, begun.place, begun.session)
        mru = min(self._line.mtu, begun.max_payload)
        link = self._link_config(mru)
        session = self._session = PppSession(bearer, (0, begun.session), NOWHERE, link, self._events.put_nowait)
        session.start()
        return session

    def _called(self, begun: SessionBegun, packet: bytes) -> None:
        """The LNS has called, and speaks."""
        if self._waiting is not None:
            self._waiting.stop()
        self._state.enter("ppp")
        self._note("called", pppoe=begun.session)
        self._begin(begun).receive(packet)

    @singledispatchmethod
    async def _on(self, event: Any) -> None:
        """Events that change nothing here."""

    @_on.register
    async def _(self, event: LineEndedError) -> None:
        raise event

    @_on.register
    async def _(self, event: SessionBegun) -> None:
        ids = {"interface": self._pppoe.interface, "vlan": self._pppoe.vlan, "service": event.service}
        concentrator = {"ac_name": event.ac_name, "ac_mac": event.place.mac.hex(":"), "mac": self._port.mac.hex(":")}
        self._state.pppoe = {**ids, **concentrator, "session": event.session, "max_payload": event.max_payload}
        self._state.enter("pppoe" if self._pppoe.wait and self._session is None else "ppp")
        self._note("pppoe-up", pppoe=event.session, ac=event.ac_name)

    @_on.register
    async def _(self, event: SessionEnded) -> None:
        said = self._session.ending if self._session else ""
        refused = self._session is not None and self._session.authenticating
        why = f"{event.reason} while {self._line.user!r} was authenticating" if refused else event.reason
        raise LineEndedError(said or why, remedy=remedy_for("ppp" if self._session else "pppoe"))

    @_on.register
    async def _(self, event: Authenticated) -> None:
        self._state.auth = event.method
        self._note("authenticated", user=event.user, method=event.method)

    @_on.register
    async def _(self, event: NetworkUp) -> None:
        assert self._session is not None
        path = self._path(event)
        self._session.connect(await self._context.datapath.attach(path, self._session.transmitter()))
        state = self._state
        state.address, state.peer_address = path.local_address, path.peer_address
        state.dns = [str(server) for server in event.dns]
        state.interface, state.mtu, state.routes = path.interface, path.mtu, list(path.routes)
        state.enter("open")
        self._note("open", address=path.local_address, peer_address=path.peer_address, interface=path.interface)

    @_on.register
    async def _(self, _event: NetworkDown) -> None:
        raise LineEndedError((self._session and self._session.ending) or "IPCP went down", remedy=remedy_for("ppp"))

    @_on.register
    async def _(self, event: LinkDown) -> None:
        raise LineEndedError(event.reason, remedy=remedy_for("ppp"))

    def _link_config(self, mru: int) -> LinkConfig:
        line = self._line
        wanted = IPv4Address(line.address) if line.address else None
        return LinkConfig(
            name=self._context.host_name,
            mru=mru,
            answer=line.auth,
            user=line.user,
            secret=line.secret.encode(),
            echo=line.echo,
            policy=PATIENCE,
            ethernet=True,
            network=NetworkConfig(local_address=wanted, ask_dns=True),
        )

    def _path(self, event: NetworkUp) -> SessionPath:
        line, pppoe = self._line, self._state.pppoe or {}
        return SessionPath(
            line=line.name,
            interface=line.interface,
            shared=False,
            local_address=str(event.local_address),
            peer_address=str(event.peer_address),
            mtu=min(line.mtu, pppoe.get("max_payload", line.mtu)),
            mss_clamp=line.mss_clamp,
            routes=line.routes,
            default_route=line.default_route,
            outer_peer="",  # no IP outside: nothing to pin
        )

    def _note(self, event: str, **facts: Any) -> None:
        self._context.journal.note(self._line.name, event, **facts)
