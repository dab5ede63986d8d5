# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof as JUnit XML: a line is a test suite, a rung is a test case, what nobody asked is skipped."""

from __future__ import annotations

import json
from typing import Any

try:
    from junitparser import Failure, JUnitXml, Skipped, TestCase, TestSuite
except ImportError as error:
    MISSING: ImportError | None = error
else:
    MISSING = None


def render(lines: list[dict[str, Any]]) -> bytes:
    """The XML document."""
    document = JUnitXml("branchline")
    for line in lines:
        # Not add_testsuite(): it looks through all suites that are there, which takes minutes for 10,000 lines.
        document.append(_suite(line))  # type: ignore[no-untyped-call]  # the library is typed in part
    document.update_statistics()  # type: ignore[no-untyped-call]  # the same
    return bytes(document.tostring())  # type: ignore[no-untyped-call]  # the same


def _suite(line: dict[str, Any]) -> TestSuite:
    suite = TestSuite(line["name"])
    suite.add_property("ends", ", ".join(line["ends"]))
    suite.add_property("result", line["result"])
    if line.get("standby"):
        suite.add_property("standby", line["standby"])
    for note in line["notes"]:
        suite.add_property("note", note)
    for rung in line["rungs"]:
        suite.add_testcase(_case(line["name"], rung))
    return suite


def _case(name: str, rung: dict[str, Any]) -> TestCase:
    case = TestCase(f"rung {rung['rung']}: {rung['name']}", classname=name)
    case.system_out = json.dumps(rung["evidence"], indent=1, ensure_ascii=False, sort_keys=True)
    if rung["ok"] is None:
        case.result = [Skipped("not asked")]
    elif not rung["ok"]:
        failure = Failure("; ".join(f"{end}: {what}" for end, what in rung["what"].items()), "rung")
        failure.text = "\n".join(f"{end}: {remedy}" for end, remedy in rung["remedy"].items())
        case.result = [failure]
    return case
