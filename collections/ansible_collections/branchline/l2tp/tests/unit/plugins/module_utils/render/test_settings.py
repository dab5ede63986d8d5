"""strongSwan's settings syntax: what is written is what is read, and nothing from outside becomes syntax."""

from __future__ import annotations

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.render import settings
from ansible_collections.branchline.l2tp.plugins.module_utils.render.settings import Quoted, RenderError
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.render.settings_syntax import parse
from hypothesis import given
from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]))

QUOTED = [
    ("plain", '"plain"'),
    ("with # and { } = ,", '"with # and { } = ,"'),
    ('a "quoted" word', r'"a \"quoted\" word"'),
    ("C:\\dir\\n", r'"C:\\dir\\n"'),
    ("", '""'),
]


@pytest.mark.parametrize(("text", "written"), QUOTED)
def test_quote(text, written):
    assert settings.quote(text, "secret") == written


@pytest.mark.parametrize("text", ["line\nend", "end\n", "\r", "\0", "tab\t", "\x7f"])
def test_control_characters_are_refused_without_showing_the_text(text):
    with pytest.raises(RenderError, match=r"secrets\.x: holds a line end") as refusal:
        settings.quote("hidden" + text, "secrets.x")
    assert "hidden" not in str(refusal.value)


@pytest.mark.parametrize("name", ["", "a.b", "a b", "a{", "#a", "a\n", "ä", "-a"])
def test_names_that_are_no_section(name):
    with pytest.raises(RenderError, match="cannot name a section"):
        settings.section_name(name, "name")


@pytest.mark.parametrize("text", ["a # b", "a }", "a\nb = c", 'a"', "a = b"])
def test_bare_values_hold_no_syntax(text):
    with pytest.raises(RenderError, match="cannot have"):
        settings.bare(text, "proposals")


@given(TEXT)
def test_any_text_comes_back(text):
    written = settings.render({"section": {"#why": "a remark", "id": Quoted(text, "id"), "after": "1"}})
    assert parse(written) == {"section": {"id": text, "after": "1"}}
