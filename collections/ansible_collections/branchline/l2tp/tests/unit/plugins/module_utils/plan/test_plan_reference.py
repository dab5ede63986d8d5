"""docs/intent.md says what the table of variables says, and the typed hosts have just these fields."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.plan import intent, kinds, reference, variables

COLLECTION = Path(__file__).resolve().parents[5]
DOCUMENT = COLLECTION / "docs/intent.md"


def test_the_document_is_up_to_date():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == reference.renewed(text)


def test_the_document_has_every_variable():
    named = set(re.findall(r"^\| `branchline_(\w+)`", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE))
    assert named == variables.KNOWN


def test_every_table_is_in_the_document():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [name for name in reference.tables() if f"<!-- begin {name} -->\n" not in text] == []


SHAPES = [
    (intent.Lns, variables.LNS),
    (intent.Branch, variables.BRANCH),
    (intent.Gateway, variables.GATEWAY),
    (intent.Lac, variables.LAC),
    (intent.Remote, variables.REMOTE),
]


@pytest.mark.parametrize(("shape", "role"), SHAPES)
def test_a_host_has_the_fields_of_its_rows(shape, role):
    fields = {field.name for field in dataclasses.fields(shape)}
    assert fields == {*variables.OF[role], "name"}


@pytest.mark.parametrize("row", variables.ROWS, ids=lambda row: row.name)
def test_a_row_is_whole(row):
    assert row.doc.endswith(".")
    assert row.where in variables.ROLES
    if row.value not in (None, {}, ()):
        given = list(row.value) if isinstance(row.value, tuple) else row.value
        assert row.kind.read(given) == row.value


READ = [
    (kinds.BOOLEAN, "yes", True),
    (kinds.BOOLEAN, "False", False),
    (kinds.integer(1, 9), "3", 3),
    (kinds.integer(1, 9), 3, 3),
    (kinds.SECRET, "hunter2", True),
    (kinds.choices("a", "b"), ["b", "a"], ("b", "a")),
    (kinds.IDENTIFIER, "C=CH, O=Example, CN=oslo", "C=CH, O=Example, CN=oslo"),
]


@pytest.mark.parametrize(("kind", "value", "read"), READ)
def test_what_an_ini_inventory_can_only_write_as_text(kind, value, read):
    assert kind.read(value) == read
