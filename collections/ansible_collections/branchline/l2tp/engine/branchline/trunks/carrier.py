"""One tunnel to an LNS with a socket of its own, from SCCRQ to its end; each is used once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from branchline.aio.sockets import Binding
from branchline.aio.udp import UdpPort, make_endpoint
from branchline.l2tp.call import CallRequest
from branchline.l2tp.events import Event, OutgoingRequested, SessionClosed, TunnelClosed, TunnelOpened
from branchline.l2tp.outgoing import DIGITAL
from branchline.l2tp.policy import Identity, Policy, TunnelProfile
from branchline.l2tp.results import Cause, Result
from branchline.lines.context import Context
from branchline.lines.remedies import remedy_for
from branchline.trunk_config import TrunkConfig
from branchline.trunks.circuit import CallFailedError, Circuit

SILENT = (Cause.NO_ANSWER, Cause.TOO_SLOW)


class Carrier:
    """Opens at once from the address `local` ("": the kernel's choice).

    `on_closed` is called once, when it ends; `on_request` with each call that the LNS wants to be made.
    """

    def __init__(
        self,
        config: TrunkConfig,
        context: Context,
        local: str,
        on_closed: Callable[[TunnelClosed], None],
        on_request: Callable[[Carrier, OutgoingRequested], None],
    ) -> None:
        self.circuits: dict[tuple[int, int], Circuit] = {}
        self._on_closed, self._on_request = on_closed, on_request
        self._opened: asyncio.Future[TunnelOpened] = asyncio.get_running_loop().create_future()
        secret = config.tunnel_secret.encode() if config.tunnel_secret else None
        name, hide = config.peer_host_name, config.hide_avps
        profile = TunnelProfile(secret, peer_host_name=name, hide_avps=hide, hello=config.hello)
        bearers = DIGITAL if config.outgoing else None
        identity = Identity(context.host_name, bearer_capabilities=bearers)
        endpoint = make_endpoint(identity, Policy(hello=config.hello))
        self.port = UdpPort(Binding(local, config.source_port, context.mark), endpoint, self._take)
        self.tunnel: int = self.port.call(endpoint.connect, (config.address, config.port), profile)

    async def opened(self, limit: float) -> TunnelOpened:
        """Wait until it is open, `limit` seconds at most; raises CallFailedError."""
        try:
            return await asyncio.wait_for(asyncio.shield(self._opened), limit)
        except asyncio.TimeoutError:
            raise CallFailedError(f"no tunnel within {limit:g} s", remedy_for(Cause.NO_ANSWER), silent=True) from None

    def place(self, request: CallRequest, on_event: Callable[[Event], None]) -> Circuit:
        """Make a call; raises CallFailedError where the tunnel has just ended."""
        try:
            ids = (self.tunnel, self.port.call(self.port.endpoint.open_session, self.tunnel, request))
        except KeyError:
            raise CallFailedError("the tunnel has just ended", remedy_for(Cause.NO_ANSWER), silent=True) from None
        circuit = self.circuits[ids] = Circuit(self.port, ids, on_event)
        return circuit

    def adopt(self, ids: tuple[int, int], on_event: Callable[[Event], None]) -> Circuit:
        """Take a call that the LNS has asked for."""
        circuit = self.circuits[ids] = Circuit(self.port, ids, on_event)
        circuit.accept()
        return circuit

    def acknowledged(self) -> bool:
        """Whether the LNS has acknowledged all that it was told."""
        return self.port.endpoint.tunnels[self.tunnel].channel.idle

    def close(self, result: Result) -> None:
        """End the tunnel, its sessions and the socket; the peer is told, but not waited for."""
        with suppress(KeyError):
            self.port.call(self.port.endpoint.close_tunnel, self.tunnel, result)
        self.port.close()

    def _take(self, event: Event) -> None:
        if isinstance(event, TunnelOpened):
            self._opened.set_result(event)
        elif isinstance(event, OutgoingRequested):
            self._on_request(self, event)
        elif isinstance(event, TunnelClosed):
            self._closed(event)
        else:
            ids = (getattr(event, "tunnel", 0), getattr(event, "session", 0))
            circuit = self.circuits.pop(ids, None) if isinstance(event, SessionClosed) else self.circuits.get(ids)
            if circuit is not None:
                circuit.take(event)

    def _closed(self, event: TunnelClosed) -> None:
        if not self._opened.done():
            cause = event.result.cause
            self._opened.set_exception(
                CallFailedError(f"the tunnel ended: {event.result}", remedy_for(cause), silent=cause in SILENT)
            )
            self._opened.exception()  # seen, also where nobody waits any more
        self._on_closed(event)
