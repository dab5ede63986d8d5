# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of values of a LAC and of those who dial it: interfaces, services, circuits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import BadValueError
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.kinds import PORT_NAME, TEXT_NAME, Kind, integer

MAC = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}")
NUMBER = re.compile(r"[0-9A-Za-z+*#._-]{1,32}")
VLAN = integer(0, 4094)
UNTAGGED = (0,)


@dataclass(frozen=True)
class Access:
    """One Ethernet interface of a LAC; VLAN 0 is untagged, `realm` that of all its hosts, whatever they say."""

    interface: str
    vlans: tuple[int, ...] = UNTAGGED
    realm: str | None = None


@dataclass(frozen=True)
class Circuit:
    """The number by which an LNS calls a remote, and what tells the remote from others besides the number."""

    number: str
    mac: str | None = None
    circuit_id: str | None = None
    remote_id: str | None = None


def _text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value.encode()) <= 63:
        raise BadValueError(f"{value!r} is not a text of at most 63 octets", "write what the access node adds")
    return value


def _mac(value: object) -> str:
    if not isinstance(value, str) or not MAC.fullmatch(value):
        raise BadValueError(f"{value!r} is not an Ethernet address", "write one as in 02:00:00:00:00:01")
    return value.lower()


def _number(value: object) -> str:
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if not NUMBER.fullmatch(text):
        raise BadValueError(f"{value!r} is not a number to call", 'write one as in "5551234"')
    return text


def _circuit(value: object) -> Circuit:
    if not isinstance(value, Mapping):
        return Circuit(_number(value))
    readers = {"number": _number, "mac": _mac, "circuit_id": _text, "remote_id": _text}
    _only(value, tuple(readers), "number")
    return Circuit(**{name: readers[name](one) for name, one in value.items() if one is not None})


def _access(value: object) -> tuple[Access, ...]:
    if not isinstance(value, (list, tuple)):
        raise BadValueError("is not a list", "write Ethernet interfaces, as in [eth1]")
    found = tuple(_one_access(item) for item in value)
    if not found or len({one.interface for one in found}) != len(found):
        raise BadValueError("is empty, or has an interface twice", "name each Ethernet interface once, as in [eth1]")
    return found


def _one_access(value: object) -> Access:
    if not isinstance(value, Mapping):
        return Access(PORT_NAME.read(value))
    _only(value, ("interface", "vlans", "realm"), "interface")
    vlans = value.get("vlans")
    if vlans is not None and (not isinstance(vlans, (list, tuple)) or not vlans):
        raise BadValueError("vlans is no list, or an empty one", "write VLAN ids, 0 for untagged, as in [7, 8]")
    realm = value.get("realm")
    return Access(
        PORT_NAME.read(value["interface"]),
        UNTAGGED if vlans is None else tuple(VLAN.read(one) for one in vlans),
        None if realm is None else TEXT_NAME.read(realm),
    )


def _services(value: object) -> dict[str, str | None]:
    if not isinstance(value, Mapping):
        raise BadValueError("is not a mapping", "write services and their realms, as in {office: corp.example}")
    return {TEXT_NAME.read(name): None if realm is None else TEXT_NAME.read(realm) for name, realm in value.items()}


def _command(value: object) -> tuple[str, ...]:
    words = (value,) if isinstance(value, str) else value
    if not isinstance(words, (list, tuple)) or not all(isinstance(word, str) and word for word in words):
        raise BadValueError("is no program", "write its path, or a list of its path and arguments")
    if words and not words[0].startswith("/"):
        raise BadValueError(f"{words[0]!r} is not a path from the root", "write the whole path of the program")
    return tuple(words)


def _only(value: Mapping[Any, Any], known: tuple[str, ...], needed: str) -> None:
    unknown = sorted(str(name) for name in value if name not in known)
    if unknown or value.get(needed) is None:
        problem = f"has {', '.join(unknown)}" if unknown else f"has no {needed}"
        raise BadValueError(problem, f"write a mapping of {', '.join(known)}")


ACCESS = Kind("list of interface names or {interface, vlans, realm}", _access)
CIRCUIT = Kind("number or {number, mac, circuit_id, remote_id}", _circuit)
SERVICES = Kind("mapping of services to realms", _services)
COMMAND = Kind("path or list of words", _command)
