# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a device shows about a line, read by the tables of its package: which commands to ask, and what to find in them.

A check of verify.yml is `{command, for, find, find_all, textfsm, take, records}`. `find` has a pattern with one group
for each field, `find_all` for each list; `textfsm` names a template of the package or of ntc-templates, of whose first
record `take` gets fields, and `records` lists of texts with `{column}` of all. In commands `{name}` stands for a field
of the line, in patterns `<name>` does, quoted; there it may also be a field that an earlier check has found.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ansible_collections.branchline.l2tp.plugins.plugin_utils.device.package import Package

try:
    import textfsm
except ImportError as error:
    MISSING: ImportError | None = error
else:
    MISSING = None

AFTER = "after"
"""The check with this name asks again what the check of its `again` has asked."""

Check = Mapping[str, Any]
Fields = Mapping[str, str]
Values = dict[str, Any]


class ReadError(ValueError):
    """An answer that cannot be read: which check, and why."""


def commands(checks: Mapping[str, Check], fields: Fields, lists: Mapping[str, list[str]]) -> dict[str, str]:
    """Every command by its key, in their order; a check `for` a list is one command for each item: `ping 10.0.0.1`."""
    found: dict[str, str] = {}
    for name, check in checks.items():
        command = str(checks[check["again"]]["command"] if "again" in check else check["command"])
        for item in lists[check["for"]] if "for" in check else [""]:
            found[f"{name} {item}".strip()] = _put(command, {**fields, "item": item})
    return found


def _put(template: str, fields: Fields) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: fields[found[1]], template)


def read(package: Package, name: str, checks: Mapping[str, Check], fields: Fields, said: str) -> Values:
    """The fields that a check finds in an answer; what is not there is left out. Raises ReadError."""
    check = checks[checks[name]["again"]] if "again" in checks[name] else checks[name]
    text = said.replace("\r", "")
    found: Values = {}
    for key, pattern in check.get("find", {}).items():
        hit = re.search(_quoted(pattern, fields), text, re.MULTILINE)
        if hit:
            found[key] = hit[1]
    for key, pattern in check.get("find_all", {}).items():
        found[key] = re.findall(_quoted(pattern, fields), text, re.MULTILINE)
    if "textfsm" in check:
        found |= _taken(check, _records(package, check["textfsm"], text))
    return found


def _quoted(pattern: str, fields: Fields) -> str:
    return re.sub(r"<(\w+)>", lambda hit: re.escape(fields[hit[1]]) if hit[1] in fields else hit[0], pattern)


def _taken(check: Check, records: list[dict[str, Any]]) -> Values:
    found: Values = {}
    for key, column in check.get("take", {}).items():
        if records and records[0].get(column):
            found[key] = records[0][column]
    for key, columns in check.get("records", {}).items():
        found[key] = [[_put(column, record) for column in columns] for record in records]
    return found


def _records(package: Package, name: str, text: str) -> list[dict[str, Any]]:
    """What a TextFSM template makes of a text: a mapping of lower-case columns for each record."""
    if MISSING is not None:
        raise ReadError("the Python that runs Ansible lacks textfsm: install what requirements.txt says")
    template = next((path for path in _places(package, name) if path.is_file()), None)
    if template is None:
        raise ReadError(f"there is no TextFSM template {name}: install what requirements.txt says")
    try:
        machine = textfsm.TextFSM(io.StringIO(template.read_text(encoding="utf-8")))
        rows = machine.ParseText(text)
    except textfsm.TextFSMError as error:
        raise ReadError(f"{name} cannot read the answer: {error}") from error
    return [dict(zip((column.lower() for column in machine.header), row)) for row in rows]


def _places(package: Package, name: str) -> Iterator[Path]:
    yield from (folder / f"{name}.textfsm" for folder in package.folders)
    spec = find_spec("ntc_templates")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        yield Path(folder) / "templates" / f"{name}.textfsm"
