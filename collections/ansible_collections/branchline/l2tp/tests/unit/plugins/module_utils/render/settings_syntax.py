"""A reader of strongSwan's settings after its lexer and grammar (settings_lexer.l, settings_parser.y), so that what the
renderers write is judged by another pair of eyes: sections, `name = value` to the end of the line or in quotes with
backslash escapes, comments from # to the end of the line outside of quotes.
"""

from __future__ import annotations

import re

TOKEN = re.compile(
    r"""(?P<space>[ \t]+) | (?P<line>\n) | (?P<comment>\#[^\n]*) | (?P<open>\{) | (?P<close>\}) | (?P<equals>=)
    | "(?P<string>(?:[^"\\]|\\.)*)" | (?P<word>[^\#{}=,"\n\t ][^\#{}="\n]*)""",
    re.VERBOSE | re.DOTALL,
)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def parse(text: str) -> dict[str, object]:
    """The sections as dicts; raises ValueError for what the lexer does not know."""
    root: dict[str, object] = {}
    open_sections, words = [root], []
    for kind, value in tokens(text):
        if kind == "open":
            (name,) = words
            section: dict[str, object] = {}
            assert name not in open_sections[-1], name
            open_sections[-1][name] = section
            open_sections.append(section)
            words = []
        elif kind == "line" and words:
            name, setting = words
            assert name not in open_sections[-1], name
            open_sections[-1][name] = setting
            words = []
        elif kind == "close":
            open_sections.pop()
        elif kind in ("word", "string"):
            words.append(value)
    assert open_sections == [root]
    return root


def tokens(text: str):
    position = 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise ValueError(text[position : position + 20])
        position = match.end()
        kind = str(match.lastgroup)
        if kind == "string":
            yield kind, re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[1]), match[kind], flags=re.DOTALL)
        elif kind == "word":
            yield kind, match[kind].strip()
        elif kind not in ("space", "comment"):
            yield kind, match[0]
