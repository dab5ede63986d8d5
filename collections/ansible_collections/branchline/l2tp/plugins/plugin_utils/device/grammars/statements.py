# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations of `set` statements, as VyOS has them: `delete PATH` takes a node away."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.branchline.l2tp.plugins.plugin_utils.device.masking import PLACEHOLDER


def flatten(text: str, _rules: Mapping[str, Any]) -> list[str]:
    """Each statement's words, unquoted, without the verb; a value with spaces keeps them."""
    return [" ".join(words) for words in _statements(text)]


def _statements(text: str) -> list[tuple[str, ...]]:
    lines = [line.strip() for line in text.splitlines()]
    return [tuple(shlex.split(line)[1:]) for line in lines if line.startswith("set ")]


def difference(before: str, after: str, rules: Mapping[str, Any]) -> list[str]:
    """Commands that lead from one configuration to the other; a node that loses all it has goes as a whole.

    `rules.kept` are statements that stay.
    """
    old, new = _statements(before), _statements(after)
    kept = rules.get("kept", ())
    gone = [" ".join(words) for words in old if words not in set(new)]
    gone = [line for line in gone if not any(re.fullmatch(pattern, line) for pattern in kept)]
    staying = [" ".join(words) for words in new]
    deleted = dict.fromkeys(_node(line, staying, rules) for line in gone)
    added = dict.fromkeys(words for words in new if words not in set(old))
    return [*(f"delete {path}" for path in deleted), *(f"set {_quoted(words)}" for words in added)]


def _node(line: str, staying: list[str], rules: Mapping[str, Any]) -> str:
    """The highest of `rules.nodes` above a line of which nothing stays, else the line itself."""
    for pattern in rules.get("nodes", ()):
        found = re.match(rf"{pattern}(?= |$)", line)
        if found and not any(f"{other} ".startswith(f"{found[0]} ") for other in staying):
            return found[0]
    return PLACEHOLDER.sub("", line).strip()


def _quoted(words: Iterable[str]) -> str:
    return " ".join(word if re.fullmatch(r"[\w./:@-]+", word, re.ASCII) else f"'{word}'" for word in words)


def without(text: str, marks: Iterable[str]) -> str:
    """The text less every statement that has one of the marks."""
    return "".join(f"{line}\n" for line in text.splitlines() if not any(mark in line for mark in marks))
