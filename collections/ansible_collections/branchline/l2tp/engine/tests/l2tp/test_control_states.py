"""RFC 2661 7.2.1: the table against a transcription of the RFC's own, with every pair that it does not hold."""

from __future__ import annotations

import itertools

import pytest

from branchline.l2tp import control_states as table

# The RFC's table, one line an entry: state | event | action | new state. Continuation lines joined, nothing else.
RFC = """
idle           | Local Open request             | Send SCCRQ                                   | wait-ctl-reply
idle           | Receive SCCRQ, acceptable      | Send SCCRP                                   | wait-ctl-conn
idle           | Receive SCCRQ, not acceptable  | Send StopCCN, Clean up                       | idle
idle           | Receive SCCRP                  | Send StopCCN, Clean up                       | idle
idle           | Receive SCCCN                  | Clean up                                     | idle
wait-ctl-reply | Receive SCCRP, acceptable      | Send SCCCN, Send tunnel-open event to waiting sessions | established
wait-ctl-reply | Receive SCCRP, not acceptable  | Send StopCCN, Clean up                       | idle
wait-ctl-reply | Receive SCCRQ, lose tie-breaker| Clean up, Re-queue SCCRQ for idle state      | idle
wait-ctl-reply | Receive SCCCN                  | Send StopCCN, Clean up                       | idle
wait-ctl-conn  | Receive SCCCN, acceptable      | Send tunnel-open event to waiting sessions   | established
wait-ctl-conn  | Receive SCCCN, not acceptable  | Send StopCCN, Clean up                       | idle
wait-ctl-conn  | Receive SCCRP                  | Send StopCCN, Clean up                       | idle
wait-ctl-conn  | Receive SCCRQ                  | Send StopCCN, Clean up                       | idle
established    | Local Open request             | Send tunnel-open event to waiting sessions   | established
established    | Admin Tunnel Close             | Send StopCCN, Clean up                       | idle
established    | Receive SCCRQ                  | Send StopCCN, Clean up                       | idle
established    | Receive SCCRP                  | Send StopCCN, Clean up                       | idle
established    | Receive SCCCN                  | Send StopCCN, Clean up                       | idle
idle           | Receive StopCCN                | Clean up                                     | idle
wait-ctl-reply | Receive StopCCN                | Clean up                                     | idle
wait-ctl-conn  | Receive StopCCN                | Clean up                                     | idle
established    | Receive StopCCN                | Clean up                                     | idle
"""

# What this implementation does where the RFC's table is silent: timers (7.3), and a close during set-up.
OURS = """
wait-ctl-reply | Admin Tunnel Close             | Send StopCCN, Clean up                       | idle
wait-ctl-conn  | Admin Tunnel Close             | Send StopCCN, Clean up                       | idle
wait-ctl-reply | Receive SCCRQ                  | Send StopCCN, Clean up                       | idle
wait-ctl-reply | the peer does not answer       | Clean up                                     | idle
wait-ctl-conn  | the peer does not answer       | Clean up                                     | idle
established    | the peer does not answer       | Clean up                                     | idle
"""


def words(text):
    return text.strip().lower()


def rows(text):
    for line in text.strip().splitlines():
        state, event, actions, new_state = (words(cell) for cell in line.split("|"))
        yield state, event, tuple(words(action) for action in actions.split(", ")), new_state


def as_words(row):
    return row.state.value, words(row.event.value), tuple(words(do.value) for do in row.actions), row.new_state.value


def test_the_tables_are_the_rfcs_and_ours():
    assert [as_words(row) for row in table.ROWS] == list(rows(RFC))
    assert [as_words(row) for row in table.ADDED] == list(rows(OURS))


HELD = {(state, event) for state, event, _, _ in (*rows(RFC), *rows(OURS))}


@pytest.mark.parametrize(("state", "event"), list(itertools.product(table.S, table.On)))
def test_every_pair(state, event):
    if (state.value, words(event.value)) in HELD:
        table.step(state, event)
        return
    with pytest.raises(KeyError):
        table.step(state, event)


ALIVE = [table.S.WAIT_CTL_REPLY, table.S.WAIT_CTL_CONN, table.S.ESTABLISHED]
ARRIVALS = list(itertools.product(ALIVE, ["SCCRQ", "SCCRP", "SCCCN"], [True, False]))


@pytest.mark.parametrize(("state", "name", "acceptable"), ARRIVALS)
def test_whatever_arrives_has_a_row(state, name, acceptable):
    table.step(state, table.classify(state, name, acceptable=acceptable))
