# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the intent out of an inventory: of each host only Branchline's variables, templated, secrets unseen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import PREFIX
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Intent
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.kinds import PEM, Unreadable
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.variables import FILES, SECRETS

GROUPS = ("lns", "branches", "gateways", "lacs", "remotes")
"""The groups of hosts, by the names that they have where the inventory does not rename them."""

VAULTED = frozenset({"EncryptedString", "AnsibleVaultEncryptedUnicode"})
"""What Ansible (2.19, older) makes of an inline !vault: it is a text, and decrypting thousands takes minutes."""


def read(
    groups: Mapping[str, Sequence[str]],
    names: Mapping[str, str],
    hostvars: Mapping[str, Any],
    raw: Callable[[str], Mapping[str, Any]],
) -> Intent:
    """The intent of the whole inventory.

    `groups` are Ansible's, `names` says which are {"lns": ..., "branches": ...}, see GROUPS; `hostvars` gives templated
    variables, `raw` a host's variables before templating.
    """
    members = {role: list(groups.get(names[role], ())) for role in GROUPS if role in names}
    variables = {host: _host(host, hostvars, raw) for hosts in members.values() for host in hosts}
    return Intent(variables=variables, **{"branches": [], **members})


def _host(host: str, hostvars: Mapping[str, Any], raw: Callable[[str], Mapping[str, Any]]) -> dict[str, Any]:
    own = {key: value for key, value in raw(host).items() if key.startswith(PREFIX) and not _registered(value)}
    templated = hostvars[host] if own else {}
    return {key: _value(key[len(PREFIX) :], value, templated, key) for key, value in own.items()}


def _registered(value: Any) -> bool:
    """Whether a variable is the result of a task (register: branchline_plan), which is no part of the intent."""
    told = {"failed", "skipped", "unreachable"}
    return isinstance(value, Mapping) and "changed" in value and not told.isdisjoint(value)


def _value(name: str, raw: Any, templated: Mapping[str, Any], key: str) -> Any:
    if name in SECRETS:
        return True if type(raw).__name__ in VAULTED else _secret(templated, key)
    try:
        value = templated[key]
    except Exception as error:  # whatever a lookup raises
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        return Unreadable(f"cannot be templated ({reason})")
    return _file(value) if name in FILES else value


def _secret(templated: Mapping[str, Any], key: str) -> Any:
    """Whether there is a secret: the plan needs to know no more."""
    try:
        value = templated[key]
    except Exception as error:  # whatever a lookup raises; its text may hold the value
        return Unreadable(f"cannot be templated ({type(error).__name__})")
    if value is None or (isinstance(value, str) and value.strip()):
        return None if value is None else True
    return Unreadable("is no text, or an empty one")


def _file(value: Any) -> Any:
    """PEM text as it stands; anything else is the path of a file with it."""
    if not isinstance(value, str) or value.lstrip().startswith(PEM) or not value.strip():
        return value
    return _contents(str(value).strip())


@lru_cache(maxsize=64)
def _contents(path: str) -> Any:
    try:
        return Path(path).expanduser().read_text(encoding="ascii")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text"
        return Unreadable(f"is neither PEM text nor a file that can be read on the controller: {path} ({reason})")
