# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations of objects with properties, as RouterOS prints them with `/export terse`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

PROPERTY = re.compile(r'([\w.-]+)=("(?:[^"\\]|\\.)*"|\S*)')
STATEMENT = re.compile(r"(/[a-z0-9 -]+?) (add|set) (.*)")
SET = "set"

Objects = dict[tuple[str, str], dict[str, str]]
"""Properties of each object by (menu, identity); the identity of a menu that is one object is empty."""


def flatten(text: str, rules: Mapping[str, Any]) -> list[str]:
    """`/menu [identity] property value` for each property of each object."""
    found = objects(text, rules)
    return [f"{menu} [{name}] {key} {value}" for (menu, name), own in found.items() for key, value in own.items()]


def objects(text: str, rules: Mapping[str, Any]) -> Objects:
    """The objects of an export; `rules.identity` names the property that tells those of a menu apart, else `name`."""
    found: Objects = {}
    for menu, verb, rest in _statements(text):
        own = {key: _unquoted(value) for key, value in PROPERTY.findall(rest)}
        name = "" if verb == SET else own.get(rules.get("identity", {}).get(menu, "name"), "")
        if verb == SET or name:
            found.setdefault((menu, name), {}).update(own)
    return found


def _statements(text: str) -> Iterator[tuple[str, str, str]]:
    joined = re.sub(r"\\\r?\n\s*", "", text)  # an export breaks long lines
    menu = ""
    for raw in joined.splitlines():
        line = raw.strip()
        if line.startswith("/") and not STATEMENT.fullmatch(line):
            menu = line
            continue
        found = STATEMENT.fullmatch(line if line.startswith("/") else f"{menu} {line}")
        if found:
            yield found[1], found[2], found[3]


def difference(before: str, after: str, rules: Mapping[str, Any]) -> list[str]:
    """Commands that lead from one configuration to the other: what goes in reverse order, then changes, then news."""
    old, new = objects(before, rules), objects(after, rules)
    gone = [_removed(key, rules) for key in reversed(list(old)) if key not in new]
    return [*(one for one in gone if one), *_changes(old, new, rules)]


def _removed(key: tuple[str, str], rules: Mapping[str, Any]) -> str:
    menu, name = key
    if name:
        return f"{menu} remove {_find(key, rules)}"
    reset = rules.get("reset", {}).get(menu)
    return f"{menu} set {reset}" if reset else ""


def _changes(old: Objects, new: Objects, rules: Mapping[str, Any]) -> Iterator[str]:
    for key, own in new.items():
        menu, identity = key
        if key not in old and identity:
            yield f"{menu} add {_properties(own)}"
            continue
        changed = {name: value for name, value in own.items() if old.get(key, {}).get(name) != value}
        unset = [name for name in old.get(key, {}) if name not in own]
        if changed or unset:
            target = [_find(key, rules)] if identity else []
            yield " ".join(
                [f"{menu} set", *target, *filter(None, [_properties(changed)]), *(f"!{name}" for name in unset)]
            )


def _find(key: tuple[str, str], rules: Mapping[str, Any]) -> str:
    menu, name = key
    return f'[find {rules.get("identity", {}).get(menu, "name")}="{name}"]'


def _properties(own: Mapping[str, str]) -> str:
    return " ".join(f"{key}={_quoted(value)}" for key, value in own.items())


def _quoted(value: str) -> str:
    if re.fullmatch(r"[\w./:,@-]+", value, re.ASCII):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def without(text: str, marks: Iterable[str]) -> str:
    """The text less every property that has one of the marks."""
    made = []
    for line in text.splitlines():
        kept = PROPERTY.sub(lambda found: "" if any(mark in found[2] for mark in marks) else found[0], line)
        made.append(re.sub(r" {2,}", " ", kept).rstrip() if kept != line else line)
    return "".join(f"{line}\n" for line in made)
