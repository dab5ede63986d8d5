# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""References to secrets in a desired state: {"$secret": "<line>.<kind>.<generation>"} stands where a secret goes."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from typing import Any

KEY = "$secret"


class MissingSecretError(Exception):
    """References that nobody gave a value for."""

    def __init__(self, references: list[str]) -> None:
        super().__init__(f"no value was given for the secrets {', '.join(references)}")
        self.references = references


def is_reference(value: Any) -> bool:
    """Whether a value stands for a secret."""
    return isinstance(value, dict) and set(value) == {KEY}


def references(value: Any) -> Iterator[str]:
    """Every reference in a desired state, or in a part of one."""
    if is_reference(value):
        yield value[KEY]
    elif isinstance(value, dict):
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from references(inner)


def line_of(reference: str) -> str:
    """The line that a reference belongs to."""
    return reference.rsplit(".", 2)[0]


def resolve(value: Any, secrets: Mapping[str, str]) -> Any:
    """A copy with every reference replaced by its secret; raises MissingSecretError naming all that lack one."""
    missing = sorted(set(references(value)) - set(secrets))
    if missing:
        raise MissingSecretError(missing)
    return _replaced(value, secrets.__getitem__)


def mask(value: Any, secrets: Mapping[str, str], salt: str) -> Any:
    """A copy with every reference replaced by a text that names it and changes when the secret does."""
    return _replaced(value, lambda reference: masked(reference, secrets, salt))


def masked(reference: str, secrets: Mapping[str, str], salt: str) -> str:
    """What stands for a secret in diffs (without a salt its name alone); it passes for PEM where that is expected."""
    kind = "-----BEGIN SECRET----- " if reference.rsplit(".", 2)[1:2] == ["key"] else "secret "
    shown = f" {fingerprint(secrets.get(reference), salt)}" if salt else ""
    return f"<{kind}{reference}{shown}>"


def fingerprint(secret: str | None, salt: str) -> str:
    """Twelve hex digits that tell two secrets apart; without the host's salt nobody can try guesses against them."""
    if secret is None:
        return "absent"
    return hmac.new(salt.encode(), secret.encode(), hashlib.sha256).hexdigest()[:12]


def _replaced(value: Any, put: Callable[[str], str]) -> Any:
    if is_reference(value):
        return put(value[KEY])
    if isinstance(value, dict):
        return {name: _replaced(inner, put) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_replaced(inner, put) for inner in value]
    return value
