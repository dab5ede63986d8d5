# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last known facts of each host, on the controller: so that a run with --limit plans like one without."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.kinds import NAME

Facts = dict[str, dict[str, Any]]


class FactsCache:
    """One JSON file a host in `directory`; a file that cannot be read counts as not there."""

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.directory = Path(directory)

    def read(self, hosts: Iterable[str]) -> Facts:
        """What is known of these hosts."""
        known = ((host, self._one(host)) for host in hosts if NAME.fullmatch(host))
        return {host: facts for host, facts in known if facts}

    def hosts(self) -> list[str]:
        """Every host that is remembered."""
        return sorted(path.stem for path in self.directory.glob("*.json"))

    def write(self, facts: Mapping[str, Mapping[str, Any]]) -> None:
        """Remember new facts; what is the same is not written again. Raises OSError."""
        for host, own in facts.items():
            if NAME.fullmatch(host) and self._one(host) != own:
                self._replace(self.directory / f"{host}.json", json.dumps(own, indent=1, sort_keys=True) + "\n")

    def _one(self, host: str) -> dict[str, Any]:
        try:
            facts = json.loads((self.directory / f"{host}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return facts if isinstance(facts, dict) else {}

    def _replace(self, path: Path, text: str) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
