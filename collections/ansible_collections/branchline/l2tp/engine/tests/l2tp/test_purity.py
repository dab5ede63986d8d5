"""wire/ and l2tp/ know no socket, clock, chance, loop or log, and import one way only: wire <- l2tp."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import branchline

ROOT = Path(branchline.__file__).parent
FORBIDDEN = {"socket", "time", "random", "asyncio", "logging", "os", "threading", "select", "secrets", "datetime"}
MAY_IMPORT = {"wire": {"wire", "errors"}, "l2tp": {"wire", "l2tp", "errors"}}
FILES = [path for package in MAY_IMPORT for path in sorted((ROOT / package).glob("*.py"))]


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_imports(path):
    for name in imported(path):
        top, _, rest = name.partition(".")
        assert top not in FORBIDDEN
        if top == "branchline":
            assert rest.split(".")[0] in MAY_IMPORT[path.parent.name]
