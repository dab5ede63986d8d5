# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in commands: placeholders that are safe to show, filled in last, and what must never be shown masked."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

OPEN, CLOSE = "«", "»"
HIDDEN, FOREIGN, MISSING, MASKED = "«hidden»", "«other»", "«missing»", "«masked»"
PLACEHOLDER = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")
BASE64 = "base64 "
PEM = re.compile(r"-----BEGIN [A-Z ]+-----\n([A-Za-z0-9+/=]+\n)+-----END [A-Z ]+-----\n*")
SHORTEST = 4
"""Characters: a shorter value is not looked for in texts, or it would mask half of them; the patterns still find it."""


class SecretError(ValueError):
    """Secrets that a platform cannot take, or that are not there; the references are named, never the values."""


def placeholder(secret: Any) -> str:
    """What stands for a secret of a state: its reference, or what is known of it."""
    if isinstance(secret, Mapping) and "$secret" in secret:
        return f"{OPEN}{secret['$secret']}{CLOSE}"
    if isinstance(secret, Mapping) and secret.get("$hidden"):
        return HIDDEN
    return FOREIGN if isinstance(secret, Mapping) else MISSING


def placeholder_base64(secret: Any) -> str:
    """The same for a place that wants the secret in base64."""
    return placeholder(secret).replace(OPEN, f"{OPEN}{BASE64}", 1)


def recognised(text: str, secrets: Mapping[str, str]) -> dict[str, Any]:
    """A secret as a device shows it: the reference if it is one of `secrets` or a placeholder, else not ours."""
    found = PLACEHOLDER.fullmatch(text)
    if found and f"{OPEN}{found[1]}{CLOSE}" == HIDDEN:
        return {"$hidden": True}
    if found and found[1] not in ("other", "missing", "masked"):
        return {"$secret": found[1]}
    refs = sorted(ref for ref, value in secrets.items() if value.strip() == text.strip())
    return {"$secret": refs[0]} if refs else {"$foreign": True}


def references(value: Any) -> set[str]:
    """Every reference in a state."""
    return set(_references(value))


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if "$secret" in value:
            yield str(value["$secret"])
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _references(inner)


def fill(commands: Iterable[str], secrets: Mapping[str, str], allowed: str) -> list[str]:
    """The commands with their secrets; `allowed` is the pattern of what the platform takes unquoted.

    Raises SecretError for every reference that is unknown or whose value the platform cannot take.
    """
    commands = list(commands)
    wanted = sorted({ref.removeprefix(BASE64) for command in commands for ref in PLACEHOLDER.findall(command)})
    absent = [ref for ref in wanted if ref not in secrets]
    unfit = [ref for ref in wanted if ref in secrets and not fits(secrets[ref], allowed)]
    if absent or unfit:
        told = [f"{ref}: is not known" for ref in absent]
        told += [f"{ref}: has characters, or a length, that the platform cannot take ({allowed})" for ref in unfit]
        raise SecretError("; ".join(told))
    return [PLACEHOLDER.sub(lambda found: _value(found[1], secrets), command) for command in commands]


def _value(ref: str, secrets: Mapping[str, str]) -> str:
    if not ref.startswith(BASE64):
        return secrets[ref]
    return base64.b64encode(secrets[ref.removeprefix(BASE64)].encode()).decode()


def fits(secret: str, allowed: str) -> bool:
    """Whether a platform takes a secret; of several lines only a key in PEM can be."""
    return bool(re.fullmatch(allowed, secret) or PEM.fullmatch(secret))


def mask(text: str, secrets: Iterable[str], patterns: Iterable[str]) -> str:
    """The text without the values of `secrets`, and without what the groups `secret` of the patterns match."""
    for secret in sorted({one for one in secrets if len(one) >= SHORTEST}, key=len, reverse=True):
        text = text.replace(secret, MASKED)
    for pattern in patterns:
        text = re.sub(pattern, _masked, text, flags=re.MULTILINE)
    return text


def _masked(found: re.Match[str]) -> str:
    whole, secret = found[0], found["secret"]
    if not secret or PLACEHOLDER.fullmatch(secret):
        return whole
    start, end = found.start("secret") - found.start(), found.end("secret") - found.start()
    return f"{whole[:start]}{MASKED}{whole[end:]}"
