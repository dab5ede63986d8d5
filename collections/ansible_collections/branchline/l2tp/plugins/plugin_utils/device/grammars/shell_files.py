# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations that are files of a host without Python: each is written by the shell, as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

HEAD = re.compile(r"@@ (?P<path>/\S+) (?P<mode>[0-7]{4})")
PEM = re.compile(r"/etc/swanctl/(x509|x509ca|private)/.*")
LINE_END = "\x1f"
"""Stands for the end of a line in a file that is one value."""
END = "BRANCHLINE_END"
JOIN = " | "
COMMENT = re.compile(r"#(?! branchline )")  # ours say what the programs' own words do not


def files(text: str) -> dict[str, tuple[str, str]]:
    """(mode, content) of each file by its path, of a document with a line `@@ PATH MODE` before each file."""
    found: dict[str, tuple[str, list[str]]] = {}
    current: list[str] = []
    for line in text.splitlines():
        head = HEAD.fullmatch(line.rstrip("\r"))
        if head:
            current = []
            found[head["path"]] = (head["mode"], current)
        else:
            current.append(line.rstrip("\r"))
    return {path: (mode, "".join(f"{line}\n" for line in lines)) for path, (mode, lines) in found.items()}


def flatten(text: str, _rules: Mapping[str, Any]) -> list[str]:
    """`PATH | section | ... | line` for each line of each file; sections are those of braces and of brackets.

    A certificate or a key is one line, whatever it has.
    """
    return [line for path, (_mode, content) in files(text).items() for line in _lines(path, content)]


def _lines(path: str, content: str) -> Iterator[str]:
    if PEM.fullmatch(path):
        yield JOIN.join([path, content.strip().replace("\n", LINE_END)])
        return
    sections: list[str] = [path]
    for raw in content.splitlines():
        line = raw.strip()
        if not line or COMMENT.match(line):
            continue
        if line.endswith("{"):
            sections.append(line[:-1].strip())
        elif line == "}":
            sections.pop()
        elif line.startswith("[") and line.endswith("]"):
            sections = [path, line[1:-1]]
        else:
            yield JOIN.join([*sections, line])


def difference(before: str, after: str, rules: Mapping[str, Any]) -> list[str]:
    """Shell commands: files that go, files that come or change, and what `rules.reload` says for those touched."""
    old, new = files(before), files(after)
    gone = [path for path in old if path not in new]
    changed = [path for path, own in new.items() if old.get(path) != own]
    commands = [f"rm -f {path}" for path in gone] + [_written(path, *new[path]) for path in changed]
    return [*commands, *_reloads([*gone, *changed], rules)]


def _written(path: str, mode: str, content: str) -> str:
    """One command of several lines: a new file that takes the place of the old one at once."""
    folder = path.rpartition("/")[0]
    fresh = f"{path}.branchline"
    start = f"mkdir -p {folder} && umask 077 && cat > {fresh} <<'{END}' && chmod {mode} {fresh} && mv {fresh} {path}"
    return f"{start}\n{content}{END}"


def _reloads(touched: Iterable[str], rules: Mapping[str, Any]) -> list[str]:
    touched = list(touched)
    wanted = [
        rule["run"] for rule in rules.get("reload", ()) if any(re.fullmatch(rule["match"], path) for path in touched)
    ]
    return list(dict.fromkeys(wanted))


def without(text: str, _marks: Iterable[str]) -> str:
    """The text as it is: a file is written as a whole."""
    return text
