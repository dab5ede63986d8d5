# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One change of a device as one transaction: a rollback is armed first, and called off over a fresh session only.

What arms it, commits and confirms is data of the driver. Whatever cuts the session in between, the device takes the
change back by itself: nobody who cannot log in any more could call the rollback off.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.errors import (
    CutError,
    DeviceError,
    RefusedError,
    Trouble,
)
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.session import Step

AGAIN = "Wait until it is through, or call it off at the device; then run again."
NOTHING = "Nothing was changed."
TAKEN_BACK = "The change was taken back at once."


class Conversation(Protocol):
    """What a transaction needs of a session."""

    def run(self, command: str | Step, shown: str = "") -> str:
        """Send a command; raises RefusedError, CutError."""

    def close(self) -> None:
        """End the session."""


@dataclass(frozen=True)
class Sent:
    """A command as the device gets it, and as it may be shown."""

    text: str
    shown: str


@dataclass(frozen=True)
class Probe:
    """A command whose output tells something when the pattern is in it."""

    command: str
    match: str

    def holds(self, session: Conversation) -> bool:
        """Ask the device."""
        return re.search(self.match, session.run(self.command), re.MULTILINE) is not None


@dataclass(frozen=True)
class Transaction:
    """A platform's way: its steps in their order. `available`: whether it can; `pending`: is one under way already."""

    name: str
    minutes: int
    available: Probe | None = None
    pending: Probe | None = None
    arm: tuple[Step, ...] = ()
    enter: tuple[Step, ...] = ()
    candidate: tuple[Step, ...] = ()
    commit: tuple[Step, ...] = ()
    leave: tuple[Step, ...] = ()
    confirm: tuple[Step, ...] = ()
    persist: tuple[Step, ...] = ()
    abort: tuple[Step, ...] = ()

    @property
    def back(self) -> str:
        """What becomes of a change that nobody confirmed."""
        return f"Nobody confirmed the change: the device takes it back within {self.minutes} minutes ({self.name})."


STEPS = ("arm", "enter", "candidate", "commit", "leave", "confirm", "persist", "abort")


def transactions(data: Mapping[str, Any], token: str, minutes: int = 0) -> list[Transaction]:
    """A driver's `transaction` and its `otherwise`, best first; {minutes}, {seconds}, {token} filled in."""
    own = minutes or int(data["minutes"])
    filled = _fill(data, {"{minutes}": str(own), "{seconds}": str(own * 60), "{token}": token})
    steps = {name: tuple(Step.of(step) for step in filled.get(name) or ()) for name in STEPS}
    first = Transaction(data["name"], own, _probe(filled, "available"), _probe(filled, "pending"), **steps)
    rest = data.get("otherwise")
    return [first, *(transactions(rest, token, minutes) if rest else [])]


def _probe(data: Mapping[str, Any], name: str) -> Probe | None:
    return Probe(**data[name]) if data.get(name) else None


def _fill(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for name, text in values.items():
            value = value.replace(name, text)
        return value
    if isinstance(value, Mapping):
        return {name: _fill(inner, values) for name, inner in value.items()}
    return [_fill(inner, values) for inner in value] if isinstance(value, list) else value


def choose(session: Conversation, known: Sequence[Transaction], device: str) -> Transaction:
    """The first that the device can, with no rollback of anybody under way. Nothing was changed when this raises."""
    able = next((one for one in known if one.available is None or one.available.holds(session)), None)
    if able is None:
        names = ", ".join(one.name for one in known)
        remedy = f"Make one of them possible ({names}); the driver's page says how. {NOTHING}"
        raise RefusedError(Trouble(device, "it has no way to take a change back by itself", remedy))
    if able.pending and able.pending.holds(session):
        what = f"a rollback is under way already ({able.name}): of another run, or of an operator"
        raise RefusedError(Trouble(device, what, AGAIN, able.pending.command), NOTHING)
    return able


def change(
    session: Conversation,
    commands: Iterable[Sent],
    way: Transaction,
    reopen: Callable[[], Conversation],
    settled: Callable[[Conversation], None],
) -> str:
    """Apply the commands, then confirm over a fresh session; the candidate difference that the device showed.

    `settled` raises DeviceError when the device is not as it should be: then the change is taken back too.
    """
    candidate = _first(session, commands, way)
    fresh = _reopened(reopen, way)
    try:
        settled(fresh)
        _each(fresh, way.confirm)
        _each(fresh, way.persist)
    except RefusedError as error:
        raise _undone(fresh, way, error) from error
    except DeviceError as error:
        raise type(error)(error.trouble, way.back) from error
    finally:
        fresh.close()
    return candidate


def _first(session: Conversation, commands: Iterable[Sent], way: Transaction) -> str:
    try:
        _each(session, way.arm)
        _each(session, way.enter)
        for command in commands:
            session.run(command.text, command.shown)
        candidate = _each(session, way.candidate)
        _each(session, way.commit)
        _each(session, way.leave)
    except RefusedError as error:
        raise _undone(session, way, error) from error
    except CutError as error:
        raise CutError(error.trouble, way.back) from error
    finally:
        session.close()
    return candidate


def _each(session: Conversation, steps: Iterable[Step]) -> str:
    return "\n".join(said for said in [session.run(step).strip() for step in steps] if said)


def _reopened(reopen: Callable[[], Conversation], way: Transaction) -> Conversation:
    try:
        return reopen()
    except DeviceError as error:
        raise type(error)(error.trouble, f"That was the session to confirm the change. {way.back}") from error


def _undone(session: Conversation, way: Transaction, error: RefusedError) -> RefusedError:
    """Take back at once, while the session is good; the armed rollback is there if that fails too."""
    if not way.abort:
        return RefusedError(error.trouble, way.back)
    try:
        _each(session, way.abort)
    except DeviceError:
        return RefusedError(error.trouble, way.back)
    return RefusedError(error.trouble, TAKEN_BACK)
