# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof as a textfile for Prometheus' node exporter: who is proven, and each rung. What nobody asked is absent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .evidence_join import UNJUDGED


def label(text: str) -> str:
    """A label's value, quoted by the exposition format's rules."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def render(lines: list[dict[str, Any]], generated: float) -> str:
    """The textfile; `generated` is the time of the verification in seconds since the epoch."""
    return "".join(
        f"{line}\n" for line in _lines([line for line in lines if line["result"] not in UNJUDGED], generated)
    )


def _lines(lines: list[dict[str, Any]], generated: float) -> Iterator[str]:
    yield "# HELP branchline_line_proven Whether all rungs of the line that were climbed hold."
    yield "# TYPE branchline_line_proven gauge"
    for line in lines:
        yield f"branchline_line_proven{{line={label(line['name'])}}} {int(line['proven'])}"
    yield "# HELP branchline_line_rung_ok Whether the rung of the line holds."
    yield "# TYPE branchline_line_rung_ok gauge"
    for line in lines:
        for rung in line["rungs"]:
            if rung["ok"] is not None:
                yield f'branchline_line_rung_ok{{line={label(line["name"])},rung="{rung["rung"]}"}} {int(rung["ok"])}'
    several = [line for line in lines if len(line.get("lnss", ())) > 1]
    if several:
        yield "# HELP branchline_line_on_standby Whether a line with several LNSs is on another than its own."
        yield "# TYPE branchline_line_on_standby gauge"
    for line in several:
        labels = f"line={label(line['name'])},lns={label(line['ends'][-1])}"
        yield f"branchline_line_on_standby{{{labels}}} {int(line['standby'] is not None)}"
    yield "# HELP branchline_verified_timestamp_seconds When the lines were verified."
    yield "# TYPE branchline_verified_timestamp_seconds gauge"
    yield f"branchline_verified_timestamp_seconds {generated:.0f}"
