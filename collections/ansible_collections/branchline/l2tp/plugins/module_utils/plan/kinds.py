# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of values: how a variable's value is read, strictly, and what it is called in the reference."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan import addresses
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import BadValueError
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.profiles import Profile

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
INTERFACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,14}")  # Linux: IFNAMSIZ is 16 with the final NUL
PORT = re.compile(r"[A-Za-z0-9][A-Za-z0-9/.:_-]{0,47}")
IDENTITY = re.compile(r"[A-Za-z0-9@.:_=,/+ -]{1,255}")  # no wildcard and no quote may get into swanctl.conf
WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}  # INI inventories: text
RESERVED_INTERFACES = frozenset({"lo", "all", "default", "ipsec0"})
PEM = "-----BEGIN "


@dataclass(frozen=True)
class Kind:
    """A kind of value: its name in the reference, and what reads it (raises BadValueError)."""

    name: str
    read: Callable[[Any], Any]
    secret: bool = False


@dataclass(frozen=True)
class Unreadable:
    """Stands in the intent for a value that could not be had (a template that fails): `problem` says why."""

    problem: str


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadValueError(f"{_shown(value)} is not {what}", f"write {what}")
    return value.strip()


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, (str, int, float, bool, type(None))) else type(value).__name__
    return text if len(text) <= 60 else text[:57] + "..."


def _matching(pattern: re.Pattern[str], what: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        text = _text(value, what)
        if not pattern.fullmatch(text):
            raise BadValueError(f"{_shown(value)} is not {what}", f"write {what}")
        return text

    return read


def _boolean(value: object) -> bool:
    found = WORDS.get(value.strip().lower()) if isinstance(value, str) else value
    if not isinstance(found, bool):
        raise BadValueError(f"{_shown(value)} is not a boolean", "write true or false")
    return found


def linux_interface(value: object) -> str:
    """The name of an interface of Linux; raises BadValueError."""
    text = _matching(INTERFACE, "an interface name of at most 15 letters, digits, '.', '_' or '-'")(value)
    if text in RESERVED_INTERFACES:
        raise BadValueError(f"{text!r} is an interface that is not Branchline's", "choose another name")
    return text


def _items(value: object, what: str) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise BadValueError(f"{_shown(value)} is not a list", f"write a list of {what}, as in [...]")
    return list(value)


def _networks(value: object) -> tuple[IPv4Network, ...]:
    return tuple(addresses.network(item) for item in _items(value, "networks"))


def _dns(value: object) -> tuple[IPv4Address, ...]:
    items = tuple(addresses.address(item) for item in _items(value, "addresses"))
    if len(items) > 2:
        raise BadValueError(
            f"{len(items)} DNS servers", "give at most two: IPCP has a primary and a secondary one (RFC 1877)"
        )
    return items


def _mapping(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadValueError(f"{_shown(value)} is not a mapping", f"write {what}")
    for name in value:
        _matching(NAME, "a name of letters, digits, '.', '_' or '-'")(name)
    return value


def _pools(value: object) -> dict[str, tuple[addresses.Range, ...]]:
    pools = _mapping(value, "pools as in {branches: [10.20.0.16-10.20.0.127]}")
    read = {
        str(name): tuple(addresses.pool_range(item) for item in _items(ranges, "ranges"))
        for name, ranges in pools.items()
    }
    if not all(read.values()):
        raise BadValueError("a pool without addresses", "give each pool at least one range, network or address")
    return read


def _profiles(value: object) -> dict[str, Profile]:
    profiles = _mapping(value, "profiles as in {partner: {ike: [aes256-sha256-modp2048], esp: [aes256-sha256]}}")
    return {str(name): _profile(str(name), body) for name, body in profiles.items()}


def _profile(name: str, body: object) -> Profile:
    parts = _mapping(body, f"profile {name} as {{ike: [...], esp: [...]}}")
    if not set(parts) <= {"ike", "esp", "ah"}:
        raise BadValueError(
            f"profile {name} has {sorted(set(parts) - {'ike', 'esp', 'ah'})}", "only ike, esp and ah are known"
        )
    lists = {
        key: tuple(_text(item, "a proposal") for item in _items(value, "proposals")) for key, value in parts.items()
    }
    return Profile(name, lists.get("ike", ()), lists.get("esp", ()), lists.get("ah", ()))


def _secret(value: object) -> bool:
    """A secret's value never enters the plan: only that there is one."""
    if value is True or (isinstance(value, str) and value.strip()):
        return True
    raise BadValueError("is no text, or an empty one", "give it a text (ansible-vault, a lookup), or remove it")


def _pem(value: object) -> str:
    if not (isinstance(value, str) and value.lstrip().startswith(PEM)):
        raise BadValueError(
            "is not a certificate in PEM", "give the PEM text itself or the path of its file on the controller"
        )
    return value


def integer(low: int, high: int) -> Kind:
    """Whole numbers from `low` to `high`."""

    def read(value: object) -> int:
        if isinstance(value, str) and value.strip().isdigit():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise BadValueError(f"{_shown(value)} is not a whole number from {low} to {high}", "write such a number")
        return value

    return Kind(f"integer {low}-{high}", read)


def choice(*options: str) -> Kind:
    """One of some words."""

    def read(value: object) -> str:
        if str(value) not in options:
            raise BadValueError(f"{_shown(value)} is not one of {', '.join(options)}", "write one of these words")
        return str(value)

    return Kind(" | ".join(options), read)


def choices(*options: str) -> Kind:
    """A list, best first and not empty, of some words."""
    one = choice(*options)

    def read(value: object) -> tuple[str, ...]:
        words = tuple(one.read(item) for item in _items(value, "words"))
        if not words or len(set(words)) != len(words):
            raise BadValueError("is empty, or has a word twice", f"write some of {', '.join(options)}, best first")
        return words

    return Kind(f"list of {', '.join(options)}", read)


ADDRESS = Kind("IPv4 address", addresses.address)
NETWORK = Kind("IPv4 network", addresses.network)
NETWORKS = Kind("list of IPv4 networks", _networks)
DNS = Kind("list of at most two IPv4 addresses", _dns)
POOLS = Kind("mapping of names to lists of ranges", _pools)
PROFILES = Kind("mapping of names to {ike, esp, ah}", _profiles)
BOOLEAN = Kind("boolean", _boolean)
TEXT_NAME = Kind("name", _matching(NAME, "a name of at most 63 letters, digits, '.', '_' or '-'"))
IDENTIFIER = Kind("IKE identity", _matching(IDENTITY, "an IKE identity (host name, address, user@host or DN)"))
PORT_NAME = Kind("interface name", _matching(PORT, "an interface name as the device writes it"))
FILE_NAME = Kind("path", lambda value: _text(value, "a path"))
INTERFACE_NAME = Kind("interface name", linux_interface)
SECRET = Kind("secret", _secret, secret=True)
CERTIFICATE = Kind("PEM text or path", _pem)
PRIVATE_KEY = Kind("PEM text or path, secret", _secret, secret=True)
