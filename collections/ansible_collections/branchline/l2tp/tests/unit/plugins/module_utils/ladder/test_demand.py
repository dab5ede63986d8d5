"""Lines that are not always open: who is dialled, for whom nobody waits."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.control import EngineError
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder import demand, observe

STATES = [
    # state of the line   dialled   waited for
    ("open",              False,    False),
    ("resting",           False,    False),
    ("waiting",           True,     True),
    ("down",              False,    True),
    ("tunnel",            False,    True),
    (None,                False,    True),
]  # fmt: skip


@pytest.mark.parametrize(("state", "dialled", "pending"), STATES)
def test_each_state(monkeypatch: pytest.MonkeyPatch, state: str | None, dialled: bool, pending: bool) -> None:
    called: list[Any] = []
    monkeypatch.setattr(demand, "call", lambda method, *, path, line: called.append((method, path, line)))
    entries = {"oslo-lns1": {"state": state}} if state else {}
    demand.dial("socket", entries, ["oslo-lns1"])
    assert called == ([("dial", "socket", "oslo-lns1")] if dialled else [])
    assert demand.pending(entries, ["oslo-lns1"]) == (["oslo-lns1"] if pending else [])


def test_a_refusal_is_not_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_words: Any, **_params: Any) -> None:
        raise EngineError("local", "outside of its hours")

    monkeypatch.setattr(demand, "call", refuse)
    demand.dial("socket", {"oslo-lns1": {"state": "waiting"}}, ["oslo-lns1"])


def test_the_verification_dials_and_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    states, dialled = iter(["waiting", "tunnel", "open"]), []

    def call(_method: str, *, path: str) -> dict[str, Any]:
        return {"lines": [{"line": "oslo-lns1", "state": next(states)}]}

    monkeypatch.setattr(observe, "call", call)
    monkeypatch.setattr(observe.time, "sleep", lambda _seconds: None)
    monkeypatch.setattr(demand, "call", lambda _method, *, path, line: dialled.append(line))
    found, _error, _waited = observe.wait_open(observe.Paths(control="unused"), ["oslo-lns1"], 60)
    assert (found["lines"][0]["state"], dialled) == ("open", ["oslo-lns1"])
