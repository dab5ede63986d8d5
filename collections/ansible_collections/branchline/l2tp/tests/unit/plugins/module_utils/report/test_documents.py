"""Table, JUnit, Prometheus and the page: read back by something else than what wrote them."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.report import html, junit, prometheus, table, topology_svg
from ansible_collections.branchline.l2tp.plugins.module_utils.report.evidence_join import Answer, join

Answers = dict[str, Answer]
Lines = list[dict[str, Any]]
NASTY = "<script>alert('x')</script>&\"\n"


@pytest.fixture
def lines(plan: Lines, answers: Answers) -> Lines:
    return join(plan, answers)


@pytest.fixture
def broken(plan: Lines, answers: Answers, fail: Any) -> Lines:
    """One line that failed with a nasty text, one whose host is unreachable, one that nobody asked, one that holds."""
    fail("turin", "turin", 2, NASTY, "mend <b>it</b>")
    fail("lns1", "turin", 6)
    answers["lyon"] = Answer(reason="lyon is unreachable: timed out")
    del answers["rotterdam"]
    answers["lns1"].lines["rotterdam-lns1"]["rungs"][5].update(ok=None)
    return join(plan, answers)


def test_table(lines: Lines) -> None:
    text = table.render(lines)
    assert text.isprintable() is False
    assert "\x1b" not in text
    (oslo,) = [line for line in text.splitlines() if "oslo-lns1" in line]
    cells = [cell.strip() for cell in oslo.strip("│").split("│")]
    assert cells == [
        "oslo-lns1", "oslo → lns1", "open", "10.20.0.20", "IKEv2 aes256gcm16-prfsha384-ecp384", "libipsec tunnel",
        "1.23 ms", "1360", "✓✓✓✓✓✓✓", "proven",
    ]  # fmt: skip
    assert text.rstrip().endswith("4 of 4 lines proven")


def test_table_tells_what_to_do(broken: Lines) -> None:
    text = table.render(broken)
    assert "✗ lyon-lns1, rung 1 (engine and charon run, configuration loaded), lyon: lyon is unreachable: timed" in text
    assert "✗ turin-lns1, rung 2" in text
    assert "; to do: mend <b>it</b>" in text
    assert "turin-lns1: also rung 6" in text
    assert "* rotterdam-lns1: rotterdam is outside of this run: it was not asked" in text
    assert "2 of 4 lines proven, 2 failed" in text


def test_table_in_colour(broken: Lines) -> None:
    assert "\x1b[" in table.render(broken, colour=True)


def test_a_narrow_terminal_gets_every_word_of_a_remedy(broken: Lines) -> None:
    assert "to do: mend <b>it</b>" in table.render(broken, width=60)


def test_junit_parsed_back(broken: Lines) -> None:
    root = ET.fromstring(junit.render(broken))
    suites = {suite.get("name"): suite for suite in root.iter("testsuite")}
    assert list(suites) == ["oslo-lns1", "lyon-lns1", "rotterdam-lns1", "turin-lns1"]
    told = {name: tuple(suite.get(key) for key in ("tests", "failures", "skipped")) for name, suite in suites.items()}
    assert told == {
        "oslo-lns1": ("7", "0", "0"),
        "lyon-lns1": ("7", "7", "0"),
        "rotterdam-lns1": ("7", "0", "1"),
        "turin-lns1": ("7", "2", "0"),
    }
    case = suites["turin-lns1"].findall("testcase")[1]
    failure = case.find("failure")
    assert failure is not None
    assert case.get("name") == "rung 2: IKE SA established with the expected identity and proposal"
    assert (NASTY.strip() in (failure.get("message") or ""), failure.text) == (True, "turin: mend <b>it</b>")
    assert '"initiator_spi"' in (case.findtext("system-out") or "")


def test_prometheus(broken: Lines) -> None:
    text = prometheus.render(broken, 1_700_000_000.4)
    samples = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert samples['branchline_line_proven{line="oslo-lns1"}'] == "1"
    assert samples['branchline_line_proven{line="lyon-lns1"}'] == "0"
    assert samples['branchline_line_rung_ok{line="turin-lns1",rung="2"}'] == "0"
    assert 'branchline_line_rung_ok{line="rotterdam-lns1",rung="6"}' not in samples
    assert samples["branchline_verified_timestamp_seconds"] == "1700000000"
    assert prometheus.label('a"b\\c\n') == '"a\\"b\\\\c\\n"'


class Page(HTMLParser):
    """Collects what the page refers to and what it says; fails on a tag that is closed wrongly."""

    VOID = frozenset({"meta", "br", "link", "img"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_whole_and_refers_to_nothing_outside(broken: Lines) -> None:
    text = html.render(broken, "2026-01-01T00:00:00+00:00")
    page = Page(text)
    assert page.open == []
    assert {tag for tag, _ in page.tags} & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
    } == set()
    assert not [
        name for _, attributes in page.tags for name in attributes if name in {"src", "href", "xlink:href", "style"}
    ]
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert re.findall(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", text) == []


def test_the_page_says_it_all(broken: Lines) -> None:
    page = Page(html.render(broken, "2026-01-01T00:00:00+00:00"))
    for told in (
        NASTY.strip(),
        "mend <b>it</b>",
        "2 of 4 proven",
        "lyon is unreachable",
        "10.20.0.20",
        "through_line.10.",
    ):
        assert told in page.text, told
    details = [attributes for tag, attributes in page.tags if tag == "details"]
    assert len(details) == 4 * 8
    assert sum("open" in attributes for attributes in details) == 2 + 7 + 2


def test_a_large_page_stays_small(lines: Lines) -> None:
    many = [{**lines[0], "name": f"line-{number}", "ends": [f"b{number}", "lns1"]} for number in range(10_000)]
    many[7_000] = {**many[7_000], "result": "failed", "proven": False}
    started = time.monotonic()
    text = html.render(many, "now")
    assert len(text) < 8_000_000
    assert time.monotonic() - started < 20
    assert "40 of 10000 lines are drawn" in text
    assert text.index("line-7000") < text.index("line-0<")
    assert len(table.render(many)) < 10_000


def test_the_drawing(broken: Lines) -> None:
    root = ET.fromstring(topology_svg.render(broken))
    space = "{http://www.w3.org/2000/svg}"
    texts = [text.text for text in root.iter(f"{space}text")]
    assert [texts.count(name) for name in ("oslo", "lyon", "rotterdam", "turin", "lns1")] == [1] * 5
    assert texts.count("NAT") == 1  # turin's; those of lyon and rotterdam have but one end's word
    assert "203.0.113.10 · 10.20.0.1" in texts
    classes = sorted(path.get("class", "") for path in root.iter(f"{space}path"))
    assert classes == ["line bad", "line bad", "line ok", "line ok"]


def test_neighbours_share_their_nat(lines: Lines) -> None:
    drawn = topology_svg.links(lines)
    assert {link.branch: link.nat for link in drawn} == {
        "oslo": None,
        "lyon": "198.51.100.18",
        "rotterdam": "198.51.100.18",
        "turin": "198.51.100.34",
    }
    boxes = topology_svg.boxes(drawn).values()
    assert len(boxes) == 4 + 2 + 1
    for kind in ("branch", "nat", "lns"):
        places = sorted(box.y for box in boxes if box.kind == kind)
        assert all(below - above >= topology_svg.BOX_HEIGHT for above, below in zip(places, places[1:]))


def test_a_hostile_name_is_escaped_in_the_drawing(lines: Lines) -> None:
    lines[0]["name"] = lines[0]["ends"][0] = "<b>&"
    assert "<b>" not in topology_svg.render(lines)
    assert ET.fromstring(topology_svg.render(lines)) is not None


def test_no_lines() -> None:
    assert "0 of 0 lines proven" in table.render([])
    assert Page(html.render([], "now")).open == []
    assert ET.fromstring(junit.render([])).get("tests") == "0"
