"""States of a session: RFC 2661 7.4.1 and 7.4.2 (incoming call), 7.5.1 and 7.5.2 (outgoing call), and our additions."""

from __future__ import annotations

import enum
from typing import NamedTuple


class Role(enum.Enum):
    """Which side of which kind of call this one is; a voluntary client is the LAC of its own incoming call."""

    LAC = "LAC"
    LNS = "LNS"
    LAC_OUT = "LAC, outgoing call"
    LNS_OUT = "LNS, outgoing call"

    @property
    def lac(self) -> bool:
        """Whether the bearer is on this side."""
        return self in (Role.LAC, Role.LAC_OUT)

    @property
    def rings(self) -> bool:
        """Whether a bearer has yet to answer."""
        return self in (Role.LAC_OUT, Role.LNS_OUT)


class S(enum.Enum):
    """States of all roles."""

    IDLE = "idle"
    WAIT_TUNNEL = "wait-tunnel"
    WAIT_REPLY = "wait-reply"
    WAIT_CONNECT = "wait-connect"
    WAIT_CS_ANSWER = "wait-cs-answer"
    ESTABLISHED = "established"


class On(enum.Enum):
    """Events of all roles."""

    OPEN = "local open request"
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
    OCRQ = "receive OCRQ"
    OCRQ_ACCEPTABLE = "receive OCRQ, acceptable"
    OCRQ_REFUSED = "receive OCRQ, not acceptable"
    OCRP = "receive OCRP"
    OCRP_ACCEPTABLE = "receive OCRP, acceptable"
    OCRP_REFUSED = "receive OCRP, not acceptable"
    OCCN = "receive OCCN"
    BEARER_ANSWER = "bearer answer, framing detected"
    BEARER_FAILURE = "bearer failure"
    CDN = "receive CDN"
    CLOSE = "local close request or bearer line drop"
    TUNNEL_GONE = "the tunnel is closed"


class Do(enum.Enum):
    """Actions."""

    OPEN_TUNNEL = "initiate local tunnel open"
    SEND_ICRQ = "send ICRQ"
    SEND_ICRP = "send ICRP"
    SEND_ICCN = "send ICCN"
    SEND_OCRQ = "send OCRQ"
    SEND_OCRP = "send OCRP"
    SEND_OCCN = "send OCCN"
    SEND_CDN = "send CDN"
    OPEN_BEARER = "open bearer"
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

LAC_OUT = (
    Row(S.IDLE,           On.OCRQ_ACCEPTABLE,  (Do.SEND_OCRP, Do.OPEN_BEARER), S.WAIT_CS_ANSWER),
    Row(S.IDLE,           On.OCRQ_REFUSED,     REFUSE,               S.IDLE),
    Row(S.IDLE,           On.OCRP,             REFUSE,               S.IDLE),
    Row(S.IDLE,           On.OCCN,             GONE,                 S.IDLE),
    Row(S.IDLE,           On.CDN,              GONE,                 S.IDLE),
    Row(S.WAIT_CS_ANSWER, On.BEARER_ANSWER,    (Do.SEND_OCCN,),      S.ESTABLISHED),
    Row(S.WAIT_CS_ANSWER, On.BEARER_FAILURE,   REFUSE,               S.IDLE),
    Row(S.WAIT_CS_ANSWER, On.OCRQ,             REFUSE,               S.IDLE),
    Row(S.WAIT_CS_ANSWER, On.OCRP,             REFUSE,               S.IDLE),
    Row(S.WAIT_CS_ANSWER, On.OCCN,             REFUSE,               S.IDLE),
    Row(S.ESTABLISHED,    On.OCRQ,             REFUSE,               S.IDLE),
    Row(S.ESTABLISHED,    On.OCRP,             REFUSE,               S.IDLE),
    Row(S.ESTABLISHED,    On.OCCN,             REFUSE,               S.IDLE),
    Row(S.WAIT_CS_ANSWER, On.CDN,              GONE,                 S.IDLE),
    Row(S.ESTABLISHED,    On.CDN,              GONE,                 S.IDLE),
    Row(S.ESTABLISHED,    On.CLOSE,            REFUSE,               S.IDLE),
)  # fmt: skip

LNS_OUT = (
    Row(S.IDLE,           On.OPEN,             (Do.OPEN_TUNNEL,),    S.WAIT_TUNNEL),
    Row(S.IDLE,           On.OCCN,             GONE,                 S.IDLE),
    Row(S.IDLE,           On.OCRP,             GONE,                 S.IDLE),
    Row(S.IDLE,           On.CDN,              GONE,                 S.IDLE),
    Row(S.WAIT_TUNNEL,    On.TUNNEL_OPEN,      (Do.SEND_OCRQ,),      S.WAIT_REPLY),
    Row(S.WAIT_REPLY,     On.OCRP_ACCEPTABLE,  (),                   S.WAIT_CONNECT),
    Row(S.WAIT_REPLY,     On.OCRP_REFUSED,     REFUSE,               S.IDLE),
    Row(S.WAIT_REPLY,     On.OCCN,             REFUSE,               S.IDLE),
    Row(S.WAIT_REPLY,     On.OCRQ,             REFUSE,               S.IDLE),
    Row(S.WAIT_CONNECT,   On.OCCN,             (),                   S.ESTABLISHED),
    Row(S.WAIT_CONNECT,   On.OCRQ,             REFUSE,               S.IDLE),
    Row(S.WAIT_CONNECT,   On.OCRP,             REFUSE,               S.IDLE),
    Row(S.WAIT_REPLY,     On.CDN,              GONE,                 S.IDLE),
    Row(S.WAIT_CONNECT,   On.CDN,              GONE,                 S.IDLE),
    Row(S.ESTABLISHED,    On.CDN,              GONE,                 S.IDLE),
    Row(S.ESTABLISHED,    On.OCRQ,             REFUSE,               S.IDLE),
    Row(S.ESTABLISHED,    On.OCRP,             REFUSE,               S.IDLE),
    Row(S.ESTABLISHED,    On.OCCN,             REFUSE,               S.IDLE),
    Row(S.WAIT_REPLY,     On.CLOSE,            REFUSE,               S.IDLE),
    Row(S.WAIT_CONNECT,   On.CLOSE,            REFUSE,               S.IDLE),
    Row(S.ESTABLISHED,    On.CLOSE,            REFUSE,               S.IDLE),
    Row(S.WAIT_TUNNEL,    On.CLOSE,            GONE,                 S.IDLE),
)  # fmt: skip

# A tunnel's end ends its sessions without a word about each (5.7). A session is idle while the user ponders an ICRQ or
# OCRQ; a close then is a refusal. A bearer that rings may be given up.
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
LAC_OUT_ADDED = (
    Row(S.IDLE,           On.CLOSE,            REFUSE,               S.IDLE),
    Row(S.WAIT_CS_ANSWER, On.CLOSE,            REFUSE,               S.IDLE),
    Row(S.IDLE,           On.TUNNEL_GONE,      GONE,                 S.IDLE),
    Row(S.WAIT_CS_ANSWER, On.TUNNEL_GONE,      GONE,                 S.IDLE),
    Row(S.ESTABLISHED,    On.TUNNEL_GONE,      GONE,                 S.IDLE),
)  # fmt: skip
LNS_OUT_ADDED = (
    Row(S.WAIT_TUNNEL,    On.TUNNEL_GONE,      GONE,                 S.IDLE),
    Row(S.WAIT_REPLY,     On.TUNNEL_GONE,      GONE,                 S.IDLE),
    Row(S.WAIT_CONNECT,   On.TUNNEL_GONE,      GONE,                 S.IDLE),
    Row(S.ESTABLISHED,    On.TUNNEL_GONE,      GONE,                 S.IDLE),
)  # fmt: skip

TABLES = {
    Role.LAC: LAC + LAC_ADDED,
    Role.LNS: LNS + LNS_ADDED,
    Role.LAC_OUT: LAC_OUT + LAC_OUT_ADDED,
    Role.LNS_OUT: LNS_OUT + LNS_OUT_ADDED,
}
TRANSITIONS = {
    (role, row.state, row.event): (row.actions, row.new_state) for role, rows in TABLES.items() for row in rows
}


def step(role: Role, state: S, event: On) -> tuple[tuple[Do, ...], S]:
    """Return the actions and the new state; KeyError if the table has no such row (a fault of ours, not the peer's)."""
    return TRANSITIONS[role, state, event]


def classify(role: Role, state: S, message: str, *, acceptable: bool) -> On:
    """Return the event that the receipt of ICRQ to OCCN is in `state`: where the table asks, which kind.

    A message for which the table has no row closes: one of the other kind of call, or an OCCN that cannot be read.
    """
    if message == "OCCN":  # 7.5.2 asks not which kind it is
        kinds = [On.OCCN] if acceptable else []
    else:
        kinds = [On[f"{message}_{'ACCEPTABLE' if acceptable else 'REFUSED'}"], On[message]]
    return next((kind for kind in kinds if (role, state, kind) in TRANSITIONS), On.CLOSE)
