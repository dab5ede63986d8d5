"""Which LNS is tried first: by preference, then by weight, those that did not answer lately last."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from branchline.lines.choice import order
from branchline.trunk_config import Choice

A, B, C = Choice("a", 10, 1), Choice("b", 20, 1), Choice("c", 20, 3)

ORDERS = [
    # choices    dead        draw   what is tried
    ([A], "", 0.0, ["a"]),
    ([A, B], "", 0.0, ["a", "b"]),
    ([B, A], "", 0.99, ["a", "b"]),
    ([A, B], "a", 0.0, ["b", "a"]),
    ([A, B], "ab", 0.0, ["a", "b"]),
    ([A, B, C], "", 0.0, ["a", "b", "c"]),
    ([A, B, C], "", 0.5, ["a", "c", "b"]),
    ([A, B, C], "c", 0.5, ["a", "b", "c"]),
    ([], "", 0.0, []),
]


@pytest.mark.parametrize(("choices", "dead", "draw", "tried"), ORDERS)
def test_order(choices, dead, draw, tried):
    assert order(choices, lambda name: name in dead, lambda: draw) == tried


def test_weights_are_shares():
    dice = random.Random(1)
    first = Counter(order([B, C], lambda _: False, dice.random)[0] for _ in range(4000))
    assert first["c"] == pytest.approx(3000, abs=150)
