"""RFC 2661 5.4: sequenced data in order, gaps given up in time."""

from __future__ import annotations

import random

import pytest

from branchline.l2tp.reorder import Reorder

TRANSCRIPTS = [
    # what comes (ns), what goes out at each
    ([0, 1, 2], [[0], [1], [2]]),
    ([0, 2, 1, 3], [[0], [], [1, 2], [3]]),
    ([0, 0, 1, 0], [[0], [], [1], []]),
    ([2, 2, 1, 0], [[], [], [], [0, 1, 2]]),
    ([0, 65535], [[0], []]),
    ([1, 2, 3, 4, 5], [[], [], [], [], [1, 2, 3, 4, 5]]),  # the queue holds 4: the gap is given up
]


@pytest.mark.parametrize(("comes", "goes"), TRANSCRIPTS)
def test_transcript(comes, goes):
    queue = Reorder(4, 0.1)
    assert [[int(frame) for frame in queue.push(ns, b"%d" % ns, 0.0)] for ns in comes] == goes


def test_a_gap_is_given_up_in_time():
    queue = Reorder(64, 0.1)
    assert queue.push(0, b"0", 0.0) == [b"0"]
    assert queue.push(2, b"2", 0.0) == []
    assert queue.push(5, b"5", 0.05) == []
    assert queue.deadline == 0.1
    assert queue.on_timeout(0.09) == []
    assert queue.on_timeout(0.1) == [b"2"]
    assert queue.deadline == pytest.approx(0.2)
    assert queue.on_timeout(0.2) == [b"5"]
    assert queue.deadline is None
    assert queue.lost == 3
    assert queue.push(1, b"1", 0.3) == []
    assert queue.late == 1


@pytest.mark.parametrize("seed", range(20))
def test_any_order_within_the_queue_comes_out_right_across_the_wrap(seed):
    dice = random.Random(seed)
    queue = Reorder(64, 1.0)
    numbers = sorted(range(70_000), key=lambda n: n + dice.random() * 40)
    out = [int(frame) for n in numbers for frame in queue.push(n % 65536, b"%d" % n, 0.0)]
    assert out == list(range(70_000))
    assert queue.late == queue.lost == 0
