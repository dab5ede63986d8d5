"""What is remembered of the LNSs of a line, on a clock that only the test moves."""

from __future__ import annotations

import pytest
from tests.lines.standby_world import TWO

from branchline.config import parse
from branchline.lines.candidates import Candidates
from branchline.lines.state import Trouble

SILENT = Trouble("no answer", 0.0, "")
LINE = parse(
    {**TWO, "lines": {"a": {**TWO["lines"]["oslo-lns1"], "failover": {"dead": 60, "return": 100, "spread": 4}}}}
)


class World:
    now = 1000.0

    def __init__(self) -> None:
        self.candidates = Candidates(LINE.lines["a"], lambda: self.now, lambda: 0.5)


STORIES = [
    # who fails (! it is dead), seconds later      order              who is better than lns2
    ("", 0, ["", "lns2"], [""]),
    ("!own", 0, ["lns2", ""], [""]),
    ("!own", 59, ["lns2", ""], [""]),
    ("!own", 61, ["", "lns2"], [""]),
    ("own", 0, ["", "lns2"], [""]),
    ("!own !lns2", 0, ["", "lns2"], [""]),
]


@pytest.mark.parametrize(("story", "seconds", "order", "better"), STORIES)
def test_the_silent_ones_are_tried_last_for_a_while(story, seconds, order, better):
    world = World()
    for word in story.split():
        world.candidates.failed(word.strip("!").replace("own", ""), SILENT, dead=word.startswith("!"))
    assert world.candidates.all_dead() == (story.count("!") == 2)
    world.now += seconds
    assert (world.candidates.order(), world.candidates.better("lns2")) == (order, better)
    assert world.candidates.better("") == []


def test_an_lns_that_carries_the_line_is_forgiven():
    world = World()
    world.candidates.failed("", SILENT, dead=True)
    assert world.candidates.status()[0]["last_error"]["what"] == "no answer"
    world.candidates.opened("")
    assert [(entry["dead_until"], entry["last_error"]) for entry in world.candidates.status()] == [(None, None)] * 2


FALLS = [
    # seconds for which the own LNS held the line, each time     until the next look: 100 s and half as much again
    ([], 150),
    ([101], 150),
    ([99], 300),
    ([99, 99], 600),
    ([99] * 9, 2400),
    ([99, 99, 101], 150),
]


@pytest.mark.parametrize(("held", "seconds"), FALLS)
def test_one_that_does_not_last_is_looked_at_less_often(held, seconds):
    world = World()
    for each in held:
        world.candidates.lost("", each, returned=True)
    assert world.candidates.until_look([""]) == seconds
    assert world.candidates.spread() == 2.0


def test_one_that_was_the_first_choice_is_looked_at_as_ever():
    world = World()
    world.candidates.lost("", 1, returned=False)
    assert world.candidates.until_look([""]) == 150
