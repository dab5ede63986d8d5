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
BASE64, BODY = "base64 ", "body:"
"""Before a reference: the secret in base64; of a key in PEM what is between its first and its last line, in one."""
PEM = re.compile(r"-----BEGIN [A-Z ]+-----\n([A-Za-z0-9+/=]+\n)+-----END [A-Z ]+-----\n*")
PKCS8 = "-----BEGIN PRIVATE KEY-----"
COLUMNS = 64  # of a line of PEM (RFC 7468 2)
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


def placeholder_body(secret: Any) -> str:
    """The same for a place that wants the body of a key in PEM."""
    return placeholder(secret).replace(OPEN, f"{OPEN}{BODY}", 1) if _known(secret) else placeholder(secret)


def _known(secret: Any) -> bool:
    return isinstance(secret, Mapping) and "$secret" in secret


def body(text: object) -> str:
    """What is between the first and the last line of a text in PEM, in one line; of another text nothing."""
    lines = str(text).strip().splitlines()
    return "".join(line.strip() for line in lines[1:-1]) if lines and lines[0].startswith("-----BEGIN ") else ""


def pem(text: str, label: str = "CERTIFICATE") -> str:
    """The text in PEM whose body is that."""
    lines = [text[start : start + COLUMNS] for start in range(0, len(text), COLUMNS)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def recognised_body(text: str, secrets: Mapping[str, str]) -> dict[str, Any]:
    """The body of a private key as a device shows it: see recognised()."""
    found = PLACEHOLDER.fullmatch(text)
    if found:
        return recognised(f"{OPEN}{found[1].removeprefix(BODY)}{CLOSE}", {})
    return recognised(text, {ref: body(value) for ref, value in secrets.items() if body(value)})


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
    places = {place for command in commands for place in PLACEHOLDER.findall(command)}
    wanted = {place: place.removeprefix(BASE64).removeprefix(BODY) for place in sorted(places)}
    told = [f"{ref}: is not known" for ref in wanted.values() if ref not in secrets]
    told += [
        f"{ref}: has characters, or a length, that the platform cannot take ({allowed})"
        for place, ref in wanted.items()
        if ref in secrets and not place.startswith(BODY) and not fits(secrets[ref], allowed)
    ]
    told += [
        f"{ref}: is no private key in PKCS #8 (openssl pkcs8 -topk8 -nocrypt makes one of another)"
        for place, ref in wanted.items()
        if ref in secrets and place.startswith(BODY) and not _in_pkcs8(secrets[ref])
    ]
    if told:
        raise SecretError("; ".join(dict.fromkeys(told)))
    return [PLACEHOLDER.sub(lambda found: _value(found[1], secrets), command) for command in commands]


def _in_pkcs8(secret: str) -> bool:
    return secret.lstrip().startswith(PKCS8) and PEM.fullmatch(secret.lstrip()) is not None


def _value(ref: str, secrets: Mapping[str, str]) -> str:
    if ref.startswith(BODY):
        return body(secrets[ref.removeprefix(BODY)])
    if not ref.startswith(BASE64):
        return secrets[ref]
    return base64.b64encode(secrets[ref.removeprefix(BASE64)].encode()).decode()


def fits(secret: str, allowed: str) -> bool:
    """Whether a platform takes a secret; of several lines only a key in PEM can be."""
    return bool(re.fullmatch(allowed, secret) or PEM.fullmatch(secret))


def mask(text: str, secrets: Iterable[str], patterns: Iterable[str]) -> str:
    """The text without the values of `secrets`, and without what the groups `secret` of the patterns match."""
    values = {form for secret in secrets for form in (secret, secret.strip(), body(secret)) if len(form) >= SHORTEST}
    for secret in sorted(values, key=len, reverse=True):
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
