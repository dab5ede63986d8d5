"""What must not stand in any file, and what must stand beside every exception."""

from __future__ import annotations

import re

import yaml
from tree import COLLECTION, ROOT, files, lines_matching, name, nothing, python, text

MARKER = re.compile(r"\b(TO" r"DO|FIX" r"ME|X{3})\b")
PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE" r" KEY-----\S*[A-Za-z0-9+/]{20}|^[A-Za-z0-9+/]{64}$")
THIS_CHECKOUT = re.compile(rf"(?<![\w./-]){re.escape(str(ROOT))}(?![\w.-])")
EXCEPTION = re.compile(r"#\s*(noqa|type:\s*ignore|nosec|pylint:\s*disable)")
BARE = re.compile(r"#\s*(noqa(?!: [A-Z])|type:\s*ignore(?!\[))")
CODES = re.compile(r"#\s*(noqa:[ A-Z0-9,]+\b|type:\s*ignore\[[\w, -]*\]|nosec|pylint:\s*disable=[\w,-]+)")


def test_no_markers_of_unfinished_work():
    nothing(lines_matching(MARKER, files()))


def test_no_private_keys():
    nothing(lines_matching(PRIVATE_KEY, files()))


def test_no_file_knows_where_this_checkout_lies():
    nothing(lines_matching(THIS_CHECKOUT, files()))


def reasoned(path, number):
    """Does the exception on a line, or the comment above it, say why?"""
    rows = text(path).splitlines()
    remark = CODES.sub("", rows[number - 1][rows[number - 1].index("#") :]).strip(" #-:")
    above = rows[number - 2].strip() if number > 1 else ""
    return len(remark.split()) > 1 or above.startswith("#")


def test_every_exception_names_its_rule_and_its_reason():
    found = [
        (path, number, line)
        for path in python()
        for number, line in enumerate(text(path).splitlines(), 1)
        if EXCEPTION.search(line) and path.name != "test_text.py"
    ]
    wrong = [f"{name(p)}:{n}: {line.strip()}" for p, n, line in found if BARE.search(line) or not reasoned(p, n)]
    nothing(wrong)


def test_every_rule_switched_off_has_its_reason():
    rows = text(ROOT / "pyproject.toml").splitlines()
    exceptions = [row for row in rows if re.match(r'\s+"[A-Z]+\d*",', row) or re.match(r'"[^"]*\*[^"]*" = \[', row)]
    assert exceptions
    nothing([row for row in exceptions if "#" not in row])


def test_sanity_overlooks_two_rules_of_style_alone():
    """Those that tests/sanity_ignores writes down."""
    rows = [row for path in sorted((COLLECTION / "tests/sanity").glob("ignore*")) for row in text(path).splitlines()]
    nothing(row for row in rows if " pep8:E241 # " not in row and " pylint:disallowed-name # " not in row)


def test_every_yaml_file_loads():
    for path in files():
        if path.suffix in {".yml", ".yaml"} and "!" not in text(path):
            assert list(yaml.safe_load_all(text(path))), name(path)
