"""Hands a session's frames to the data path, where that one takes them."""

from __future__ import annotations

import logging
from functools import partial

from branchline.aio.udp import UdpPort
from branchline.datapath.interface import Carrier
from branchline.errors import LocalError
from branchline.l2tp.policy import Policy
from branchline.lines.ppp_session import PppSession
from branchline.lines.seat import Attaching

LOG = logging.getLogger(__name__)


def offer(ppp: PppSession, port: UdpPort, datapath: Attaching, *, lns: bool) -> None:
    """Have `datapath` take the session, before its peer hears that it may send; what it does not take stays."""
    try:
        ppp.use(datapath.take(carrier_of(port, ppp.ids, lns=lns), ppp.receive))
        ppp.refused = ""
    except LocalError as error:
        ppp.refused = refusal(error)
        LOG.warning("tunnel=%d session=%d is carried in user space: %s", *ppp.ids, ppp.refused)


def carrier_of(port: UdpPort, ids: tuple[int, int], *, lns: bool) -> Carrier:
    """The session as a data path has to know it."""
    tunnel, session = ids
    return Carrier(
        own_socket=partial(port.own_socket, tunnel),
        tunnel=tunnel,
        session=session,
        peer_tunnel=port.endpoint.tunnels[tunnel].peer_id,
        peer_session=port.endpoint.sessions[ids].peer_id,
        lns=lns,
        reorder=Policy.reorder_timeout,
    )


def refusal(error: LocalError) -> str:
    """What the status says of a session that the data path did not take."""
    return f"the kernel could not take it: {error.message}; {error.remedy}".rstrip("; ")
