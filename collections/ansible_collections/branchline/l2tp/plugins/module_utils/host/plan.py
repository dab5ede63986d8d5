# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what a host is to what it should be: the steps, in the order that never leaves L2TP unguarded. Pure.

The guard goes first and leaves last; charon knows a line before the engine opens it; the engine closes a removed line
while its SA still carries the farewell, and only then that SA is ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ansible_collections.branchline.l2tp.plugins.module_utils.host.model import (
    ENGINE,
    GUARD,
    POLICIES,
    RECORD,
    SWANCTL,
    File,
    Present,
    Record,
    Step,
    Wanted,
    sha256,
)
from ansible_collections.branchline.l2tp.plugins.module_utils.host.sas import ended


def plan(wanted: Wanted, present: Present) -> tuple[Step, ...]:
    """The steps from `present` to `wanted`; none when the host is as it should be."""
    if wanted.desired is None:
        return tuple(_removal(present))
    guard = list(_guard(wanted, present))
    charon = list(_charon(wanted, present))
    steps = [*guard, *charon, *_engine(wanted, present), *ended(wanted, present), *_guard_leaves(wanted, present)]
    loads = any(step.verb in ("load_guard", "remove_guard", "load_charon", "start_charon") for step in steps)
    return (*steps, *_record(wanted, present, rewrite=loads))


def expected_record(wanted: Wanted, guard: str | None, charon: str | None) -> Record:
    """The record of a host that is as wanted, given the fingerprints of what was loaded."""
    if wanted.desired is None:
        raise ValueError("a host without a desired state has no record")
    files = {path: sha256(file.text) for path, file in wanted.files.items()}
    return Record(wanted.desired, dict(wanted.secrets), files, {"guard": guard, "charon": charon}, wanted.salt)


def charon_fingerprint(present: Present, connections: tuple[str, ...]) -> str | None:
    """One fingerprint of our connections as charon holds them; None when it lacks one."""
    held = present.charon or {}
    if any(name not in held for name in connections):
        return None
    return sha256("\n".join(f"{name} {held[name]}" for name in connections))


def _guard(wanted: Wanted, present: Present) -> Iterator[Step]:
    if GUARD not in wanted.files:
        return
    writes = list(_writes(wanted, present, (GUARD,)))
    yield from writes
    why = ""
    if not writes:
        why = _guard_drift(present)
    if writes or why:
        yield Step("load_guard", GUARD, why)
    yield from _policies(wanted, present)


def _policies(wanted: Wanted, present: Present) -> Iterator[Step]:
    """The XFRM policies that charon cannot make, loaded when they change or lack; a boot loads them with the guard."""
    writes = list(_writes(wanted, present, (POLICIES,)))
    yield from writes
    file = wanted.files.get(POLICIES)
    if writes:
        yield Step("load_policies" if file else "remove_policies", POLICIES)
    elif file and present.policies != file.text.count("\n"):
        yield Step("load_policies", POLICIES, "the policies for ESP within AH were not loaded")


def _guard_drift(present: Present) -> str:
    loaded = present.record.loaded.get("guard") if present.record else None
    if present.guard is None:
        return "the guard was not loaded"
    return "" if present.guard == loaded else "the loaded guard was not ours"


def _charon(wanted: Wanted, present: Present) -> Iterator[Step]:
    known = present.record.files if present.record else {}
    paths = sorted(path for path in {SWANCTL, *wanted.files, *known} if path.startswith("/etc/swanctl/"))
    writes = list(_writes(wanted, present, paths))
    yield from writes
    if SWANCTL not in wanted.files:
        if writes and present.charon is not None:
            yield Step("load_charon", "clear")
    elif present.charon is None:
        yield Step("start_charon", "strongswan.service", "strongSwan was not running")
    elif writes or _charon_drift(wanted, present):
        why = "" if writes else _charon_drift(wanted, present)
        yield Step("load_charon", "clear" if _certificate_goes(writes) else "", why)


def _charon_drift(wanted: Wanted, present: Present) -> str:
    found = charon_fingerprint(present, wanted.connections)
    if found is None:
        missing = [name for name in wanted.connections if name not in (present.charon or {})]
        return f"strongSwan had not loaded {', '.join(missing)}"
    loaded = present.record.loaded.get("charon") if present.record else None
    return "" if found == loaded else "strongSwan had loaded something else"


def _certificate_goes(writes: list[Step]) -> bool:
    """A certificate that is gone or replaced must not be trusted any longer; charon forgets it only on a clean load."""
    return any(step.target != SWANCTL for step in writes)


def _engine(wanted: Wanted, present: Present) -> Iterator[Step]:
    yield from _writes(wanted, present, (ENGINE,))
    if present.engine is None:
        yield Step("start_engine", "branchline.service", "the engine was not running")
    elif present.engine != sha256(wanted.files[ENGINE].text):
        written = present.files.get(ENGINE) == wanted.files[ENGINE]
        yield Step("apply_engine", ENGINE, "the engine ran another configuration" if written else "")


def _guard_leaves(wanted: Wanted, present: Present) -> Iterator[Step]:
    if GUARD in wanted.files:
        return
    if present.guard is not None:
        yield Step("remove_guard", GUARD)
    if GUARD in present.files:
        yield Step("remove", GUARD)
    yield from _policies(wanted, present)


def _removal(present: Present) -> Iterator[Step]:
    """Everything that Branchline wrote, in the reverse order."""
    if present.engine is not None:
        yield Step("stop_engine", "branchline.service")
    nothing = Wanted(None)
    yield from _writes(nothing, present, (ENGINE,))
    yield from _charon(nothing, present)
    yield from ended(nothing, present)
    yield from _guard_leaves(nothing, present)
    if RECORD in present.files:
        yield Step("remove", RECORD)


def _writes(wanted: Wanted, present: Present, paths: Iterable[str]) -> Iterator[Step]:
    for path in paths:
        file, found = wanted.files.get(path), present.files.get(path)
        if file == found:
            continue
        why = _drift(path, file, present)
        yield Step("write", path, why, file) if file else Step("remove", path, why)


def _drift(path: str, file: File | None, present: Present) -> str:
    """Why a file is touched when the desired state is not the reason."""
    known = present.record.files.get(path) if present.record else None
    found = present.files.get(path)
    if known is None or file is None:
        return ""
    if found is None:
        return f"{path} was gone"
    if sha256(found.text) != known:
        return f"{path} was edited by hand"
    return f"{path} had other permissions" if found.text == file.text else ""


def _record(wanted: Wanted, present: Present, *, rewrite: bool) -> Iterator[Step]:
    found = present.record
    charon = charon_fingerprint(present, wanted.connections)
    expected = expected_record(wanted, present.guard, charon)
    if rewrite or found is None or found != expected or RECORD not in present.files:
        yield Step("record", RECORD)
