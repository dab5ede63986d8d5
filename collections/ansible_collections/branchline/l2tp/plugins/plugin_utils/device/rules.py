# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse rules: a table of patterns of flattened configuration lines, each with the places of the state that it fills.

A rule is `{match: PATTERN, set: {PLACE: VALUE}}`. PLACE is a path of words with dots (`lines.{line}.mtu`), in braces
what the pattern's groups found; `[]` at its end appends to a list. VALUE is text, `KIND:text` with a kind of KINDS, or
plain data. `remember: [KEY, NAME]` notes what another rule's `recall: {group: KEY}` looks up; a line whose key nobody
noted is not Branchline's. What was recalled may be a place itself: `{=group}`.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from ansible_collections.branchline.l2tp.plugins.plugin_utils.device.masking import pem, recognised, recognised_body

State = dict[str, Any]
DOT = "\0"
"""Stands for a dot inside of a word of a place."""


def parse(lines: Iterable[str], rules: Iterable[Mapping[str, Any]], secrets: Mapping[str, str]) -> State:
    """The state that the lines say; what no rule matches is not Branchline's."""
    lines, rules = list(lines), list(rules)
    memory: dict[str, str] = {}
    for rule in rules:
        if "remember" in rule:
            key, name = rule["remember"]
            memory |= {_put(key, groups): _put(name, _guarded(groups)) for groups in _matches(rule, lines)}
    state: State = {}
    for rule in rules:
        for groups in _matches(rule, lines):
            _apply(rule, groups, memory, secrets, state)
    return state


def _matches(rule: Mapping[str, Any], lines: Iterable[str]) -> list[dict[str, str]]:
    pattern = re.compile(rule["match"])
    found = (pattern.fullmatch(line) for line in lines)
    return [{name: value or "" for name, value in one.groupdict().items()} for one in found if one]


def _put(template: str, groups: Mapping[str, str]) -> str:
    """The template with the groups in the place of their names in braces."""
    return re.sub(r"\{(=?\w+)\}", lambda found: groups[found[1]], template)


def _guarded(groups: Mapping[str, str]) -> dict[str, str]:
    return {name: value if name.startswith("=") else value.replace(".", DOT) for name, value in groups.items()}


def _apply(
    rule: Mapping[str, Any], groups: dict[str, str], memory: Mapping[str, str], secrets: Mapping[str, str], state: State
) -> None:
    for name, key in rule.get("recall", {}).items():
        known = memory.get(_put(key, groups))
        if known is None:
            return
        groups = {**groups, name: known.replace(DOT, "."), f"={name}": known}
    for place, value in rule.get("set", {}).items():
        _fill(state, _put(place, _guarded(groups)), _value(value, groups, secrets))


def _value(value: Any, groups: Mapping[str, str], secrets: Mapping[str, str]) -> Any:
    if not isinstance(value, str):
        return copy.deepcopy(value)
    text = _put(value, groups)
    kind, colon, rest = text.partition(":")
    if colon and kind == "secret":
        return recognised(rest.replace("\x1f", "\n"), secrets)
    if colon and kind == "key":
        return recognised_body(rest, secrets)
    return KINDS[kind](rest) if colon and kind in KINDS else text


def _fill(state: State, place: str, value: Any) -> None:
    words = [word.replace(DOT, ".") for word in place.removesuffix("[]").split(".")]
    for word in words[:-1]:
        state = state.setdefault(word, {})
    if not place.endswith("[]"):
        state[words[-1]] = value
        return
    items = value if isinstance(value, list) else [value]
    own = state.setdefault(words[-1], [])
    own += [item for item in items if item not in own]


def _network(text: str) -> str:
    """`ADDRESS MASK` or `ADDRESS/LENGTH` as the latter."""
    return str(IPv4Network(text.strip().replace(" ", "/")))


def _seconds(text: str) -> int:
    """`60`, `1m`, `1m30s`, `01:00:00` or RouterOS's `1h` as seconds."""
    if ":" in text:
        hours, minutes, rest = (int(part) for part in text.split(":"))
        return hours * 3600 + minutes * 60 + rest
    units = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1, "": 1}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([wdhms]?)", text))


def _span(text: str) -> str:
    """`FIRST LAST` or `FIRST-LAST` as a range of a pool; one address stays one."""
    first, _dash, last = text.strip().replace(" ", "-").partition("-")
    return f"{IPv4Address(first)}-{IPv4Address(last)}" if last and last != first else str(IPv4Address(first))


AUTH = {"mschap-v2": "mschapv2", "ms-chap-v2": "mschapv2", "mschap2": "mschapv2", "chap": "chap-md5"}


KINDS: dict[str, Callable[[str], Any]] = {
    "int": int,
    "bool": lambda text: text in ("yes", "true", "on", "1", "enable"),
    "pem": pem,
    "lines": lambda text: text.replace("\x1f", "\n") + "\n",
    "words": str.split,
    "auth": lambda text: [AUTH.get(word, word) for word in re.split(r"[ ,]+", text.strip())],
    "commas": lambda text: [word.strip() for word in text.split(",") if word.strip()],
    "network": _network,
    "seconds": _seconds,
    "span": _span,
    "spans": lambda text: [_span(one) for one in text.split(",")],
}
"""How a value of a rule is read, but for `secret:` and `key:`, which need the secrets themselves."""
