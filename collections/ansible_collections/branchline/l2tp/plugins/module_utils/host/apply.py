# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the steps of a plan, one verb after the other, and says at which one it failed and what was done by then."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from ansible_collections.branchline.l2tp.plugins.module_utils.control import EngineAbsentError, EngineError
from ansible_collections.branchline.l2tp.plugins.module_utils.host import observe
from ansible_collections.branchline.l2tp.plugins.module_utils.host.machine import CommandError, Machine
from ansible_collections.branchline.l2tp.plugins.module_utils.host.model import (
    GUARD,
    POLICIES,
    RECORD,
    File,
    Present,
    Step,
    Wanted,
)
from ansible_collections.branchline.l2tp.plugins.module_utils.host.plan import charon_fingerprint, expected_record
from ansible_collections.branchline.l2tp.plugins.module_utils.render.guard import TABLE
from ansible_collections.branchline.l2tp.plugins.module_utils.render.policies import DELETE

PATIENCE = 10.0  # seconds in which a started engine has to answer
JOURNAL = "see journalctl --unit branchline.service on the host"


class StepFailedError(Exception):
    """A step failed; those of `done` are in effect, the rest was not begun. Running again takes up where it stopped."""

    def __init__(self, step: Step, done: Sequence[Step], error: Exception) -> None:
        super().__init__(f"{say(step)} failed: {error}")
        self.done = [say(one) for one in done]


def apply(steps: Sequence[Step], wanted: Wanted, host: Machine) -> None:
    """Do the steps; raises StepFailedError."""
    done: list[Step] = []
    for step in steps:
        _do(step, wanted, host, done)
        done.append(step)


def _do(step: Step, wanted: Wanted, host: Machine, done: Sequence[Step]) -> None:
    try:
        VERBS[step.verb](step, wanted, host)
    except (CommandError, EngineAbsentError, EngineError, OSError, KeyError) as error:
        raise StepFailedError(step, done, error) from error


def say(step: Step) -> str:
    """A step in plain words."""
    return SAID[step.verb].format(step.target)


def _write(step: Step, _wanted: Wanted, host: Machine) -> None:
    if step.file is None:
        raise ValueError(f"a step that writes {step.target} has no file")
    host.write(step.target, step.file)


def _remove(step: Step, _wanted: Wanted, host: Machine) -> None:
    host.remove(step.target)


def _load_guard(_step: Step, _wanted: Wanted, host: Machine) -> None:
    host.run("nft", "--file", GUARD)


def _remove_guard(_step: Step, _wanted: Wanted, host: Machine) -> None:
    host.run("nft", "delete", "table", "inet", TABLE)


def _load_policies(_step: Step, _wanted: Wanted, host: Machine) -> None:
    host.run(*DELETE)
    host.run("ip", "-batch", POLICIES)


def _remove_policies(_step: Step, _wanted: Wanted, host: Machine) -> None:
    host.run(*DELETE)


def _load_charon(step: Step, _wanted: Wanted, host: Machine) -> None:
    host.run("swanctl", "--load-all", "--noprompt", *(("--clear",) if step.target else ()))


def _systemctl(action: str) -> Callable[[Step, Wanted, Machine], None]:
    return lambda step, _wanted, host: (host.run("systemctl", action, step.target), None)[1]


def _terminate(step: Step, _wanted: Wanted, host: Machine) -> None:
    with suppress(CommandError):  # it may be gone by now
        host.run("swanctl", "--terminate", "--ike-id", step.target, "--force", "--timeout", "5")


def _start_engine(step: Step, _wanted: Wanted, host: Machine) -> None:
    host.run("systemctl", "start", step.target)
    deadline = time.monotonic() + PATIENCE
    while observe.engine(host) is None:
        if time.monotonic() > deadline:
            raise EngineAbsentError(f"started, but it does not answer; {JOURNAL}")
        time.sleep(0.05)


def _apply_engine(_step: Step, _wanted: Wanted, host: Machine) -> None:
    host.engine("apply")


def _record(_step: Step, wanted: Wanted, host: Machine) -> None:
    now = Present(charon=observe.charon(host))
    record = expected_record(wanted, observe.guard(host), charon_fingerprint(now, wanted.connections))
    host.write(RECORD, File(record.text()))


VERBS: dict[str, Callable[[Step, Wanted, Machine], None]] = {
    "write": _write,
    "remove": _remove,
    "load_guard": _load_guard,
    "remove_guard": _remove_guard,
    "load_policies": _load_policies,
    "remove_policies": _remove_policies,
    "load_charon": _load_charon,
    "start_charon": _systemctl("start"),
    "terminate": _terminate,
    "start_engine": _start_engine,
    "apply_engine": _apply_engine,
    "stop_engine": _systemctl("stop"),
    "record": _record,
}

SAID = {
    "write": "writing {}",
    "remove": "removing {}",
    "load_guard": "loading the guard from {}",
    "remove_guard": "removing the guard",
    "load_policies": "loading the policies for ESP within AH from {}",
    "remove_policies": "removing the policies for ESP within AH",
    "load_charon": "loading strongSwan's connections",
    "start_charon": "starting {}",
    "terminate": "ending IKE SA {}",
    "start_engine": "starting {}",
    "apply_engine": "having the engine apply {}",
    "stop_engine": "stopping {}",
    "record": "recording what was applied in {}",
}
