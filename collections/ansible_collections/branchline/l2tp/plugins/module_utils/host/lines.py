# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changed, in plain words: by line where an entry belongs to a line, by setting for the rest. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.host.model import Desired
from ansible_collections.branchline.l2tp.plugins.module_utils.host.secrets import line_of, mask, references

Parts = dict[str, Any]


def words(before: Desired | None, after: Desired | None) -> list[str]:
    """One sentence per line and setting that differs between two masked views (see `views`)."""
    if not before and not after:
        return []
    lines = list(_compared("line ", _part(before, "lines"), _part(after, "lines")))
    if before and after:
        return lines + list(_compared("", before["settings"], after["settings"]))
    return [f"Branchline {'set up' if after else 'removed'}", *lines]


def differing(view: Desired | None, other: Desired | None) -> Desired | None:
    """Of a view, the lines and settings that are not the same in the other one."""
    if view is None:
        return None
    return {
        name: {key: value for key, value in part.items() if _part(other, name).get(key) != value}
        for name, part in view.items()
    }


def _part(view: Desired | None, name: str) -> Parts:
    part: Parts = view[name] if view else {}
    return part


def views(desired: Desired | None, secrets: Mapping[str, str], salt: str) -> Desired | None:
    """A desired state by line and by setting, with secrets masked: {"lines": {name: parts}, "settings": {...}}."""
    if desired is None:
        return None
    lines: dict[str, Parts] = {name: {} for name in line_names(desired)}
    settings: Parts = {}
    for label, value, owner in _entries(desired):
        shown = mask(value, secrets, salt)
        if owner in lines:
            lines[owner].update(_labelled(label, shown))
        else:
            settings[label] = shown
    return {"lines": lines, "settings": settings}


def line_names(desired: Desired) -> list[str]:
    """Every line that ends at the host, whichever end opens it."""
    engine = desired.get("engine") or {}
    users = (engine.get("lns") or {}).get("users", {})
    return sorted({*engine.get("lines", {}), *(user["line"] for user in users.values())})


def _entries(desired: Desired) -> Iterator[tuple[str, Any, str | None]]:
    """(label, value, line that it belongs to or None) of everything in a desired state."""
    engine = desired.get("engine") or {}
    lns = engine.get("lns") or {}
    carried = {}
    for name, line in engine.get("lines", {}).items():
        carried.update(dict.fromkeys(connections_of(line), name))
        yield "", line, name
    for name, user in lns.get("users", {}).items():
        yield "", {**user, "user": name}, user["line"]
    for name, peer in lns.get("peers", {}).items():
        yield f"peer {name}", peer, _owner(peer)
    yield from _settings("engine", engine, ("lines", "lns"))
    yield from _settings("LNS", lns, ("users", "peers"))
    yield from _ipsec(desired.get("ipsec") or {}, carried)
    yield "guard", desired.get("guard"), None


def connections_of(line: Desired) -> list[str]:
    """The IKE connections of a line: to its own LNS and to each other one that it may turn to."""
    tunnels = [line, *(line.get("standby") or {}).values()]
    return [tunnel["ipsec"]["connection"] for tunnel in tunnels if tunnel.get("ipsec")]


def _settings(label: str, section: Desired, but: tuple[str, ...]) -> Iterator[tuple[str, Any, None]]:
    for name, value in section.items():
        if name not in but:
            yield f"{label} setting {name}", value, None


def _ipsec(ipsec: Desired, carried: Mapping[Any, str]) -> Iterator[tuple[str, Any, str | None]]:
    yield "IPsec backend", ipsec.get("backend"), None
    for connection in ipsec.get("connections", ()):
        name = connection["name"]  # that of an X.509 line's at the LNS is the line's own
        yield f"IPsec connection {name}", connection, carried.get(name, name)
    for pool in ipsec.get("pools", ()):
        yield f"IPsec pool {pool['name']}", pool, None
    for secret in ipsec.get("secrets", ()):
        yield f"IPsec secret {secret['name']}", secret, _owner(secret)
    for certificate in ipsec.get("certificates", ()):
        yield f"certificate {certificate['kind']} {certificate['name']}", certificate, _owner(certificate)


def _owner(entry: Any) -> str | None:
    owners = {line_of(reference) for reference in references(entry)}
    return owners.pop() if len(owners) == 1 else None


def _labelled(label: str, value: Any) -> Parts:
    return {label: value} if label else dict(value)


def _compared(prefix: str, before: Parts, after: Parts) -> Iterator[str]:
    for name in sorted({*before, *after}):
        if name not in before:
            yield f"{prefix}{name} added"
        elif name not in after:
            yield f"{prefix}{name} removed"
        elif before[name] != after[name]:
            yield f"{prefix}{name} changed{_which(before[name], after[name])}"


def _which(before: Any, after: Any) -> str:
    """The names of what differs; a masked secret is named, and its value is not there to be shown."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return ""
    names = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    return f" ({', '.join(names)})"
