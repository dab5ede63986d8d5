"""What to do about each kind of end, in words for people."""

from __future__ import annotations

from typing import Union

from branchline.l2tp.results import Cause

REMEDIES: dict[Union[Cause, str], str] = {
    Cause.NO_ANSWER: "the peer is dead or unreachable: see the peer's branchline.service and the path between",
    Cause.TOO_SLOW: "the peer answered, but not to the end: see the peer's log",
    Cause.NOT_AUTHORIZED: "make the tunnel secret and host name the same on both ends: run the play on both",
    Cause.PROTOCOL: "the peer broke the protocol: see both logs, and capture the tunnel",
    Cause.PEER: "the peer ended it: see the peer's log at the same time",
    Cause.TIE_BREAKER: "nothing: the tunnel that the peer opened at the same time is used",
    Cause.REPLACED: "nothing: the peer has opened the line anew",
    "pppoe": "see the concentrator's branchline.service, and whether both ends are on the same VLAN",
    "ppp": "compare user, secret, methods and addresses on both ends: run the play on both",
}


def remedy_for(cause: Union[Cause, str]) -> str:
    """Return the remedy for `cause`; "" where there is nothing to say."""
    return REMEDIES.get(cause, "")
