"""Lines with several LNSs in the reports: proven where they are, with the reason; failed where nobody has them."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.rung import NAMES
from ansible_collections.branchline.l2tp.plugins.module_utils.report import html, junit, prometheus, table, topology_svg
from ansible_collections.branchline.l2tp.plugins.module_utils.report.evidence_join import Answer, failures, join

LINE: dict[str, Any] = {
    "name": "oslo-lns1", "kind": "voluntary", "lns": "lns1", "ends": ["oslo", "lns1"], "managed": {},
    "hops": [{"name": "oslo-lns1", "ends": ["oslo", "lns1"]}], "preference": 10,
    "standby": [{"lns": "lns2", "ends": ["oslo", "lns2"], "managed": {}, "preference": 20,
                 "hops": [{"name": "oslo-lns1-lns2", "ends": ["oslo", "lns2"]}]}],
}  # fmt: skip
MULTIHOP: dict[str, Any] = {
    "name": "bergen-lns1", "kind": "multihop", "lns": "lns1", "ends": ["bergen", "gw1", "lns1"], "managed": {},
    "hops": [{"name": "gw1-lns1", "ends": ["gw1", "lns1"]}], "preference": 10,
    "standby": [{"lns": "lns2", "ends": ["bergen", "gw1", "lns2"], "managed": {}, "preference": 20,
                 "hops": [{"name": "gw1-lns2", "ends": ["gw1", "lns2"]}]}],
}  # fmt: skip
DOWN = "the line is down, not open"
SILENT = "the engine does not answer: no such socket"
GONE = "lns1 is unreachable: timed out"


def answer(
    name: str, by: str | None, because: str = "", wrong: dict[int, str] | None = None, **evidence: Any
) -> Answer:
    """What a host says of a line: who carries it, and what of its rungs is wrong."""
    faults = wrong or {}
    rungs = [
        {"rung": number, "name": text, "ok": number not in faults, "what": faults.get(number, ""),
         "remedy": "mend it" if number in faults else "", "evidence": evidence if number == 4 else {}}
        for number, text in NAMES.items()
    ]  # fmt: skip
    said = {"state": "open" if by else "down", "carried_by": by, "because": because or None, "rungs": rungs}
    return Answer(lines={name: {"name": name, **said}})


def on(lns: str, because: str = "", **changed: Answer) -> dict[str, Answer]:
    """The answers of all for a line that is on an LNS."""
    lnss = {name: answer("oslo-lns1", name if name == lns else None, wrong=None if name == lns else {4: DOWN})
            for name in ("lns1", "lns2")}  # fmt: skip
    return {"oslo": answer("oslo-lns1", lns, because, address="10.21.0.16"), **lnss, **changed}


VERDICTS = [
    # what is said, of the line                      result       standby  rungs  notes
    (on("lns1"),                                     "proven",    None,    "✓",   []),
    (on("lns2", "the tunnel ended"),                 "proven",    "lns2",  "✓",
     ["on standby lns2, because of lns1: the tunnel ended", "lns1 does not carry it now"]),
    (on("lns2"),                                     "proven",    "lns2",  "✓",
     ["on standby lns2, because it is not back on lns1 yet", "lns1 does not carry it now"]),
    (on("lns2", "x", lns1=answer("oslo-lns1", None, wrong={1: SILENT, 4: DOWN})), "proven", "lns2", "✓",
     [f"on standby lns2, because of lns1: {SILENT}", "lns1 does not carry it now"]),
    (on("lns2", "x", lns1=Answer(reason=GONE)),      "proven",    "lns2",  "✓",
     [f"on standby lns2, because {GONE}"]),
    (on("lns2", "x", lns1=answer("oslo-lns1", "lns1")), "proven", "lns2",  "✓",
     ["on standby lns2, because of lns1: x", "lns1 still holds a session of it, which nobody uses"]),
    (on("lns1", lns2=Answer(reason="lns2 is unreachable: timed out")), "proven", None, "✓",
     ["lns2 is unreachable: timed out"]),
    (on("lns2", lns2=answer("oslo-lns1", None, wrong={4: DOWN})), "failed", "lns2", "✗",
     ["on standby lns2, because it is not back on lns1 yet", "lns1 does not carry it now"]),
    (on("none", oslo=answer("oslo-lns1", None, wrong={4: DOWN})), "failed", None, "✗", []),
    (on("none", oslo=Answer(reason="oslo is unreachable: timed out")), "failed", None, "✗", []),
    (on("lns1", lns1=Answer(reason=GONE)),           "failed",    None,    "✗",   []),
    # of some hosts only
    ({"lns2": on("lns2")["lns2"]},                   "proven",    "lns2",  "✓",
     ["on standby lns2, because it is not back on lns1 yet", "oslo is outside of this run: it was not asked"]),
    ({"lns1": on("lns2")["lns1"]},                   "not asked", None,    "✗",
     ["nobody who was asked carries it; not asked, and it may be there: lns2",
      "oslo is outside of this run: it was not asked"]),
    ({"lns2": on("lns1")["lns2"]},                   "not asked", None,    "",
     ["nobody who was asked carries it; not asked, and it may be there: lns1",
      "oslo is outside of this run: it was not asked", "lns1 is outside of this run: it was not asked"]),
    ({"oslo": on("lns2")["oslo"]},                   "proven",    "lns2",  "✓",
     ["on standby lns2, because it is not back on lns1 yet", "lns2 is outside of this run: it was not asked"]),
]  # fmt: skip


@pytest.mark.parametrize(("said", "result", "standby", "fourth", "notes"), VERDICTS)
def test_where_a_line_is_proven(said: Any, result: str, standby: str | None, fourth: str, notes: list[str]) -> None:
    (line,) = join([LINE], said)
    assert (line["result"], line["standby"], line["notes"]) == (result, standby, notes)
    assert line["rungs"][3]["ok"] is {"✓": True, "✗": False, "": None}[fourth]
    assert (line["ends"][-1], line["lnss"]) == (standby or "lns1", ["lns1", "lns2"])


def test_a_line_behind_a_gateway_is_where_its_gateway_says() -> None:
    said = {
        "bergen": Answer(reason="bergen is unreachable: timed out"),
        "gw1": answer("bergen-lns1", "lns2", "gw1-lns1: no tunnel within 6 s"),
        "lns1": answer("bergen-lns1", None, wrong={4: DOWN}),
        "lns2": answer("bergen-lns1", "lns2"),
    }
    (line,) = join([MULTIHOP], said)
    assert (line["ends"], line["standby"], line["result"]) == (["bergen", "gw1", "lns2"], "lns2", "failed")
    assert line["notes"][0] == "on standby lns2, because of lns1: gw1-lns1: no tunnel within 6 s"


REFUSED = [
    # preferences of own and standby, where it is: whether that is refused
    ((10, 20), "lns1", False),
    ((10, 20), "lns2", True),
    ((10, 10), "lns2", False),
    ((10, 5), "lns2", False),
    ((10, 5), "lns1", True),
]


@pytest.mark.parametrize(("preferences", "lns", "refused"), REFUSED)
def test_what_is_meant_can_be_insisted_upon(preferences: tuple[int, int], lns: str, refused: bool) -> None:
    line = copy.deepcopy(LINE)
    line["preference"], line["standby"][0]["preference"] = preferences
    (accepted,), (found,) = join([line], on(lns)), join([line], on(lns), refuse_standby=True)
    assert (accepted["result"], found["result"]) == ("proven", "failed" if refused else "proven")
    told = [(one["rung"], one["end"]) for one in failures(found)]
    assert told == ([(4, lns)] if refused else [])


def test_every_report_tells_it() -> None:
    lines = join([LINE], on("lns2", "the tunnel ended"))
    text = table.render(lines)
    assert "oslo → lns2 (standby)" in text
    assert "* oslo-lns1: on standby lns2, because of lns1: the tunnel ended" in text
    assert "1 of 1 lines proven, 1 on a standby" in text
    assert 'branchline_line_on_standby{line="oslo-lns1",lns="lns2"} 1' in prometheus.render(lines, 0.0)
    assert 'branchline_line_on_standby{line="oslo-lns1",lns="lns1"} 0' in prometheus.render(join([LINE], on("lns1")), 0)
    assert 'name="standby" value="lns2"' in junit.render(lines).decode()
    assert "on standby lns2, because of lns1: the tunnel ended" in html.render(lines, "now")
    (link,) = topology_svg.links(lines)
    assert link.lns == "lns2"
