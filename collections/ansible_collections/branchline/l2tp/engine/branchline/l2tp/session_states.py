"""States of a session for an incoming call: the tables of RFC 2661 7.4.1 (LAC) and 7.4.2 (LNS), and our additions."""

from __future__ import annotations

import enum
from typing import NamedTuple


class Role(enum.Enum):
    """Which side of the call this one is; a voluntary client is the LAC of its own call."""

    LAC = "LAC"
    LNS = "LNS"


class S(enum.Enum):
    """States of both roles."""

    IDLE = "idle"
    WAIT_TUNNEL = "wait-tunnel"
    WAIT_REPLY = "wait-reply"
    WAIT_CONNECT = "wait-connect"
    ESTABLISHED = "established"


class On(enum.Enum):
    """Events of both roles."""

    CALL = "bearer ring or ready to indicate incoming connection"
    TUNNEL_OPEN = "tunnel-open"
    ICRQ = "receive ICRQ"
    ICRQ_ACCEPTABLE = "receive ICRQ, acceptable"
    ICRQ_REFUSED = "receive ICRQ, not acceptable"
    ICRP = "receive ICRP"
    ICRP_ACCEPTABLE = "receive ICRP, acceptable"
    ICRP_REFUSED = "receive ICRP, not acceptable"
    ICCN = "receive ICCN"
    ICCN_ACCEPTABLE = "receive ICCN, acceptable"
    ICCN_REFUSED = "receive ICCN, not acceptable"
    CDN = "receive CDN"
    CLOSE = "local close request or bearer line drop"
    TUNNEL_GONE = "the tunnel is closed"


class Do(enum.Enum):
    """Actions."""

    OPEN_TUNNEL = "initiate local tunnel open"
    SEND_ICRQ = "send ICRQ"
    SEND_ICRP = "send ICRP"
    SEND_ICCN = "send ICCN"
    SEND_CDN = "send CDN"
    PREPARE = "prepare for data"
    CLEAN_UP = "clean up"


class Row(NamedTuple):
    """One line of a table."""

    state: S
    event: On
    actions: tuple[Do, ...]
    new_state: S


REFUSE = (Do.SEND_CDN, Do.CLEAN_UP)
GONE = (Do.CLEAN_UP,)

LAC = (
    # state               event                actions               new state
    Row(S.IDLE,           On.CALL,             (Do.OPEN_TUNNEL,),    S.WAIT_TUNNEL),
    Row(S.IDLE,           On.ICCN,             GONE,                 S.IDLE),
    Row(S.IDLE,           On.ICRP,             GONE,                 S.IDLE),
    Row(S.IDLE,           On.CDN,              GONE,                 S.IDLE),
    Row(S.WAIT_TUNNEL,    On.CLOSE,            GONE,                 S.IDLE),
    Row(S.WAIT_TUNNEL,    On.TUNNEL_OPEN,      (Do.SEND_ICRQ,),      S.WAIT_REPLY),
    Row(S.WAIT_REPLY,     On.ICRP_ACCEPTABLE,  (Do.SEND_ICCN,),      S.ESTABLISHED),
    Row(S.WAIT_REPLY,     On.ICRP_REFUSED,     REFUSE,               S.IDLE),
    Row(S.WAIT_REPLY,     On.ICRQ,             REFUSE,               S.IDLE),
    Row(S.WAIT_REPLY,     On.CDN,              GONE,                 S.IDLE),
    Row(S.WAIT_REPLY,     On.ICCN,             GONE,                 S.IDLE),
    Row(S.WAIT_REPLY,     On.CLOSE,            REFUSE,               S.IDLE),
    Row(S.ESTABLISHED,    On.CDN,              GONE,                 S.IDLE),
    Row(S.ESTABLISHED,    On.ICRQ,             REFUSE,               S.IDLE),
    Row(S.ESTABLISHED,    On.ICRP,             REFUSE,               S.IDLE),
    Row(S.ESTABLISHED,    On.ICCN,             REFUSE,               S.IDLE),
    Row(S.ESTABLISHED,    On.CLOSE,            REFUSE,               S.IDLE),
)  # fmt: skip

LNS = (
    Row(S.IDLE,           On.ICRQ_ACCEPTABLE,  (Do.SEND_ICRP,),      S.WAIT_CONNECT),
    Row(S.IDLE,           On.ICRQ_REFUSED,     REFUSE,               S.IDLE),
    Row(S.IDLE,           On.ICRP,             REFUSE,               S.IDLE),
    Row(S.IDLE,           On.ICCN,             GONE,                 S.IDLE),
    Row(S.WAIT_CONNECT,   On.ICCN_ACCEPTABLE,  (Do.PREPARE,),        S.ESTABLISHED),
    Row(S.WAIT_CONNECT,   On.ICCN_REFUSED,     REFUSE,               S.IDLE),
    Row(S.WAIT_CONNECT,   On.ICRQ,             REFUSE,               S.IDLE),
    Row(S.WAIT_CONNECT,   On.ICRP,             REFUSE,               S.IDLE),
    Row(S.IDLE,           On.CDN,              GONE,                 S.IDLE),
    Row(S.WAIT_CONNECT,   On.CDN,              GONE,                 S.IDLE),
    Row(S.ESTABLISHED,    On.CDN,              GONE,                 S.IDLE),
    Row(S.WAIT_CONNECT,   On.CLOSE,            REFUSE,               S.IDLE),
    Row(S.ESTABLISHED,    On.CLOSE,            REFUSE,               S.IDLE),
    Row(S.ESTABLISHED,    On.ICRQ,             REFUSE,               S.IDLE),
    Row(S.ESTABLISHED,    On.ICRP,             REFUSE,               S.IDLE),
    Row(S.ESTABLISHED,    On.ICCN,             REFUSE,               S.IDLE),
)  # fmt: skip

# A tunnel's end ends its sessions without a word about each (5.7). An LNS session is idle while the user ponders the
# ICRQ; a close then is a refusal.
LAC_ADDED = (
    Row(S.WAIT_TUNNEL,    On.TUNNEL_GONE,      GONE,                 S.IDLE),
    Row(S.WAIT_REPLY,     On.TUNNEL_GONE,      GONE,                 S.IDLE),
    Row(S.ESTABLISHED,    On.TUNNEL_GONE,      GONE,                 S.IDLE),
)  # fmt: skip
LNS_ADDED = (
    Row(S.IDLE,           On.CLOSE,            REFUSE,               S.IDLE),
    Row(S.IDLE,           On.TUNNEL_GONE,      GONE,                 S.IDLE),
    Row(S.WAIT_CONNECT,   On.TUNNEL_GONE,      GONE,                 S.IDLE),
    Row(S.ESTABLISHED,    On.TUNNEL_GONE,      GONE,                 S.IDLE),
)  # fmt: skip

TRANSITIONS = {
    (role, row.state, row.event): (row.actions, row.new_state)
    for role, rows in ((Role.LAC, LAC + LAC_ADDED), (Role.LNS, LNS + LNS_ADDED))
    for row in rows
}


def step(role: Role, state: S, event: On) -> tuple[tuple[Do, ...], S]:
    """Return the actions and the new state; KeyError if the table has no such row (a fault of ours, not the peer's)."""
    return TRANSITIONS[role, state, event]


def classify(role: Role, state: S, message: str, *, acceptable: bool) -> On:
    """Return the event that the receipt of ICRQ, ICRP or ICCN is in `state`: where the table asks, which kind."""
    kind = On[f"{message}_{'ACCEPTABLE' if acceptable else 'REFUSED'}"]
    return kind if (role, state, kind) in TRANSITIONS else On[message]
