# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host should be, what it is, and one step between the two: frozen values, nothing that acts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ENGINE = "/etc/branchline/engine.json"
RECORD = "/etc/branchline/state.json"
GUARD = "/etc/branchline/guard.nft"
POLICIES = "/etc/branchline/policies"
SWANCTL = "/etc/swanctl/conf.d/branchline.conf"
OWNED = (GUARD, POLICIES, SWANCTL, ENGINE)  # besides the certificates, whose names the record knows

Desired = dict[str, Any]


@dataclass(frozen=True)
class File:
    """A file as it should be, or is."""

    text: str = field(repr=False)
    mode: int = 0o600
    owner: str = "root"
    group: str = "root"


@dataclass(frozen=True)
class Record:
    """What Branchline applied last, kept on the host (0600): desired state with references, and what they stood for.

    files: path -> SHA-256 of what was written. loaded: "guard" and "charon" -> fingerprint of what they held
    right after loading; another one now means that somebody else changed it.
    """

    desired: Desired
    secrets: Mapping[str, str] = field(repr=False)
    files: Mapping[str, str]
    loaded: Mapping[str, str | None]
    salt: str = field(repr=False)

    def text(self) -> str:
        """The record as its file holds it."""
        document = {
            "version": 1,
            "desired": self.desired,
            "secrets": dict(self.secrets),
            "files": dict(self.files),
            "loaded": dict(self.loaded),
            "salt": self.salt,
        }
        return json.dumps(document, indent=1, sort_keys=True) + "\n"

    @classmethod
    def parse(cls, text: str) -> Record | None:
        """The record in a file's text; None when it is damaged, and then everything is written anew."""
        try:
            document = json.loads(text)
            parts = (document[name] for name in ("desired", "secrets", "files", "loaded", "salt"))
            return cls(*parts) if document["version"] == 1 else None
        except (ValueError, KeyError, TypeError):
            return None


@dataclass(frozen=True)
class Sa:
    """An IKE SA that charon holds: its connection, the peer's identity, and the number to end it by."""

    connection: str
    remote_id: str
    number: str


@dataclass(frozen=True)
class Present:
    """What a host is. guard: fingerprint of the loaded table, charon: of each loaded connection; None: not there.

    policies: how many XFRM policies of ours the kernel has, as far as there is a file of them.
    engine: SHA-256 of the configuration that the running engine has loaded, None when none runs.
    """

    files: Mapping[str, File] = field(default_factory=dict)
    record: Record | None = None
    guard: str | None = None
    policies: int = 0
    charon: Mapping[str, str] | None = None
    sas: tuple[Sa, ...] = ()
    engine: str | None = None


@dataclass(frozen=True)
class Wanted:
    """What a host should be; `desired` None: nothing of Branchline. `secrets` are those that it refers to."""

    desired: Desired | None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    files: Mapping[str, File] = field(default_factory=dict)
    salt: str = field(default="", repr=False)

    @property
    def connections(self) -> tuple[str, ...]:
        """Names of the connections that charon should hold."""
        ipsec = (self.desired or {}).get("ipsec") or {}
        return tuple(sorted(connection["name"] for connection in ipsec.get("connections", ())))


@dataclass(frozen=True)
class Step:
    """One thing to do: a verb of `apply`, what it is done to, and why, in plain words for the operator."""

    verb: str
    target: str = ""
    why: str = ""
    file: File | None = None


def sha256(text: str) -> str:
    """Hex digest of a text as its file's bytes."""
    return hashlib.sha256(text.encode()).hexdigest()
