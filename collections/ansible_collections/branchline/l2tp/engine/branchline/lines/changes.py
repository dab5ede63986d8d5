"""What differs between two configurations, by line: for the answer of `apply`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from branchline.config import Config


def changes_between(old: Config, new: Config) -> list[dict[str, str]]:
    """{"line": name, "action": added, removed or updated}; the LNS's own settings count as the line "lns", a
    gateway's as "gateway", an access concentrator's as "lac", and the LNSs of both by their names.

    A peer's tunnel secret belongs to the line of the user of the same name, or to the LNS where there is none.
    """
    before, after = _parts(old), _parts(new)
    changes = []
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            action = "added" if name not in before else "removed" if name not in after else "updated"
            changes.append({"line": name, "action": action})
    return changes


def _parts(config: Config) -> dict[str, Any]:
    parts: dict[str, Any] = dict(config.lines)
    if config.lns is not None:
        foreign = {name: secret for name, secret in config.lns.peers.items() if name not in config.lns.users}
        parts["lns"] = replace(config.lns, users={}, peers=foreign)
        for user in config.lns.users.values():
            parts[user.line] = (user, config.lns.peers.get(user.name))
    if config.gateway is not None:
        parts["gateway"] = replace(config.gateway, lns={})
        parts.update(config.gateway.lns)
    if config.lac is not None:
        parts["lac"] = replace(config.lac, lns={}, callers={})
        parts.update(config.lac.lns)
        parts.update({line: user for user, line in config.lac.callers.items()})
    return parts
