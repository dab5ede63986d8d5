"""RFC 2661 7.4.1, 7.4.2: the tables against a transcription of the RFC's own, with every pair that they do not hold."""

from __future__ import annotations

import itertools

import pytest

from branchline.l2tp import session_states as table
from branchline.l2tp.session_states import On, Role, S

# 7.4.1 and 7.4.2, one line an entry (several events of one row of the RFC: several lines).
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
# 5.7: StopCCN clears all sessions without a word about each. And an LNS whose user ponders may be closed, too.
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


def words(text):
    return text.strip().lower()


def rows(text):
    for line in text.strip().splitlines():
        state, event, actions, new_state = (words(cell) for cell in line.split("|"))
        yield state, event, tuple(words(action) for action in actions.split(", ")), new_state


def as_words(row):
    return row.state.value, words(row.event.value), tuple(words(do.value) for do in row.actions), row.new_state.value


@pytest.mark.parametrize(
    ("ours", "rfc"), [(table.LAC, LAC), (table.LNS, LNS), (table.LAC_ADDED, OUR_LAC), (table.LNS_ADDED, OUR_LNS)]
)
def test_the_tables_are_the_rfcs_and_ours(ours, rfc):
    assert [as_words(row) for row in ours] == list(rows(rfc))


HELD = {(Role.LAC, state, event) for state, event, _, _ in [*rows(LAC), *rows(OUR_LAC)]}
HELD |= {(Role.LNS, state, event) for state, event, _, _ in [*rows(LNS), *rows(OUR_LNS)]}


@pytest.mark.parametrize(("role", "state", "event"), list(itertools.product(Role, S, On)))
def test_every_pair(role, state, event):
    if (role, state.value, words(event.value)) in HELD:
        table.step(role, state, event)
        return
    with pytest.raises(KeyError):
        table.step(role, state, event)


ALIVE = [(Role.LAC, S.WAIT_REPLY), (Role.LAC, S.ESTABLISHED), (Role.LNS, S.WAIT_CONNECT), (Role.LNS, S.ESTABLISHED)]


@pytest.mark.parametrize(
    ("where", "name", "acceptable"), list(itertools.product(ALIVE, ["ICRQ", "ICRP", "ICCN"], [True, False]))
)
def test_whatever_arrives_has_a_row(where, name, acceptable):
    table.step(*where, table.classify(*where, name, acceptable=acceptable))
