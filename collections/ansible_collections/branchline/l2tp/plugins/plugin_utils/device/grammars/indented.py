# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations of blocks by indentation, as Cisco IOS has them: `no LINE` takes a line away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.branchline.l2tp.plugins.plugin_utils.device.masking import PLACEHOLDER

JOIN = " | "
COMMENT = "!"

Tree = dict[str, Any]
"""Lines, each with the tree of the lines that are indented below it."""


def flatten(text: str, _rules: Mapping[str, Any]) -> list[str]:
    """Each line with those that it stands under before it, joined by ` | `."""
    return [JOIN.join(path) for path in _paths(tree(text), ())]


def _paths(found: Tree, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for line, below in found.items():
        yield (*above, line)
        yield from _paths(below, (*above, line))


def tree(text: str) -> Tree:
    """The blocks of a configuration."""
    root: Tree = {}
    stack: list[tuple[int, Tree]] = [(-1, root)]
    for raw in text.splitlines():
        line = raw.strip()
        if not line or line.startswith(COMMENT) or line in ("end", "exit"):
            continue
        depth = len(raw) - len(raw.lstrip())
        while stack[-1][0] >= depth:
            stack.pop()
        stack.append((depth, stack[-1][1].setdefault(line, {})))
    return root


def difference(before: str, after: str, rules: Mapping[str, Any]) -> list[str]:
    """Commands that lead from one configuration to the other: first what goes, in reverse order, then what comes."""
    old, new = tree(before), tree(after)
    return [*_removed(old, new, rules), *_added(old, new, rules)]


def _removed(old: Tree, new: Tree, rules: Mapping[str, Any]) -> list[str]:
    """`rules.shared` are blocks that are not Branchline's: only lines in them are taken away."""
    commands: list[str] = []
    for line, below in reversed(list(old.items())):
        shared = any(re.fullmatch(pattern, line) for pattern in rules.get("shared", ()))
        if line not in new and not shared:
            commands += negated(line, rules)
            continue
        inner = _removed(below, new.get(line, {}), rules)
        if inner:
            commands += [line, *inner, "exit"]
    return commands


def _added(old: Tree, new: Tree, rules: Mapping[str, Any]) -> list[str]:
    commands: list[str] = []
    for line, below in new.items():
        known = line in old
        inner = _added(old.get(line, {}), below, rules)
        if known and not inner:
            continue
        commands += [line, *inner, "exit"] if inner or _opens(line, rules) else [line]
    return commands


def _opens(line: str, rules: Mapping[str, Any]) -> bool:
    """Whether a line without any below it opens a block all the same."""
    return any(re.fullmatch(pattern, line) for pattern in rules.get("opens", ()))


def negated(line: str, rules: Mapping[str, Any]) -> list[str]:
    """What takes a line away: `no LINE`, or what the first fitting rule of `rules.negate` says (nothing, for "")."""
    for rule in rules.get("negate", ()):
        if re.fullmatch(rule["match"], line):
            made = re.sub(rule["match"], rule["with"], line)
            return [made] if made else []
    bare = PLACEHOLDER.sub("", line).strip()  # a device wants no secret told again that goes
    return [bare[3:]] if bare.startswith("no ") else [f"no {bare}"]


def without(text: str, marks: Iterable[str]) -> str:
    """The text less every line that has one of the marks, and what is below it."""
    kept, above = [], None
    for line in text.splitlines():
        depth = len(line) - len(line.lstrip())
        if above is not None and depth > above:
            continue
        above = depth if any(mark in line for mark in marks) else None
        kept += [] if above is not None else [line]
    return "".join(f"{line}\n" for line in kept)
