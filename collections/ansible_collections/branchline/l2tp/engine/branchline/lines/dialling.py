"""Lines that the LNS opens by having a concentrator call out (RFC 2661 5.2.2, 7.5.2)."""

from __future__ import annotations

import asyncio
import logging
import random
from typing import TYPE_CHECKING

from branchline.config import Dial, User
from branchline.errors import LocalError
from branchline.l2tp import events as l2tp
from branchline.l2tp.outgoing import OutgoingRequest

if TYPE_CHECKING:
    from branchline.aio.udp import UdpPort
    from branchline.lines.server import LnsServer

LOG = logging.getLogger(__name__)
KEEPING = 5.0  # seconds between two looks at lines that are to be kept up
REMEDY = "see `branchline explain` of this line at the concentrator"
Key = tuple["UdpPort", int, int]


class Dialling:
    """Calls that were asked for and are not open yet, by port, tunnel and session; each is for one user."""

    def __init__(self, server: LnsServer) -> None:
        self._server = server
        self._calls: dict[Key, User] = {}
        self._keeping = asyncio.get_running_loop().create_task(self._keep())

    def close(self) -> None:
        """Ask for no more calls."""
        self._keeping.cancel()

    def call(self, user: User) -> None:
        """Have the user called, unless that is being done; raises LocalError where it cannot be."""
        if user.dial is None:
            raise LocalError(f"{user.line} is not dialled from here", "give its user `dial` in the LNS's configuration")
        if user in self._calls.values():
            return
        port, tunnel = self._tunnel(user.dial)
        request = OutgoingRequest(user.dial.number)
        session = port.endpoint.open_outgoing(tunnel, request, port.now())
        self._calls[port, tunnel, session] = user
        self._server.states[user.line].enter("session")
        self._server.context.journal.note(user.line, "calling", number=user.dial.number, tunnel=tunnel, session=session)
        port.settle()  # only now: it may have come to nothing already

    def opened(self, port: UdpPort, event: l2tp.SessionOpened) -> User | None:
        """Whom a session that is open now was asked for; None: the peer has asked for it."""
        return self._calls.pop((port, event.tunnel, event.session), None)

    def closed(self, port: UdpPort, event: l2tp.SessionClosed) -> None:
        """Say why a call came to nothing, if it was one that was asked for."""
        user = self._calls.pop((port, event.tunnel, event.session), None)
        if user is not None and user.dial is not None:
            what = f"{user.dial.lac} could not call {user.dial.number}: {event.result}"
            self.failed(user, what, REMEDY)

    def failed(self, user: User, what: str, remedy: str) -> None:
        """A call to `user` came to nothing."""
        if user.line in self._server.states and user.line not in self._server.by_line:
            self._server.states[user.line].reset()
        self._server.trouble(user.line, what, remedy)

    def _tunnel(self, dial: Dial) -> tuple[UdpPort, int]:
        for (port, tunnel), opened in reversed(list(self._server.peers.items())):  # the newest: an older may be dead
            if opened.host_name == dial.lac:
                return port, tunnel
        raise LocalError(f"{dial.lac} has no tunnel to here", f"see branchline.service of {dial.lac}")

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(KEEPING * (0.5 + random.random()))  # noqa: S311 - jitter, no secret
            for user in list(self._server.config.users.values()):
                if user.dial is not None and user.dial.keep and user.line not in self._server.by_line:
                    self._try(user)

    def _try(self, user: User) -> None:
        try:
            self.call(user)
        except LocalError as error:
            LOG.debug("line=%s: %s", user.line, error)
