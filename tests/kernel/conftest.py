"""Tests inside the user-mode kernel: `make test-kernel`, or `python -m lab.uml test tests/kernel/test_lines.py`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "collections")]


def pytest_configure(config):
    """Refuse to make hosts on this machine's own kernel."""
    if "-branchline" not in os.uname().release:
        raise pytest.UsageError("these tests run inside the user-mode kernel: make test-kernel")
