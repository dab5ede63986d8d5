# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host from what it is to what was asked for: observe, plan, let the engine check, apply; and what to report."""

from __future__ import annotations

import secrets as random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.control import EngineAbsentError
from ansible_collections.branchline.l2tp.plugins.module_utils.host import combine, lines, texts
from ansible_collections.branchline.l2tp.plugins.module_utils.host.apply import apply, say
from ansible_collections.branchline.l2tp.plugins.module_utils.host.machine import Machine
from ansible_collections.branchline.l2tp.plugins.module_utils.host.model import (
    ENGINE,
    RECORD,
    Desired,
    Present,
    Record,
    Step,
    Wanted,
)
from ansible_collections.branchline.l2tp.plugins.module_utils.host.observe import kept_record, observe
from ansible_collections.branchline.l2tp.plugins.module_utils.host.plan import plan
from ansible_collections.branchline.l2tp.plugins.module_utils.host.secrets import fingerprint, references, resolve

EDITED = "(changed by other hands; not shown, because it may hold secrets)\n"


@dataclass(frozen=True)
class Request:
    """What the module was asked: a state, the desired state with references, their values, lines to remove."""

    state: str
    desired: Desired | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    lines: Sequence[str] = ()


def converge(request: Request, host: Machine, *, check_mode: bool = False) -> dict[str, Any]:
    """Bring the host to what is asked; the module's result. Raises what `apply`, `files` and the engine raise."""
    record = kept_record(host)
    if request.state == "absent" and request.lines and record is None:
        return {"changed": False, "changes": []}
    wanted = wanted_state(request, record)
    present = observe(host, wanted.files)
    steps = plan(wanted, present)
    warnings = check_engine(steps, wanted, host, check_mode=check_mode)
    if not check_mode:
        apply(steps, wanted, host)
    return {**result(steps, wanted, present), "warnings": warnings}


def wanted_state(request: Request, record: Record | None) -> Wanted:
    """What the host should be in the end, with the files that say so."""
    salt = record.salt if record else random.token_hex(16)
    after = _after(request, record.desired if record else None)
    if after is None:
        return Wanted(None, salt=salt)
    known = {**(record.secrets if record else {}), **request.secrets}
    used = {reference: known[reference] for reference in set(references(after)) & set(known)}
    return Wanted(after, used, texts.files(after, used), salt)


def _after(request: Request, before: Desired | None) -> Desired | None:
    if request.state == "absent":
        return combine.without(request.lines, before) if before and request.lines else None
    if request.desired is None:
        raise ValueError(f"state {request.state} wants a desired state")
    return combine.merged(request.desired, before) if request.state == "merged" else request.desired


def check_engine(steps: Sequence[Step], wanted: Wanted, host: Machine, *, check_mode: bool) -> list[str]:
    """Before anything is written: a configuration that the engine refuses changes nothing. Returns warnings."""
    if wanted.desired is None or not any(step.target == ENGINE for step in steps):
        return []
    try:
        host.engine("check", config=resolve(wanted.desired["engine"], wanted.secrets))
    except EngineAbsentError:
        if check_mode and not host.has_engine():
            return ["the engine is not installed yet, so that it could not check the configuration"]
        host.check_file(wanted.files[ENGINE].text)
    return []


def result(steps: Sequence[Step], wanted: Wanted, present: Present) -> dict[str, Any]:
    """What to report: in plain words what changes, and before and after as far as they differ."""
    record = present.record
    before = lines.views(record.desired, record.secrets, wanted.salt) if record else None
    after = lines.views(wanted.desired, wanted.secrets, wanted.salt)
    said = lines.words(before, after) if steps else []
    drift = list(dict.fromkeys(step.why for step in steps if step.why and (record or not said)))
    changes = said + drift
    if steps and not changes:
        changes = [say(step) for step in steps]
    return {
        "changed": bool(steps),
        "changes": changes,
        "steps": [say(step) for step in steps],
        "before": lines.differing(before, after),
        "after": lines.differing(after, before),
        "diff": [*_file_diffs(steps, wanted, present), *([{"prepared": "\n".join(changes)}] if changes else [])],
    }


def _file_diffs(steps: Sequence[Step], wanted: Wanted, present: Present) -> list[dict[str, str]]:
    record = present.record
    old = texts.masked_files(record.desired, record.secrets, wanted.salt) if record else {}
    new = texts.masked_files(wanted.desired, wanted.secrets, wanted.salt)
    return [
        {
            "before_header": step.target,
            "after_header": step.target,
            "before": EDITED if step.why and step.target in present.files else old.get(step.target, ""),
            "after": new.get(step.target, ""),
        }
        for step in steps
        if step.verb in ("write", "remove") and step.target != RECORD
    ]


def gather(host: Machine) -> dict[str, Any]:
    """The present state: as it was applied last, secrets by fingerprint, and what has drifted from it since."""
    present = observe(host)
    record = present.record
    if record is None:
        return {"desired": None, "secrets": {}, "lines": [], "drift": []}
    wanted = Wanted(record.desired, record.secrets, texts.files(record.desired, record.secrets), record.salt)
    return {
        "desired": record.desired,
        "secrets": {name: fingerprint(secret, record.salt) for name, secret in sorted(record.secrets.items())},
        "lines": lines.line_names(record.desired),
        "drift": [step.why or say(step) for step in plan(wanted, present)],
    }
