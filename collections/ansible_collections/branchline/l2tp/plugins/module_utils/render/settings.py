# Copyright: Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""strongSwan's settings syntax (strongswan.conf(5), swanctl.conf(5)): sections, settings, quoting, and refusals.

A section is a dict whose values are text (written as it stands: numbers, keywords, lists of ours), `Quoted` (text
from outside: identities, secrets) or a dict, a section again. Nothing that comes from outside is ever written bare.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

INDENT = "  "
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
_BARE = re.compile(r"[A-Za-z0-9%./:_\[\], +@*-]*")


class RenderError(ValueError):
    """The desired state cannot be written safely; the message names the field, never the value of a secret."""


@dataclass(frozen=True)
class Quoted:
    """Text from outside; `field` names it in errors."""

    text: str
    field: str


def section_name(name: str, field: str) -> str:
    """Return the name; letters, digits, - and _ only, since a dot would split it into two sections.

    Raises RenderError for any other name.
    """
    if not _NAME.fullmatch(name):
        raise RenderError(f"{field}: {name!r} cannot name a section; use letters, digits, - and _")
    return name


def quote(text: str, field: str) -> str:
    """Return the text in double quotes, with the two characters escaped that the lexer reads inside them.

    Raises RenderError on control characters (a line end at the end of a secret is the usual one).
    """
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in text):
        raise RenderError(f"{field}: holds a line end or another control character; remove it")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def bare(text: str, field: str) -> str:
    """Return a word or list of ours unquoted; raises RenderError if it holds what the lexer would read as syntax."""
    if not _BARE.fullmatch(text):
        raise RenderError(f"{field}: {text!r} holds characters that this setting cannot have")
    return text


def render(tree: dict[str, Any]) -> str:
    """Return the text of a tree of sections, in the order of the dicts, ending with a line end."""
    return "".join(f"{line}\n" for line in _lines(tree, ""))


def _lines(tree: dict[str, Any], margin: str) -> Iterator[str]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield f"{margin}{key} {{"
            yield from _lines(value, margin + INDENT)
            yield f"{margin}}}"
        elif key.startswith("#"):
            yield f"{margin}# {value}"
        elif isinstance(value, Quoted):
            yield f"{margin}{key} = {quote(value.text, value.field)}"
        else:
            yield f"{margin}{key} = {bare(value, key)}"
