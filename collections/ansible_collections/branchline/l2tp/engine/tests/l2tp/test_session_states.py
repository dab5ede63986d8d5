"""RFC 2661 7.4, 7.5: the tables against a transcription of the RFC's own, with every pair that they do not hold."""

from __future__ import annotations

import itertools

import pytest

from branchline.l2tp import session_states as table
from branchline.l2tp.session_states import On, Role, S

# 7.4 and 7.5, one line an entry (several events of one row of the RFC: several lines).
LAC = """
idle         | Bearer Ring or Ready to indicate incoming connection | Initiate local tunnel open | wait-tunnel
idle         | Receive ICCN                                         | Clean up                   | idle
idle         | Receive ICRP                                         | Clean up                   | idle
idle         | Receive CDN                                          | Clean up                   | idle
wait-tunnel  | Local close request or Bearer line drop              | Clean up                   | idle
wait-tunnel  | tunnel-open                                          | Send ICRQ                  | wait-reply
wait-reply   | Receive ICRP, acceptable                             | Send ICCN                  | established
wait-reply   | Receive ICRP, not acceptable                         | Send CDN, Clean up         | idle
wait-reply   | Receive ICRQ                                         | Send CDN, Clean up         | idle
wait-reply   | Receive CDN                                          | Clean up                   | idle
wait-reply   | Receive ICCN                                         | Clean up                   | idle
wait-reply   | Local close request or Bearer line drop              | Send CDN, Clean up         | idle
established  | Receive CDN                                          | Clean up                   | idle
established  | Receive ICRQ                                         | Send CDN, Clean up         | idle
established  | Receive ICRP                                         | Send CDN, Clean up         | idle
established  | Receive ICCN                                         | Send CDN, Clean up         | idle
established  | Local close request or Bearer line drop              | Send CDN, Clean up         | idle
"""
LNS = """
idle         | Receive ICRQ, acceptable                             | Send ICRP                  | wait-connect
idle         | Receive ICRQ, not acceptable                         | Send CDN, Clean up         | idle
idle         | Receive ICRP                                         | Send CDN, Clean up         | idle
idle         | Receive ICCN                                         | Clean up                   | idle
wait-connect | Receive ICCN, acceptable                             | Prepare for data           | established
wait-connect | Receive ICCN, not acceptable                         | Send CDN, Clean up         | idle
wait-connect | Receive ICRQ                                         | Send CDN, Clean up         | idle
wait-connect | Receive ICRP                                         | Send CDN, Clean up         | idle
idle         | Receive CDN                                          | Clean up                   | idle
wait-connect | Receive CDN                                          | Clean up                   | idle
established  | Receive CDN                                          | Clean up                   | idle
wait-connect | Local close request or Bearer line drop              | Send CDN, Clean up         | idle
established  | Local close request or Bearer line drop              | Send CDN, Clean up         | idle
established  | Receive ICRQ                                         | Send CDN, Clean up         | idle
established  | Receive ICRP                                         | Send CDN, Clean up         | idle
established  | Receive ICCN                                         | Send CDN, Clean up         | idle
"""
LAC_OUT = """
idle           | Receive OCRQ, acceptable                | Send OCRP, Open bearer | wait-cs-answer
idle           | Receive OCRQ, not acceptable            | Send CDN, Clean up     | idle
idle           | Receive OCRP                            | Send CDN, Clean up     | idle
idle           | Receive OCCN                            | Clean up               | idle
idle           | Receive CDN                             | Clean up               | idle
wait-cs-answer | Bearer answer, framing detected         | Send OCCN              | established
wait-cs-answer | Bearer failure                          | Send CDN, Clean up     | idle
wait-cs-answer | Receive OCRQ                            | Send CDN, Clean up     | idle
wait-cs-answer | Receive OCRP                            | Send CDN, Clean up     | idle
wait-cs-answer | Receive OCCN                            | Send CDN, Clean up     | idle
established    | Receive OCRQ                            | Send CDN, Clean up     | idle
established    | Receive OCRP                            | Send CDN, Clean up     | idle
established    | Receive OCCN                            | Send CDN, Clean up     | idle
wait-cs-answer | Receive CDN                             | Clean up               | idle
established    | Receive CDN                             | Clean up               | idle
established    | Local close request or Bearer line drop | Send CDN, Clean up     | idle
"""
LNS_OUT = """
idle           | Local open request                      | Initiate local tunnel open | wait-tunnel
idle           | Receive OCCN                            | Clean up               | idle
idle           | Receive OCRP                            | Clean up               | idle
idle           | Receive CDN                             | Clean up               | idle
wait-tunnel    | tunnel-open                             | Send OCRQ              | wait-reply
wait-reply     | Receive OCRP, acceptable                | none                   | wait-connect
wait-reply     | Receive OCRP, not acceptable            | Send CDN, Clean up     | idle
wait-reply     | Receive OCCN                            | Send CDN, Clean up     | idle
wait-reply     | Receive OCRQ                            | Send CDN, Clean up     | idle
wait-connect   | Receive OCCN                            | none                   | established
wait-connect   | Receive OCRQ                            | Send CDN, Clean up     | idle
wait-connect   | Receive OCRP                            | Send CDN, Clean up     | idle
wait-reply     | Receive CDN                             | Clean up               | idle
wait-connect   | Receive CDN                             | Clean up               | idle
established    | Receive CDN                             | Clean up               | idle
established    | Receive OCRQ                            | Send CDN, Clean up     | idle
established    | Receive OCRP                            | Send CDN, Clean up     | idle
established    | Receive OCCN                            | Send CDN, Clean up     | idle
wait-reply     | Local close request or Bearer line drop | Send CDN, Clean up     | idle
wait-connect   | Local close request or Bearer line drop | Send CDN, Clean up     | idle
established    | Local close request or Bearer line drop | Send CDN, Clean up     | idle
wait-tunnel    | Local close request or Bearer line drop | Clean up               | idle
"""
# 5.7: StopCCN clears all sessions without a word about each. While a user ponders, and while it rings, one may close.
OUR_LAC = """
wait-tunnel  | the tunnel is closed                                 | Clean up                   | idle
wait-reply   | the tunnel is closed                                 | Clean up                   | idle
established  | the tunnel is closed                                 | Clean up                   | idle
"""
OUR_LNS = """
idle         | Local close request or Bearer line drop              | Send CDN, Clean up         | idle
idle         | the tunnel is closed                                 | Clean up                   | idle
wait-connect | the tunnel is closed                                 | Clean up                   | idle
established  | the tunnel is closed                                 | Clean up                   | idle
"""
OUR_LAC_OUT = """
idle           | Local close request or Bearer line drop | Send CDN, Clean up     | idle
wait-cs-answer | Local close request or Bearer line drop | Send CDN, Clean up     | idle
idle           | the tunnel is closed                    | Clean up               | idle
wait-cs-answer | the tunnel is closed                    | Clean up               | idle
established    | the tunnel is closed                    | Clean up               | idle
"""
OUR_LNS_OUT = """
wait-tunnel    | the tunnel is closed                    | Clean up               | idle
wait-reply     | the tunnel is closed                    | Clean up               | idle
wait-connect   | the tunnel is closed                    | Clean up               | idle
established    | the tunnel is closed                    | Clean up               | idle
"""


def words(text):
    return text.strip().lower()


def rows(text):
    for line in text.strip().splitlines():
        state, event, actions, new_state = (words(cell) for cell in line.split("|"))
        yield state, event, tuple(words(action) for action in actions.split(", ") if action != "none"), new_state


def as_words(row):
    return row.state.value, words(row.event.value), tuple(words(do.value) for do in row.actions), row.new_state.value


TRANSCRIBED = [
    # role         the RFC's, in our file        ours
    (Role.LAC,     table.LAC,     LAC,           table.LAC_ADDED,     OUR_LAC),
    (Role.LNS,     table.LNS,     LNS,           table.LNS_ADDED,     OUR_LNS),
    (Role.LAC_OUT, table.LAC_OUT, LAC_OUT,       table.LAC_OUT_ADDED, OUR_LAC_OUT),
    (Role.LNS_OUT, table.LNS_OUT, LNS_OUT,       table.LNS_OUT_ADDED, OUR_LNS_OUT),
]  # fmt: skip


@pytest.mark.parametrize(("role", "rfcs", "transcription", "added", "addition"), TRANSCRIBED)
def test_the_tables_are_the_rfcs_and_ours(role, rfcs, transcription, added, addition):
    assert [as_words(row) for row in rfcs] == list(rows(transcription))
    assert [as_words(row) for row in added] == list(rows(addition))
    assert table.TABLES[role] == rfcs + added


HELD = {
    (role, state, event)
    for role, _, transcription, _, addition in TRANSCRIBED
    for state, event, _, _ in [*rows(transcription), *rows(addition)]
}


@pytest.mark.parametrize(("role", "state", "event"), list(itertools.product(Role, S, On)))
def test_every_pair(role, state, event):
    if (role, state.value, words(event.value)) in HELD:
        table.step(role, state, event)
        return
    with pytest.raises(KeyError):
        table.step(role, state, event)


ALIVE = [(role, state) for role in Role for state in S if (role, state, On.CLOSE) in table.TRANSITIONS]
MESSAGES = ["ICRQ", "ICRP", "ICCN", "OCRQ", "OCRP", "OCCN"]


@pytest.mark.parametrize(("where", "name", "acceptable"), list(itertools.product(ALIVE, MESSAGES, [True, False])))
def test_whatever_arrives_has_a_row(where, name, acceptable):
    assert len(ALIVE) == 13
    table.step(*where, table.classify(*where, name, acceptable=acceptable))


OTHERS = [
    # role         state               of the other kind of call, or unreadable: it closes
    (Role.LAC,     S.ESTABLISHED,      "OCRP", True),
    (Role.LNS,     S.WAIT_CONNECT,     "OCCN", True),
    (Role.LAC_OUT, S.WAIT_CS_ANSWER,   "ICRQ", True),
    (Role.LNS_OUT, S.WAIT_REPLY,       "ICRP", True),
    (Role.LNS_OUT, S.WAIT_CONNECT,     "OCCN", False),
]  # fmt: skip


@pytest.mark.parametrize(("role", "state", "name", "acceptable"), OTHERS)
def test_what_the_table_does_not_hold_closes(role, state, name, acceptable):
    assert table.classify(role, state, name, acceptable=acceptable) is On.CLOSE
