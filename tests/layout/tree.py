"""The repository's files, as the layout tests look at them: tracked ones, and new ones that git does not ignore."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = ROOT / "collections/ansible_collections/branchline/l2tp"
ENGINE = COLLECTION / "engine/branchline"
TEXT_ELSEWHERE = {"LICENSE"}  # the licence: not our words


@cache
def files() -> tuple[Path, ...]:
    """Every file of the repository, sorted."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = {ROOT / name for name in listed.split("\0") if name}
    return tuple(sorted(p for p in paths if p.is_file() and not p.is_symlink() and p.name not in TEXT_ELSEWHERE))


@cache
def text(path: Path) -> str:
    """Contents of a file; empty for what is not text, and for what a test that runs beside this one has removed."""
    try:
        return path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, FileNotFoundError):
        return ""


@cache
def python() -> tuple[Path, ...]:
    """All our Python: by suffix, or by the first line of a script."""
    return tuple(p for p in files() if p.suffix == ".py" or (not p.suffix and "python" in text(p)[:40]))


@cache
def parsed(path: Path) -> ast.Module:
    """Syntax tree of a Python file."""
    return ast.parse(text(path), filename=str(path))


def name(path: Path) -> str:
    """A path as it is written in messages: relative to the repository."""
    return str(path.relative_to(ROOT))


def lines_matching(pattern: re.Pattern[str], paths: Iterable[Path]) -> list[str]:
    """Where a compiled pattern occurs: `path:line: text`."""
    return [
        f"{name(path)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(text(path).splitlines(), 1)
        if pattern.search(line)
    ]


def imported(path: Path, package: tuple[str, ...] = ()) -> Iterator[str]:
    """Dotted names that a file imports, relative ones made absolute from the package that the file lies in."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) + 1 - node.level] if node.level else ()
            base = [*start, *([node.module] if node.module else [])]
            yield from (".".join([*base, alias.name]) for alias in node.names)


def nothing(found: Iterable[object]) -> None:
    """Fail with everything that was found, unless nothing was."""
    listed = [str(each) for each in found]
    if listed:
        pytest.fail("\n".join([f"{len(listed)} found:", *listed]), pytrace=False)
