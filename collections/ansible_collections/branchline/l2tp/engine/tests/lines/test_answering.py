"""An LNS answers only so many calls at once: the others wait their turn, and nobody holds it up for long."""

from __future__ import annotations

import asyncio

import pytest

from branchline.lines import calls as module
from branchline.lines.calls import Calls

TURNS = [
    # what happens, by name: + is asked for, - is done                who is answered
    ("+a +b", "ab"),
    ("+a +b +c +d", "ab"),
    ("+a +b +c +d -a", "abc"),
    ("+a +b +c +d -a -a -b", "abcd"),
    ("+a +b +c +d -c -a", "abd"),
    ("+a +b +c -x", "ab"),
]


@pytest.mark.parametrize(("story", "answered"), TURNS)
def test_two_at_once(story, answered):
    async def run():
        calls, heard = Calls(at_once=2), []
        for word in story.split():
            name = word[1]
            if word[0] == "+":
                calls.request(name, lambda name=name: heard.append(name))
            else:
                calls.done(name)
        calls.close()
        return "".join(heard)

    assert asyncio.run(run()) == answered


def test_a_slow_one_holds_nobody_up(monkeypatch):
    monkeypatch.setattr(module, "SLOW", 0.01)

    async def run():
        calls, answered = Calls(at_once=1), asyncio.Event()
        calls.request("slow", lambda: None)
        calls.request("next", answered.set)
        await asyncio.wait_for(answered.wait(), 10)
        calls.close()

    asyncio.run(run())
