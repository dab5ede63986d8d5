"""States of a control connection: the table of RFC 2661 7.2.1, and what this implementation adds to it."""

from __future__ import annotations

import enum
from typing import NamedTuple


class S(enum.Enum):
    """States, 7.2.1."""

    IDLE = "idle"
    WAIT_CTL_REPLY = "wait-ctl-reply"
    WAIT_CTL_CONN = "wait-ctl-conn"
    ESTABLISHED = "established"


class On(enum.Enum):
    """Events: what is received (messages and what was found of them), and what is asked for here."""

    OPEN = "local open request"
    SCCRQ_ACCEPTABLE = "receive SCCRQ, acceptable"
    SCCRQ_REFUSED = "receive SCCRQ, not acceptable"
    SCCRQ_LOSE_TIE = "receive SCCRQ, lose tie-breaker"
    SCCRQ = "receive SCCRQ"
    SCCRP = "receive SCCRP"
    SCCRP_ACCEPTABLE = "receive SCCRP, acceptable"
    SCCRP_REFUSED = "receive SCCRP, not acceptable"
    SCCCN = "receive SCCCN"
    SCCCN_ACCEPTABLE = "receive SCCCN, acceptable"
    SCCCN_REFUSED = "receive SCCCN, not acceptable"
    STOPCCN = "receive StopCCN"
    CLOSE = "admin tunnel close"
    DEAD = "the peer does not answer"


class Do(enum.Enum):
    """Actions."""

    SEND_SCCRQ = "send SCCRQ"
    SEND_SCCRP = "send SCCRP"
    SEND_SCCCN = "send SCCCN"
    SEND_STOPCCN = "send StopCCN"
    OPEN_SESSIONS = "send tunnel-open event to waiting sessions"
    CLEAN_UP = "clean up"
    REQUEUE_SCCRQ = "re-queue SCCRQ for idle state"


class Row(NamedTuple):
    """One line of the table."""

    state: S
    event: On
    actions: tuple[Do, ...]
    new_state: S


STOP = (Do.SEND_STOPCCN, Do.CLEAN_UP)
GONE = (Do.CLEAN_UP,)

ROWS = (
    # state                 event                 actions                               new state
    Row(S.IDLE,             On.OPEN,              (Do.SEND_SCCRQ,),                     S.WAIT_CTL_REPLY),
    Row(S.IDLE,             On.SCCRQ_ACCEPTABLE,  (Do.SEND_SCCRP,),                     S.WAIT_CTL_CONN),
    Row(S.IDLE,             On.SCCRQ_REFUSED,     STOP,                                 S.IDLE),
    Row(S.IDLE,             On.SCCRP,             STOP,                                 S.IDLE),
    Row(S.IDLE,             On.SCCCN,             GONE,                                 S.IDLE),
    Row(S.WAIT_CTL_REPLY,   On.SCCRP_ACCEPTABLE,  (Do.SEND_SCCCN, Do.OPEN_SESSIONS),    S.ESTABLISHED),
    Row(S.WAIT_CTL_REPLY,   On.SCCRP_REFUSED,     STOP,                                 S.IDLE),
    Row(S.WAIT_CTL_REPLY,   On.SCCRQ_LOSE_TIE,    (Do.CLEAN_UP, Do.REQUEUE_SCCRQ),      S.IDLE),
    Row(S.WAIT_CTL_REPLY,   On.SCCCN,             STOP,                                 S.IDLE),
    Row(S.WAIT_CTL_CONN,    On.SCCCN_ACCEPTABLE,  (Do.OPEN_SESSIONS,),                  S.ESTABLISHED),
    Row(S.WAIT_CTL_CONN,    On.SCCCN_REFUSED,     STOP,                                 S.IDLE),
    Row(S.WAIT_CTL_CONN,    On.SCCRP,             STOP,                                 S.IDLE),
    Row(S.WAIT_CTL_CONN,    On.SCCRQ,             STOP,                                 S.IDLE),
    Row(S.ESTABLISHED,      On.OPEN,              (Do.OPEN_SESSIONS,),                  S.ESTABLISHED),
    Row(S.ESTABLISHED,      On.CLOSE,             STOP,                                 S.IDLE),
    Row(S.ESTABLISHED,      On.SCCRQ,             STOP,                                 S.IDLE),
    Row(S.ESTABLISHED,      On.SCCRP,             STOP,                                 S.IDLE),
    Row(S.ESTABLISHED,      On.SCCCN,             STOP,                                 S.IDLE),
    Row(S.IDLE,             On.STOPCCN,           GONE,                                 S.IDLE),
    Row(S.WAIT_CTL_REPLY,   On.STOPCCN,           GONE,                                 S.IDLE),
    Row(S.WAIT_CTL_CONN,    On.STOPCCN,           GONE,                                 S.IDLE),
    Row(S.ESTABLISHED,      On.STOPCCN,           GONE,                                 S.IDLE),
)  # fmt: skip

# 7.3 leaves out what timers do, and 7.2.1 the user who changes his mind while the tunnel is being set up, and
# an SCCRQ that comes, with our tunnel's id in its header, to the one who sent an SCCRQ himself (out of order, 7.1).
ADDED = (
    Row(S.WAIT_CTL_REPLY,   On.CLOSE,             STOP,                                 S.IDLE),
    Row(S.WAIT_CTL_CONN,    On.CLOSE,             STOP,                                 S.IDLE),
    Row(S.WAIT_CTL_REPLY,   On.SCCRQ,             STOP,                                 S.IDLE),
    Row(S.WAIT_CTL_REPLY,   On.DEAD,              GONE,                                 S.IDLE),
    Row(S.WAIT_CTL_CONN,    On.DEAD,              GONE,                                 S.IDLE),
    Row(S.ESTABLISHED,      On.DEAD,              GONE,                                 S.IDLE),
)  # fmt: skip

TRANSITIONS = {(row.state, row.event): (row.actions, row.new_state) for row in (*ROWS, *ADDED)}


def step(state: S, event: On) -> tuple[tuple[Do, ...], S]:
    """Return the actions and the new state; KeyError if the table has no such row (a fault of ours, not the peer's)."""
    return TRANSITIONS[state, event]


def classify(state: S, message: str, *, acceptable: bool) -> On:
    """Return the event that the receipt of SCCRQ, SCCRP or SCCCN is in `state`: where the table asks, which kind."""
    kind = On[f"{message}_{'ACCEPTABLE' if acceptable else 'REFUSED'}"]
    return kind if (state, kind) in TRANSITIONS else On[message]
