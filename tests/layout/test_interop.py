"""docs/interop.md: every row names a test that exists, every test of a foreign peer has a row."""

from __future__ import annotations

import re

from tree import ROOT, nothing, parsed, text

DOCUMENT = ROOT / "docs/interop.md"
ROW = re.compile(r"^\|.*\| `(?P<file>tests/(?:interop|kernel)/test_\w+\.py)(?:::(?P<test>\w+))?` \|$", re.MULTILINE)
FOREIGN = re.compile(r"from (?:foreign|l2tpns|xl2tpd) import|def \w+\([^)]*\b(?:l2tpns|xl2tpd)\b", re.MULTILINE)


def rows():
    """Each row's file and test, which may be None for all of the file's."""
    return [(ROOT / match["file"], match["test"]) for match in ROW.finditer(text(DOCUMENT))]


def missing(path, test):
    if not path.exists():
        return True
    return test is not None and test not in {getattr(node, "name", "") for node in parsed(path).body}


def test_every_row_is_run():
    """CI runs all of tests/interop and tests/kernel, see tests/run."""
    assert len(rows()) == sum(line.startswith("| ") for line in text(DOCUMENT).splitlines()) - 1 > 0
    nothing([f"{path.name}::{test}" for path, test in rows() if missing(path, test)])


def test_every_test_of_a_foreign_peer_has_a_row():
    known = {path for path, _ in rows()}
    tests = [path for folder in ("interop", "kernel") for path in sorted((ROOT / "tests" / folder).glob("test_*.py"))]
    nothing([path.name for path in tests if FOREIGN.search(text(path)) and path not in known])
