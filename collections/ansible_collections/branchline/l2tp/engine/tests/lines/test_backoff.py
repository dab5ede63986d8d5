"""Waits between attempts: doubled, capped, jittered, forgiven after a stable line."""

from __future__ import annotations

import pytest

from branchline.lines.backoff import Backoff, Patience

PATIENCE = Patience(first=1.0, longest=8.0, stable=30.0)


@pytest.mark.parametrize(("dice", "waits"), [(1.0, [1, 2, 4, 8, 8]), (0.0, [0.5, 1, 2, 4, 4])])
def test_waits_double_up_to_the_cap(dice, waits):
    backoff = Backoff(PATIENCE, lambda: dice)
    assert [backoff.next_wait() for _ in waits] == waits


@pytest.mark.parametrize(("seconds", "wait"), [(29.9, 8.0), (30.0, 1.0)])
def test_a_stable_line_is_forgiven(seconds, wait):
    backoff = Backoff(PATIENCE, lambda: 1.0)
    for _ in range(9):
        backoff.next_wait()
    backoff.opened_for(seconds)
    assert backoff.next_wait() == wait
