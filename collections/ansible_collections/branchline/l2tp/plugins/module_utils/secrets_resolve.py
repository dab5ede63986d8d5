# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From references to secrets: on the controller, right before a module that needs them runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.secret_store import SecretStore, SecretStoreError

Read = Callable[[str, str], object]
"""(host, variable) -> its templated value; raises KeyError if it is not there, or any error of templating."""

PEM = "-----BEGIN "


class ResolveError(Exception):
    """Every secret that cannot be had, one line each: reference, host.variable and why; never a secret."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(f"- {problem}" for problem in sorted(problems)))
        self.problems = sorted(problems)


def resolve(
    wanted: Iterable[str],
    sources: Mapping[str, Mapping[str, Any]],
    read: Read,
    store: SecretStore,
    *,
    check: bool = False,
) -> dict[str, str]:
    """The secrets of the references `wanted`, by reference.

    `sources` is the plan's `secrets`. With `check` (check mode draws nothing) a secret that is not in the store yet is
    a text that says so. Raises ResolveError that names all that are missing.
    """
    found: dict[str, str] = {}
    problems: list[str] = []
    for ref in sorted(set(wanted)):
        _note(ref, lambda ref: _one(ref, sources, read, store, check), found, problems)
    if problems:
        raise ResolveError(problems)
    return found


def _note(ref: str, get: Callable[[str], str], found: dict[str, str], problems: list[str]) -> None:
    try:
        found[ref] = get(ref)
    except (LookupError, SecretStoreError) as error:
        problems.append(f"{ref}: {error}")


def _one(ref: str, sources: Mapping[str, Mapping[str, Any]], read: Read, store: SecretStore, check: bool) -> str:
    source = sources.get(ref)
    if source is None:
        raise LookupError("the plan does not know it; plan again")
    if "var" in source:
        host, variable = source["var"]
        return _variable(host, variable, read)
    secret = store.get(source["store"])
    if secret is None and check:
        return f"not drawn yet ({ref})"
    if secret is None:
        raise LookupError(f"is not in {store.directory}; plan again, or restore the store")
    return secret


def _variable(host: str, variable: str, read: Read) -> str:
    try:
        value = read(host, variable)
    except Exception as error:  # whatever a lookup raises; its text may hold the value
        raise LookupError(f"{host}.{variable} cannot be had ({type(error).__name__}); mend the variable") from None
    if not isinstance(value, str) or not value.strip():
        raise LookupError(f"{host}.{variable} is no text, or an empty one; set it (ansible-vault, a lookup)")
    if variable == "branchline_private_key" and not value.lstrip().startswith(PEM):
        return _key_file(host, variable, value.strip())
    return str(value).strip("\r\n")


def _key_file(host: str, variable: str, path: str) -> str:
    try:
        text = Path(path).expanduser().read_text(encoding="ascii")
    except (OSError, ValueError):
        raise LookupError(f"{host}.{variable} is neither PEM text nor a file that can be read") from None
    if not text.lstrip().startswith(PEM):
        raise LookupError(f"{host}.{variable} names a file that has no PEM text")
    return text


def reader(hostvars: Mapping[str, Any]) -> Read:
    """What reads variables of any host of the inventory; it asks Ansible for each host's variables once."""
    hosts: dict[str, Any] = {}

    def read(host: str, variable: str) -> object:
        if host not in hosts:
            hosts[host] = hostvars[host]
        return hosts[host][variable]

    return read
