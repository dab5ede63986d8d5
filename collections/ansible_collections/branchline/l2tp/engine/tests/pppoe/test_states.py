"""The two tables of discovery against RFC 2516 5 and 8, written down here a second time, and every absent pair."""

from __future__ import annotations

import itertools

import pytest

from branchline.pppoe.states import TRANSITIONS, On, Role, S, step

# "state + event -> state: actions", from the text of 5.1 to 5.5 and 8.
HOST = """
idle      START      -> wait-pado: broadcast PADI
wait-pado TIMEOUT    -> wait-pado: broadcast PADI
wait-pado PADO       -> wait-pads: send PADR
wait-pado GIVE_UP    -> idle: the session is over
wait-pado CLOSE      -> idle: the session is over
wait-pads TIMEOUT    -> wait-pads: send PADR
wait-pads PADS       -> open: the session is open
wait-pads PADS_ERROR -> idle: the session is over
wait-pads GIVE_UP    -> idle: the session is over
wait-pads CLOSE      -> idle: the session is over
open      PADT       -> idle: the session is over
open      CLOSE      -> idle: send PADT, the session is over
"""
CONCENTRATOR = """
idle PADI         -> idle: send PADO
idle PADR         -> open: send PADS, the session is open
idle PADR_REFUSED -> idle: send PADS with session 0 and an error tag
open PADR         -> open: send PADS
open PADT         -> idle: the session is over
open CLOSE        -> idle: send PADT, the session is over
"""


def rows(role, text):
    for line in text.strip().splitlines():
        left, _, right = line.partition(" -> ")
        state, event = left.split()
        new, _, actions = right.partition(": ")
        yield (role, S(state), On[event]), (actions, S(new))


EXPECTED = dict([*rows(Role.HOST, HOST), *rows(Role.AC, CONCENTRATOR)])


@pytest.mark.parametrize("key", EXPECTED, ids=lambda key: "/".join(each.name for each in key))
def test_every_row(key):
    actions, state = step(*key)
    assert (", ".join(action.value for action in actions), state) == EXPECTED[key]


def test_no_other_rows():
    assert set(TRANSITIONS) == set(EXPECTED)
    absent = set(itertools.product(Role, S, On)) - set(EXPECTED)
    assert {step(*key) for key in absent} == {None}
