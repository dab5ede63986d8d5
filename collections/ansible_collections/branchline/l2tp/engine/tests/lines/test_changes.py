"""What `apply` says has changed, for every kind of difference."""

from __future__ import annotations

import pytest
from tests.lines import world
from tests.lines.world import BRANCH, changed

from branchline.config import parse
from branchline.lines.changes import changes_between

LNS = changed(world.LNS, "lns/listen", [{"address": "127.0.0.1"}])
ALONE = {"version": 1, "host_name": "h"}
USER = {"line": "lyon-lns1", "secret": "another", "pool": "branches"}
WITH_PEER = changed(LNS, "lns/peers/lac", {"secret": "tunnel secret"})
ADDED = [("lns", "added"), ("oslo-lns1", "added")]

DIFFERENCES = [
    # before   after                                                   what is said
    (BRANCH, BRANCH, []),
    (BRANCH, ALONE, [("oslo-lns1", "removed")]),
    (ALONE, BRANCH, [("oslo-lns1", "added")]),
    (BRANCH, changed(BRANCH, "lines/oslo-lns1/mtu", 1300), [("oslo-lns1", "updated")]),
    (BRANCH, changed(BRANCH, "lines/oslo-lns1/enabled", False), [("oslo-lns1", "updated")]),
    (BRANCH, changed(BRANCH, "lines/a", {**BRANCH["lines"]["oslo-lns1"], "interface": "a"}), [("a", "added")]),
    (ALONE, LNS, ADDED),
    (LNS, ALONE, [(line, "removed") for line, _ in ADDED]),
    (LNS, changed(LNS, "lns/mtu", 1300), [("lns", "updated")]),
    (LNS, changed(LNS, "lns/users/lyon", USER), [("lyon-lns1", "added")]),
    (LNS, changed(LNS, "lns/users/oslo", ...), [("lns", "updated"), ("oslo-lns1", "removed")]),
    (LNS, changed(LNS, "lns/users/oslo/secret", "new"), [("oslo-lns1", "updated")]),
    (LNS, changed(LNS, "lns/users/oslo/line", "renamed"), [("oslo-lns1", "removed"), ("renamed", "added")]),
    (LNS, changed(LNS, "lns/peers/oslo/secret", "new"), [("oslo-lns1", "updated")]),
    (LNS, WITH_PEER, [("lns", "updated")]),
    (WITH_PEER, changed(WITH_PEER, "lns/peers/lac/secret", "new"), [("lns", "updated")]),
]


@pytest.mark.parametrize(("before", "after", "said"), DIFFERENCES)
def test_what_differs_is_said_by_line(before, after, said):
    changes = changes_between(parse(before), parse(after))
    assert sorted((change["line"], change["action"]) for change in changes) == sorted(said)
