# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Driver packages: a folder of data for each platform, read once; a package may extend another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

PLATFORMS = Path(__file__).resolve().parent / "platforms"
CAPABILITIES, PLATFORM, SESSION, VERIFY = "capabilities.yml", "platform.yml", "session.yml", "verify.yml"

Data = dict[str, Any]


class UnknownPlatformError(ValueError):
    """There is no driver package of that name; the message lists those that there are."""


@dataclass(frozen=True)
class Package:
    """What a package says: `folders` are its own and those that it extends, nearest first."""

    name: str
    folders: tuple[Path, ...]
    capabilities: Data
    platform: Data
    verify: Data


def names() -> tuple[str, ...]:
    """The platforms that have a package, sorted."""
    return tuple(sorted(path.parent.name for path in PLATFORMS.glob(f"*/{CAPABILITIES}")))


@cache
def load(name: str) -> Package:
    """Read a package; raises UnknownPlatformError."""
    folder = PLATFORMS / name
    if name not in names():
        raise UnknownPlatformError(f"there is no platform {name!r}; there are {', '.join(names())}")
    own = {file: _read(folder / file) for file in (CAPABILITIES, PLATFORM, SESSION, VERIFY)}
    own[PLATFORM] = merged(own[PLATFORM], own.pop(SESSION))
    parent = own[CAPABILITIES].pop("extends", None)
    if parent is None:
        return Package(name, (folder,), own[CAPABILITIES], own[PLATFORM], own[VERIFY])
    base = load(str(parent))
    return Package(
        name,
        (folder, *base.folders),
        merged(base.capabilities, own[CAPABILITIES]),
        merged(base.platform, own[PLATFORM]),
        merged(base.verify, own[VERIFY]),
    )


def merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> Data:
    """Both, mapping by mapping; in place of anything else stands what `own` says."""
    made = dict(base)
    for key, value in own.items():
        under = made.get(key)
        both = isinstance(value, Mapping) and isinstance(under, Mapping)
        made[key] = merged(under, value) if both and isinstance(under, Mapping) else value
    return made


def _read(path: Path) -> Data:
    if not path.exists():
        return {}
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
