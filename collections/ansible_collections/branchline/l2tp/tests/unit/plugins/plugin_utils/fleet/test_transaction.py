"""The order of a transaction, as a transcript of two sessions; and where each failure leaves the device."""

from __future__ import annotations

import pytest
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import driver
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet import transaction
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.errors import CutError, RefusedError, Trouble
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.transaction import Probe, Sent, Transaction

DATA = {
    "name": "revert timer", "minutes": 5, "pending": {"command": "pending?", "match": "^yes"},
    "arm": ["arm {minutes} {token}"], "enter": ["enter"], "candidate": ["compare"], "commit": ["commit"],
    "leave": ["leave"], "confirm": ["confirm"], "persist": ["save"], "abort": ["abort"],
}  # fmt: skip
WHOLE = [
    "arm 5 t0k",
    "enter",
    "a",
    "b",
    "compare",
    "commit",
    "leave",
    "(close)",
    "(look)",
    "confirm",
    "save",
    "(close)",
]


class Scripted:
    """A session that writes down what it is told, and fails where it is told to."""

    def __init__(self, log, fails=None):
        self.log, self.fails = log, fails or {}

    def run(self, command, shown=""):
        words = getattr(command, "send", command)
        self.log.append(words)
        if words in self.fails:
            raise self.fails[words](Trouble("bergen", "no", "Mend it.", words))
        return f"said {words}" if words == "compare" else ""

    def close(self):
        self.log.append("(close)")


def change(fails=None, reopen=None):
    """Run one; the log, and what came of it."""
    log = []
    (way,) = transaction.transactions(DATA, "t0k")
    session = Scripted(log, fails)
    commands = [Sent("a", "a"), Sent("b", "b")]
    try:
        reached = reopen or (lambda: session)
        made = transaction.change(session, commands, way, reached, lambda fresh: fresh.run("(look)"))
    except (RefusedError, CutError) as error:
        made = error
    return log, made


def test_the_whole():
    assert change() == (WHOLE, "said compare")


FAILURES = [
    # what       how            the end of the log                            what is said
    ("arm 5 t0k", RefusedError, ["arm 5 t0k", "abort", "(close)"],            "taken back at once"),
    ("b",        RefusedError,  ["a", "b", "abort", "(close)"],               "taken back at once"),
    ("b",        CutError,      ["a", "b", "(close)"],                        "back within 5 minutes (revert timer)"),
    ("leave",    CutError,      ["commit", "leave", "(close)"],               "back within 5 minutes (revert timer)"),
    ("(look)",   RefusedError,  ["(close)", "(look)", "abort", "(close)"],    "taken back at once"),
    ("confirm",  CutError,      ["(look)", "confirm", "(close)"],             "back within 5 minutes (revert timer)"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "how", "end", "said"), FAILURES)
def test_failures(what, how, end, said):
    log, error = change({what: how})
    assert log[-len(end) :] == end
    assert isinstance(error, how)
    assert said in str(error)


def test_without_a_fresh_session_nothing_is_confirmed():
    def nobody():
        raise CutError(Trouble("bergen", "it cannot be reached", "Look."))

    log, error = change(reopen=nobody)
    assert "confirm" not in log
    assert "That was the session to confirm the change" in str(error)


def test_an_abort_that_fails_leaves_it_to_the_rollback():
    _log, error = change({"b": RefusedError, "abort": CutError})
    assert "takes it back within 5 minutes" in str(error)


WAYS = [
    # what the device says        what is chosen, or said
    ({"able?": "yes"},            "first"),
    ({"able?": "no"},             "second"),
    ({"able?": "yes", "p?": "1"}, "a rollback is under way already"),
]  # fmt: skip


@pytest.mark.parametrize(("says", "found"), WAYS)
def test_choose(says, found):
    class Device:
        def run(self, command, shown=""):
            return says.get(command, "")

    ways = [Transaction("first", 5, Probe("able?", "^yes"), Probe("p?", "^1")), Transaction("second", 5)]
    try:
        said = transaction.choose(Device(), ways, "bergen").name
    except RefusedError as error:
        said = str(error)
    assert found in said


@pytest.mark.parametrize("platform", [name for name in driver.platforms() if driver.capabilities(name).get("managed")])
def test_every_platform_has_a_way_that_is_armed_before_it_is_confirmed(platform):
    for way in transaction.transactions(driver.transaction(platform), "t0k"):
        armed = [step.send for step in (*way.arm, *way.enter, *way.commit)]
        assert any(str(number) in words for words in armed for number in (way.minutes, way.minutes * 60)), platform
        assert way.confirm
        assert not [step for step in armed if "{" in step.replace("{ ", "") and "{minutes}" in step]
