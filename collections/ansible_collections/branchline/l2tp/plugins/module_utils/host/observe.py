# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is on a host, read without changing anything."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ansible_collections.branchline.l2tp.plugins.module_utils.control import EngineAbsentError, EngineError
from ansible_collections.branchline.l2tp.plugins.module_utils.host.machine import CommandError, Machine
from ansible_collections.branchline.l2tp.plugins.module_utils.host.model import (
    OWNED,
    POLICIES,
    RECORD,
    Present,
    Record,
    sha256,
)
from ansible_collections.branchline.l2tp.plugins.module_utils.render.guard import TABLE
from ansible_collections.branchline.l2tp.plugins.module_utils.render.policies import LIST, PRIORITY


def observe(host: Machine, paths: Iterable[str] = ()) -> Present:
    """The host as it is; `paths` are files to look at besides those that Branchline is known to own."""
    record = kept_record(host)
    looked_at = {RECORD, *OWNED, *paths, *(record.files if record else ())}
    files = {path: file for path in sorted(looked_at) if (file := host.read(path))}
    return Present(
        files=files,
        record=record,
        guard=guard(host),
        policies=policies(host) if POLICIES in files else 0,
        charon=charon(host),
        sas=host.sas(),
        engine=engine(host),
    )


def kept_record(host: Machine) -> Record | None:
    """What was applied last; None when nothing was, or when the record is damaged."""
    file = host.read(RECORD)
    return Record.parse(file.text) if file else None


def guard(host: Machine) -> str | None:
    """Fingerprint of the guard's table as the kernel holds it, without its counters."""
    try:
        return sha256(host.run("nft", "--stateless", "list", "table", "inet", TABLE))
    except CommandError:
        return None


def policies(host: Machine) -> int:
    """How many of our XFRM policies the kernel has."""
    try:
        return host.run(*LIST).count(f" priority {PRIORITY} ")
    except CommandError:
        return 0


def charon(host: Machine) -> dict[str, str] | None:
    """Fingerprint of each of charon's connections."""
    connections = host.connections()
    if connections is None:
        return None
    return {name: sha256(json.dumps(value, sort_keys=True)) for name, value in connections.items()}


def engine(host: Machine) -> str | None:
    """SHA-256 of the configuration that the engine runs."""
    try:
        return str(host.engine("status").get("config_sha256"))
    except (EngineAbsentError, EngineError):
        return None
