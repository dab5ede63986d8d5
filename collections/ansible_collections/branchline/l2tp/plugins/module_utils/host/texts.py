# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A desired state as the files that say it on the host; once with the secrets, once masked for people to look at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.host.model import (
    ENGINE,
    GUARD,
    POLICIES,
    SWANCTL,
    Desired,
    File,
)
from ansible_collections.branchline.l2tp.plugins.module_utils.host.secrets import mask, resolve
from ansible_collections.branchline.l2tp.plugins.module_utils.render.guard import render_guard
from ansible_collections.branchline.l2tp.plugins.module_utils.render.policies import render_policies
from ansible_collections.branchline.l2tp.plugins.module_utils.render.swanctl import certificate_files, render_swanctl


def files(desired: Desired, secrets: Mapping[str, str]) -> dict[str, File]:
    """Path -> file, secrets in place; raises MissingSecretError, or the renderer's ValueError."""
    return _files(resolve(desired, secrets))


def masked_files(desired: Desired | None, secrets: Mapping[str, str], salt: str) -> dict[str, str]:
    """Path -> text with every secret masked; nothing for None."""
    if desired is None:
        return {}
    return {path: file.text for path, file in _files(mask(desired, secrets, salt)).items()}


def _files(desired: Desired) -> dict[str, File]:
    found: dict[str, File] = {ENGINE: File(engine_text(desired["engine"]), 0o640, group="branchline")}
    ipsec = desired.get("ipsec") or {}
    if ipsec.get("backend", "none") != "none":
        found[SWANCTL] = File(render_swanctl(ipsec))
        found.update((path, File(text)) for path, text in certificate_files(ipsec))
    if desired.get("guard"):
        found[GUARD] = File(render_guard(desired["guard"]))
    if policies := render_policies((desired.get("guard") or {}).get("bundles") or []):
        found[POLICIES] = File(policies)
    return found


def engine_text(engine: Any) -> str:
    """engine.json; sorted, so that the same configuration is the same bytes."""
    return json.dumps(engine, indent=1, sort_keys=True) + "\n"
