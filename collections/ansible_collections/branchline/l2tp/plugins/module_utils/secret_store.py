# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The generated secrets: a directory on the controller, one file a reference, drawn once and never again."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
import string
from collections.abc import Iterable
from pathlib import Path

REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.[a-z0-9]+(?:-[A-Za-z0-9_-]+)?\.[1-9][0-9]*")
ALPHABET = string.ascii_letters + string.digits  # needs no quoting in swanctl.conf, JSON, shells or on the phone
LENGTH = 32  # characters of 5.95 bits: 190 bits
KINDS = ("psk", "ppp", "tunnel", "ikev1")


class SecretStoreError(Exception):
    """The store cannot be used as it stands; the message names the path and the remedy, never a secret."""


def reference(owner: str, kind: str, generation: int = 1) -> str:
    """The name of a secret: of a line (psk, ppp, tunnel) or of an LNS (ikev1), and its generation."""
    return f"{owner}.{kind}.{generation}"


def kind_at(kind: str, lns: str) -> str:
    """A kind of a line's secrets, as another LNS than the line's own has it."""
    return f"{kind}-{lns.replace('.', '_')}"


class SecretStore:
    """Secrets by reference in `directory` (0700), each in a file of its own (0600)."""

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.directory = Path(directory)

    def get(self, ref: str) -> str | None:
        """The secret, or None if it was never drawn; raises SecretStoreError if others could have read it."""
        path = self._path(ref)
        try:
            file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SecretStoreError(f"{path}: {error.strerror}") from error
        with os.fdopen(file, encoding="ascii") as stream:
            _refuse_shared(path, os.fstat(stream.fileno()).st_mode)
            _refuse_shared(self.directory, self.directory.stat().st_mode)
            secret = stream.read().strip()
        if not secret:
            raise SecretStoreError(f"{path} is empty; restore it from a backup, or remove it to draw a new one")
        return secret

    def create(self, ref: str) -> bool:
        """Draw the secret unless it is there; whether it was drawn. Of several callers at once one draws it.

        The file appears under its name with all of its contents (link(2) fails where it is there already), so that
        neither a crash nor another run can leave or see half of one.
        """
        path = self._path(ref)
        if path.exists():
            return False
        self._make_directory()
        draft = self.directory / f".{secrets.token_hex(8)}.new"
        try:
            _write(draft, "".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) + "\n")
            os.link(draft, path)
        except FileExistsError:
            return False
        except OSError as error:
            raise SecretStoreError(f"{path}: {error.strerror}") from error
        finally:
            with contextlib.suppress(OSError):
                draft.unlink()
        return True

    def create_missing(self, refs: Iterable[str]) -> list[str]:
        """Draw those that were never drawn, and have them on the disk before any host can get one; which they were."""
        drawn = [ref for ref in sorted(set(refs)) if self.create(ref)]
        if drawn:
            os.sync()
        return drawn

    def _path(self, ref: str) -> Path:
        if not REFERENCE.fullmatch(ref):
            raise SecretStoreError(f"{ref!r} is not a reference to a secret (owner.kind.generation)")
        return self.directory / ref

    def _make_directory(self) -> None:
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            _refuse_shared(self.directory, self.directory.stat().st_mode)
        except OSError as error:
            raise SecretStoreError(f"{self.directory}: {error.strerror}") from error


def _write(path: Path, text: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(file, "w", encoding="ascii") as stream:
        stream.write(text)


def _refuse_shared(path: Path, mode: int) -> None:
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        remedy = f"chmod go= {path}, and think about who could read it"
        raise SecretStoreError(f"{path} is open to other users (mode {stat.S_IMODE(mode):04o}); {remedy}")
