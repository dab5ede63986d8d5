# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A drawing of the lines: branches on the left, the NATs, gateways and LACs between, LNSs on the right."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.demand import RESTING

from .evidence_join import FAILED, NOT_ASKED

BOX_WIDTH, BOX_HEIGHT, PITCH, TOP = 190, 50, 72, 24
COLUMNS = {"branch": 10, "nat": 345, "lns": 680}
WIDTH = COLUMNS["lns"] + BOX_WIDTH + 10
LARGEST = 40  # lines drawn; the others are counted
CLASSES = {"proven": "ok", FAILED: "bad", NOT_ASKED: "unasked", RESTING: "unasked"}


@dataclass(frozen=True)
class Box:
    """A host or a NAT at its place; `key` tells it from others."""

    key: str
    kind: str
    title: str
    subtitle: str
    y: float

    @property
    def x(self) -> int:
        """Its column's left edge."""
        return COLUMNS[self.kind]

    @property
    def middle(self) -> float:
        """Where lines touch it."""
        return self.y + BOX_HEIGHT / 2


@dataclass(frozen=True)
class Link:
    """A line's way: from its branch, by a NAT or not, to its LNS."""

    name: str
    result: str
    branch: str
    nat: str | None
    lns: str
    subtitle: str
    between: str  # what the box between is called: a NAT, or the gateway or LAC that carries the line on
    lns_subtitle: str


def links(lines: list[dict[str, Any]]) -> list[Link]:
    """What to draw: failed lines first when there are too many; neighbours behind one NAT beside each other."""
    ordered = sorted(lines, key=lambda line: line["result"] != FAILED)[:LARGEST]
    return sorted(map(_link, ordered), key=lambda link: (link.lns, link.nat or "", link.name))


def _link(line: dict[str, Any]) -> Link:
    branch, lns = line["ends"][0], line["ends"][-1]
    ike, session = line["rungs"][1]["evidence"], line["rungs"][3]["evidence"]
    here, there = ike.get(branch, {}), ike.get(lns, {})
    inner: dict[str, Any] = next((said for said in session.values() if said.get("address")), {})
    own = here.get("local", {}).get("address", "")
    carried = line["ends"][1] if len(line["ends"]) > 2 else None
    return Link(
        name=line["name"],
        result=line["result"],
        branch=branch,
        nat=carried or _nat(own, there.get("remote", {})),
        between=carried or "NAT",
        lns=lns,
        subtitle=" · ".join(text for text in (own, inner.get("address", "")) if text),
        lns_subtitle=" · ".join(text for text in (_outer(here, there), inner.get("peer_address") or "") if text),
    )


def _nat(own: str, seen: dict[str, Any]) -> str | None:
    """The address that the LNS sees, if it is not the branch's own."""
    address = seen.get("address")
    return str(address) if own and address and address != own else None


def _outer(here: dict[str, Any], there: dict[str, Any]) -> str:
    return str(there.get("local", {}).get("address") or here.get("remote", {}).get("address") or "")


def _column(entries: dict[str, list[int]]) -> dict[str, float]:
    """Each entry at the middle of the rows that it serves, but below the one before."""
    places: dict[str, float] = {}
    lowest = float(TOP)
    for key, rows in sorted(entries.items(), key=lambda item: sum(item[1]) / len(item[1])):
        wanted = TOP + PITCH * sum(rows) / len(rows)
        places[key] = max(wanted, lowest)
        lowest = places[key] + PITCH
    return places


def boxes(drawn: list[Link]) -> dict[str, Box]:
    """All boxes by "kind name"."""
    rows: dict[str, dict[str, list[int]]] = {"branch": {}, "nat": {}, "lns": {}}
    words: dict[str, tuple[str, str]] = {}
    places = {name: place for place, name in enumerate(dict.fromkeys(link.branch for link in drawn))}
    for link in drawn:
        for kind, name, subtitle in (
            ("branch", link.branch, link.subtitle),
            ("nat", link.nat, f"seen as {link.nat}" if link.between == "NAT" else "carries on"),
            ("lns", link.lns, link.lns_subtitle),
        ):
            if name is not None:
                rows[kind].setdefault(name, []).append(places[link.branch])
                key = f"{kind} {name}"
                words[key] = (link.between if kind == "nat" else name, words.get(key, ("", ""))[1] or subtitle)
    found = [
        Box(f"{kind} {name}", kind, *words[f"{kind} {name}"], y)
        for kind, entries in rows.items()
        for name, y in _column(entries).items()
    ]
    return {box.key: box for box in found}


def _curve(start: Box, end: Box) -> str:
    """Straight beside the column of NATs where there is none in the way, then over to the other box."""
    left, right = start.x + BOX_WIDTH, end.x
    past = COLUMNS["nat"] + BOX_WIDTH if start.kind == "branch" and end.kind == "lns" else left
    bend, above, below = (right - past) / 2, f"{start.middle:.1f}", f"{end.middle:.1f}"
    return f"M{left},{above} L{past},{above} C{past + bend:.1f},{above} {right - bend:.1f},{below} {right},{below}"


def _path(link: Link, known: dict[str, Box]) -> str:
    stops = [known[f"branch {link.branch}"]]
    stops += [known[f"nat {link.nat}"]] if link.nat else []
    stops += [known[f"lns {link.lns}"]]
    curves = " ".join(_curve(start, end) for start, end in zip(stops, stops[1:]))
    title = f"<title>{escape(link.name)}: {escape(link.result)}</title>"
    return f'<path class="line {CLASSES[link.result]}" d="{curves}">{title}</path>'


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _box(box: Box) -> str:
    middle, name_y = box.x + BOX_WIDTH / 2, box.y + (21 if box.subtitle else 30)
    return (
        f'<g class="{box.kind}"><title>{escape(box.title)} {escape(box.subtitle)}</title>'
        f'<rect x="{box.x}" y="{box.y:.1f}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="8"/>'
        f'<text class="name" x="{middle}" y="{name_y:.1f}">{escape(_cut(box.title, 22))}</text>'
        f'<text class="address" x="{middle}" y="{box.y + 38:.1f}">{escape(_cut(box.subtitle, 30))}</text></g>'
    )


def render(lines: list[dict[str, Any]]) -> str:
    """The <svg> element; its colours are the page's classes ok, bad and unasked."""
    drawn = links(lines)
    known = boxes(drawn)
    height = max((box.y + BOX_HEIGHT for box in known.values()), default=0) + TOP
    parts = [_path(link, known) for link in drawn] + [_box(box) for box in known.values()]
    label = f"{len(drawn)} lines from their branches to their LNS"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{label}">'
    )
    return head + "".join(parts) + "</svg>"
