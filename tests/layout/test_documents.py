"""Documents: links lead somewhere, decisions are one page, changes are noted."""

from __future__ import annotations

import re

import pytest
import yaml
from tree import COLLECTION, ROOT, files, name, nothing, text

LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+\s+(.*)$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
PAGE = 60  # lines
DECISIONS = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
PARTS = ["Status", "Context", "Decision", "Consequences"]


def anchors(path):
    """Anchors of a document's headings, as the forges make them."""
    titles = HEADING.findall(FENCE.sub("", text(path)))
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def leads_nowhere(path, target):
    file, _, anchor = target.partition("#")
    there = (path.parent / file).resolve() if file else path
    if not there.exists() or (there != ROOT and ROOT not in there.parents):
        return True
    return bool(anchor) and there.suffix == ".md" and anchor not in anchors(there)


def test_links_resolve():
    wrong = [
        f"{name(path)}: {match['target']}"
        for path in files()
        if path.suffix == ".md"
        for match in LINK.finditer(FENCE.sub("", text(path)))
        if "://" not in match["target"] and leads_nowhere(path, match["target"])
    ]
    nothing(wrong)


def test_the_index_lists_every_document():
    index = text(ROOT / "docs/README.md")
    documents = [p for p in files() if ROOT / "docs" in p.parents and p.suffix == ".md" and p.name != "README.md"]
    nothing([name(p) for p in documents if f"({p.relative_to(ROOT / 'docs')})" not in index])


def test_there_are_decisions():
    assert DECISIONS


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_is_one_page_in_four_parts(path):
    assert text(path).count("\n") <= PAGE
    assert [title for title in HEADING.findall(text(path)) if title in PARTS] == PARTS


def test_changes_are_noted():
    """A version that is not released yet has fragments; a released one stands in the changelog."""
    version = yaml.safe_load(text(COLLECTION / "galaxy.yml"))["version"]
    changelog = COLLECTION / "changelogs/changelog.yaml"
    released = yaml.safe_load(text(changelog))["releases"] if changelog.exists() else {}
    assert version in released or list((COLLECTION / "changelogs/fragments").glob("*.yml"))
