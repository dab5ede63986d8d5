"""Nothing of PPP knows a socket, a clock, dice or a logger; and MS-CHAPv2's algorithms are loaded when needed only."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import branchline

FORBIDDEN = {"socket", "time", "random", "asyncio", "logging", "os", "secrets", "datetime", "threading", "select"}
ROOT = Path(branchline.__file__).parent
WIRE = ("ppp", "ppp_options", "chap", "pap", "mschap", "md4des")
FILES = [*ROOT.glob("ppp/*.py"), *(ROOT / "wire" / f"{name}.py" for name in WIRE)]


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def test_imports():
    for path in FILES:
        names = set(imported(path))
        assert not {name.split(".")[0] for name in names} & FORBIDDEN, path
        allowed = ("branchline.wire", "branchline.errors", *(["branchline.ppp"] if path.parent.name == "ppp" else []))
        assert all(name.startswith(allowed) for name in names if name.startswith("branchline")), path


def test_passlib_is_loaded_by_its_one_user_only():
    script = "import sys, branchline.ppp.link; assert not [name for name in sys.modules if name.startswith('passlib')]"
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True, cwd=ROOT.parent)
    users = [path.name for path in ROOT.rglob("*.py") if any(name.startswith("passlib") for name in imported(path))]
    assert users == ["md4des.py"]
