# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proposals in strongSwan's words, and in those of a platform: by the tables of its capabilities, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.algorithms import (
    AEAD,
    ALGORITHMS,
    CIPHER,
    GROUP,
    INTEGRITY,
    PRF,
)

PARTS = {AEAD: "cipher", CIPHER: "cipher", INTEGRITY: "integrity", PRF: "prf", GROUP: "group"}
ORDER = ("cipher", "integrity", "prf", "group")

Words = Mapping[str, Any]
"""A platform's own word for each of strongSwan's, of one protocol."""


def parts(proposal: object, words: Words) -> dict[str, str]:
    """A proposal as {cipher, integrity, prf, group} in the platform's words; only those that it has.

    A word that nobody knows (read back from a device that somebody else has changed) stays as it is.
    """
    made: dict[str, str] = {}
    for word in str(proposal).split("-"):
        free = next((part for part in ORDER if part not in made), ORDER[-1])
        made[PARTS[ALGORITHMS[word].kind] if word in ALGORITHMS else free] = str(words.get(word, word))
    return made


def joined(found: Mapping[str, str], words: Words) -> str:
    """The proposal that the platform's parts are; a word that it does not know stays, so that a drift is seen."""
    return "-".join(_own(part, found[part], words) for part in ORDER if found.get(part))


def _own(part: str, shown: str, words: Words) -> str:
    ours = (own for own in words if own in ALGORITHMS and PARTS[ALGORITHMS[own].kind] == part)
    return next((own for own in ours if str(words[own]) == shown), shown)
