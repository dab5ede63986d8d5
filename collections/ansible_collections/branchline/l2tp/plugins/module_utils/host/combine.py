# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what is asked for and what was applied last to what the host should be: merged, overridden, absent. Pure."""

from __future__ import annotations

import copy
from collections.abc import Collection
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.host.lines import connections_of
from ansible_collections.branchline.l2tp.plugins.module_utils.host.model import Desired
from ansible_collections.branchline.l2tp.plugins.module_utils.host.secrets import line_of, references

NAMED = ("connections", "pools", "secrets", "certificates")  # lists of ipsec whose items have a name
BY_NAME = ("pools", "peers", "users")  # sections of engine.lns


def merged(asked: Desired, before: Desired | None) -> Desired:
    """`asked`, and of `before` the lines, users, peers, pools and connections that `asked` does not name."""
    result = copy.deepcopy(asked)
    if before is None:
        return result
    engine, old_engine = result["engine"], before.get("engine") or {}
    engine["lines"] = {**old_engine.get("lines", {}), **engine.get("lines", {})}
    engine["lns"] = _merged_lns(engine.get("lns"), old_engine.get("lns"))
    result["ipsec"] = _merged_ipsec(result.get("ipsec"), before.get("ipsec"))
    result["guard"] = result.get("guard") or before.get("guard")
    return result


def without(lines: Collection[str], before: Desired) -> Desired:
    """`before` with nothing left in it of the named lines; what they share with others stays."""
    result = copy.deepcopy(before)
    opened = result["engine"].get("lines", {})
    gone = [opened.pop(line) for line in lines if line in opened]
    _drop_users(result["engine"].get("lns") or {}, lines)
    connections = {*lines, *(name for line in gone for name in connections_of(line))}
    if result.get("ipsec"):
        result["ipsec"] = _ipsec_without(result["ipsec"], connections, lines)
    return result


def _drop_users(lns: Desired, lines: Collection[str]) -> None:
    """Take the lines' users and peers out of the LNS's half."""
    for name in [name for name, user in lns.get("users", {}).items() if user["line"] in lines]:
        del lns["users"][name]
    for name in [name for name, peer in lns.get("peers", {}).items() if _belongs(peer, lines)]:
        del lns["peers"][name]


def _ipsec_without(ipsec: Desired, connections: set[str], lines: Collection[str]) -> Desired:
    kept = [item for item in ipsec.get("connections", ()) if item["name"] not in connections]
    used = {item.get(end) for item in kept for end in ("certificate", "ca")}
    return {
        **ipsec,
        "connections": kept,
        "secrets": [item for item in ipsec.get("secrets", ()) if not _belongs(item, lines)],
        "certificates": [item for item in ipsec.get("certificates", ()) if item["name"] in used],
    }


def _merged_lns(asked: Desired | None, before: Desired | None) -> Desired | None:
    if asked is None or before is None:
        return asked or copy.deepcopy(before)
    return {**asked, **{part: {**before.get(part, {}), **asked.get(part, {})} for part in BY_NAME}}


def _merged_ipsec(asked: Desired | None, before: Desired | None) -> Desired | None:
    if not asked or not before:
        return asked or copy.deepcopy(before)
    return {**asked, **{part: _merged_items(asked.get(part, ()), before.get(part, ())) for part in NAMED}}


def _merged_items(asked: Collection[Desired], before: Collection[Desired]) -> list[Desired]:
    found = {(item.get("kind", ""), item["name"]): item for item in (*before, *asked)}
    return [found[key] for key in sorted(found)]


def _belongs(entry: Any, lines: Collection[str]) -> bool:
    """Whether an entry is a line's own: it has secrets, and all of them are that line's."""
    owners = {line_of(reference) for reference in references(entry)}
    return bool(owners) and owners <= set(lines)
