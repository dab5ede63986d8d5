"""docs/rfc.md: the code and the tests that it names exist, and each clause has them or a reason."""

from __future__ import annotations

import re

import pytest
from tree import ROOT

ENGINE = ROOT / "collections/ansible_collections/branchline/l2tp/engine"
ROWS = [
    [cell.strip() for cell in line.strip("|\n").split("|")]
    for line in (ROOT / "docs/rfc.md").read_text().splitlines()
    if re.match(r"\| \d", line)
]
NAMED = re.compile(r"`([^`]+)`")


def section(row):
    return [int(part) for part in row[0].split()[0].split(".")]


def test_the_clauses_are_in_the_rfcs_order():
    assert len(ROWS) > 60
    assert sorted(ROWS, key=section) == ROWS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1][:40]}")
def test_code_and_test_exist(row):
    _, _, code, tests = row
    assert NAMED.findall(code)
    for path in NAMED.findall(code):
        assert (ENGINE / "branchline" / path).is_file(), path
    assert NAMED.findall(tests) or tests.startswith("none: ")
    for name in NAMED.findall(tests):
        path, _, function = name.partition("::")
        assert f"\ndef {function}(" in (ENGINE / "tests" / path).read_text(), name
