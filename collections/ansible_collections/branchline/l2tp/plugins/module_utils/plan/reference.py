# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of docs/intent.md, out of the code; run as a module with its path it renews them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan import algorithms, profiles, variables
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import PREFIX

PLACES = {
    # block of the document: the rows that stand there
    "lns": variables.LNS, "branches": variables.BRANCH, "gateways": variables.GATEWAY, "lacs": variables.LAC,
    "remotes": variables.REMOTE, "answerers": variables.ANSWERER, "callers": variables.CALLER,
    "clients": variables.CLIENT, "both": variables.ALL,
}  # fmt: skip
BLOCK = re.compile(r"(<!-- begin (?P<name>[a-z]+) -->\n).*?(<!-- end (?P=name) -->)", re.DOTALL)


def renewed(document: str) -> str:
    """The document with the text between each `<!-- begin NAME -->` and `<!-- end NAME -->` made anew."""
    made = tables()
    return BLOCK.sub(lambda block: f"{block[1]}{made[block['name']]}{block[3]}", document)


def tables() -> dict[str, str]:
    """Every table of the reference in Markdown, by name."""
    made = {name: _variables(row for row in variables.ROWS if row.where == where) for name, where in PLACES.items()}
    plays = [(f"`{PREFIX}{name}`", doc) for name, doc in variables.PLAYS.items()]
    return made | {
        "plays": _table(("Variable", "Meaning"), plays),
        "profiles": _profiles(),
        "algorithms": _algorithms(),
    }


def _variables(rows: Iterable[variables.Variable]) -> str:
    cells = [(f"`{PREFIX}{row.name}`", row.kind.name.replace("|", "\\|"), _default(row), row.doc) for row in rows]
    return _table(("Variable", "Type", "Default", "Meaning"), cells)


def _default(row: variables.Variable) -> str:
    if row.default is variables.REQUIRED:
        return "**required**"
    if row.value is None:
        return str(row.default).strip("<>")
    return f"`{_plain(row.value)}`"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(value)}]"
    return str(value)


def _profiles() -> str:
    def offers(proposals: Iterable[str]) -> str:
        return ", ".join(f"`{proposal}`" for proposal in proposals)

    rows = [(f"`{one.name}`", offers(one.ike), offers(one.esp), offers(one.ah)) for one in profiles.BUILT_IN.values()]
    return _table(("Profile", "IKE", "ESP", "AH"), rows)


def _algorithms() -> str:
    rows = [(f"`{row.keyword}`", row.kind, row.ike or "-", row.esp or "-") for row in algorithms.ROWS]
    return _table(("Algorithm", "Kind", "IKE (RFC 8247)", "ESP and AH (RFC 8221)"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(renewed(target.read_text(encoding="utf-8")), encoding="utf-8")
