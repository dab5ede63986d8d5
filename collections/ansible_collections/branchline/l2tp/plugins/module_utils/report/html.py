# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof as one self-contained page: no script, style, font or picture from elsewhere; all values escaped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.demand import RESTING

from . import topology_svg
from .evidence_join import FAILED, NOT_ASKED, counts
from .summary import MARKS, row
from .table import HEADINGS

try:
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup
except ImportError as error:
    MISSING: ImportError | None = error
else:
    MISSING = None

TEMPLATE = Path(__file__).with_name("page.html.j2")
CLASSES = {"proven": "ok", FAILED: "bad", NOT_ASKED: "unasked", RESTING: "unasked"}
RUNG_CLASSES = {True: "ok", False: "bad", None: "unasked"}
DETAILED = 300  # lines whose evidence is on the page; verify.json has it of all


def render(lines: list[dict[str, Any]], generated: str) -> str:
    """The page; `generated` is the time of the verification as text."""
    ordered = sorted(lines, key=lambda line: line["result"] != FAILED)
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(
        TEMPLATE.read_text(encoding="utf-8")
    ).render(
        generated=generated,
        counts=counts(lines),
        headings=HEADINGS,
        rows=[_row(line) for line in ordered],
        picture=Markup(topology_svg.render(lines)),  # noqa: S704 - every text in it is escaped where it is drawn
        drawn=min(len(lines), topology_svg.LARGEST),
        details=[_detail(line) for line in ordered[:DETAILED]],
    )


def _row(line: dict[str, Any]) -> dict[str, Any]:
    """The table's row; each rung's mark has a colour of its own."""
    *cells, _marks, result = vars(row(line)).values()
    marks = [{"mark": MARKS[rung["ok"]], "class": RUNG_CLASSES[rung["ok"]]} for rung in line["rungs"]]
    return {"cells": cells, "marks": marks, "result": result, "class": CLASSES[line["result"]]}


def _detail(line: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": line["name"],
        "class": CLASSES[line["result"]],
        "result": line["result"],
        "notes": line["notes"],
        "rungs": [_rung(rung, line["ends"]) for rung in line["rungs"]],
    }


def _rung(rung: dict[str, Any], ends: list[str]) -> dict[str, Any]:
    shown = [end for end in ends if end in rung["evidence"]]
    return {
        "number": rung["rung"],
        "name": rung["name"],
        "mark": MARKS[rung["ok"]],
        "class": RUNG_CLASSES[rung["ok"]],
        "said": [(end, what, rung["remedy"].get(end, "")) for end, what in rung["what"].items()],
        "ends": shown,
        "facts": compared({end: rung["evidence"][end] for end in shown}),
    }


def compared(evidence: dict[str, dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """Both ends' values side by side: (dotted name, one text for each end)."""
    flat = {end: dict(_flat(said)) for end, said in evidence.items()}
    names = dict.fromkeys(name for said in flat.values() for name in said)
    return [(name, [said.get(name, "") for said in flat.values()]) for name in names]


def _flat(value: Any, name: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in _flat(inner, f"{name}.{key}" if name else str(key))]
    if isinstance(value, (list, tuple)):
        return [(name, ", ".join(map(str, value)))]
    return [] if value is None else [(name, str(value))]
