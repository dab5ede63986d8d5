"""States of PPPoE discovery (RFC 2516 5): the host's table and the access concentrator's, and nothing else.

The RFC has no tables; these are its text of 5.1 to 5.5 in that form. Until PADR the access concentrator keeps nothing.
"""

from __future__ import annotations

import enum
from typing import NamedTuple


class Role(enum.Enum):
    """Which end."""

    HOST = "host"
    AC = "access concentrator"


class S(enum.Enum):
    """States of both."""

    IDLE = "idle"
    WAIT_PADO = "wait-pado"
    WAIT_PADS = "wait-pads"
    OPEN = "open"


class On(enum.Enum):
    """Events of both."""

    START = "the host wants a session"
    PADO = "receive PADO, acceptable"
    PADS = "receive PADS with a session"
    PADS_ERROR = "receive PADS that refuses"
    TIMEOUT = "no answer in time"
    GIVE_UP = "no answer to the last repetition"
    PADI = "receive PADI, the service is offered here"
    PADR = "receive PADR, acceptable"
    PADR_REFUSED = "receive PADR, not acceptable"
    PADT = "receive PADT"
    CLOSE = "this end wants no session any more"


class Do(enum.Enum):
    """Actions."""

    SEND_PADI = "broadcast PADI"
    SEND_PADO = "send PADO"
    SEND_PADR = "send PADR"
    SEND_PADS = "send PADS"
    SEND_REFUSAL = "send PADS with session 0 and an error tag"
    SEND_PADT = "send PADT"
    BEGIN = "the session is open"
    END = "the session is over"


class Row(NamedTuple):
    """One line of a table."""

    state: S
    event: On
    actions: tuple[Do, ...]
    new_state: S


HOST = (
    # state         event          actions                         new state     RFC 2516
    Row(S.IDLE,      On.START,      (Do.SEND_PADI,),                S.WAIT_PADO),  # 5.1
    Row(S.WAIT_PADO, On.TIMEOUT,    (Do.SEND_PADI,),                S.WAIT_PADO),  # 8
    Row(S.WAIT_PADO, On.PADO,       (Do.SEND_PADR,),                S.WAIT_PADS),  # 5.2, 5.3
    Row(S.WAIT_PADO, On.GIVE_UP,    (Do.END,),                      S.IDLE),
    Row(S.WAIT_PADO, On.CLOSE,      (Do.END,),                      S.IDLE),
    Row(S.WAIT_PADS, On.TIMEOUT,    (Do.SEND_PADR,),                S.WAIT_PADS),  # 8
    Row(S.WAIT_PADS, On.PADS,       (Do.BEGIN,),                    S.OPEN),       # 5.4
    Row(S.WAIT_PADS, On.PADS_ERROR, (Do.END,),                      S.IDLE),       # 5.4
    Row(S.WAIT_PADS, On.GIVE_UP,    (Do.END,),                      S.IDLE),       # 8: begin anew with PADI
    Row(S.WAIT_PADS, On.CLOSE,      (Do.END,),                      S.IDLE),
    Row(S.OPEN,      On.PADT,       (Do.END,),                      S.IDLE),       # 5.5
    Row(S.OPEN,      On.CLOSE,      (Do.SEND_PADT, Do.END),         S.IDLE),       # 5.5
)  # fmt: skip

AC = (
    Row(S.IDLE,      On.PADI,         (Do.SEND_PADO,),              S.IDLE),       # 5.2: nothing is kept
    Row(S.IDLE,      On.PADR,         (Do.SEND_PADS, Do.BEGIN),     S.OPEN),       # 5.4
    Row(S.IDLE,      On.PADR_REFUSED, (Do.SEND_REFUSAL,),           S.IDLE),       # 5.4
    Row(S.OPEN,      On.PADR,         (Do.SEND_PADS,),              S.OPEN),       # 8: the host has not heard PADS
    Row(S.OPEN,      On.PADT,         (Do.END,),                    S.IDLE),       # 5.5
    Row(S.OPEN,      On.CLOSE,        (Do.SEND_PADT, Do.END),       S.IDLE),       # 5.5
)  # fmt: skip

TRANSITIONS = {
    (role, row.state, row.event): (row.actions, row.new_state)
    for role, rows in ((Role.HOST, HOST), (Role.AC, AC))
    for row in rows
}


def step(role: Role, state: S, event: On) -> tuple[tuple[Do, ...], S] | None:
    """Return actions and new state; None where the table has no such row: the packet means nothing here (5)."""
    return TRANSITIONS.get((role, state, event))
