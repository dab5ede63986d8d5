# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The templates of a driver package: Jinja2 with a few filters that know addresses, proposals and secrets."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import cache
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import masking, proposals
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device.package import Package
from jinja2 import ChainableUndefined, Environment, FileSystemLoader


class Missing(ChainableUndefined):
    """What a device did not show, of a state that was read back: it says so, and no command comes out of it."""

    def __str__(self) -> str:
        return masking.MISSING


def render(package: Package, template: str, values: Mapping[str, Any]) -> str:
    """The text of a template of the package; an absent value of a state stands as «missing»."""
    return _environment(package.name, package.folders).get_template(template).render(
        **values, can=package.capabilities
    )  # fmt: skip


@cache
def _environment(_name: str, folders: tuple[Any, ...]) -> Environment:
    environment = Environment(  # noqa: S701 - commands of devices, no markup; what is markup escapes by itself
        loader=FileSystemLoader([str(folder) for folder in folders]),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=Missing,
        finalize=lambda value: masking.MISSING if value is None else value,
    )
    environment.filters.update(
        secret=masking.placeholder,
        netmask=lambda text: str(IPv4Network(text).netmask),
        network=lambda text: str(IPv4Network(text).network_address),
        parts=proposals.parts,
        identity=identity,
        quoted=quoted,
        first=lambda text: text.partition("-")[0],
        last=lambda text: text.rpartition("-")[2],
        stable_uuid=lambda text: str(uuid.uuid5(uuid.NAMESPACE_URL, f"branchline:{text}")).upper(),
        first_key=lambda mapping: min(mapping, default=""),
        secret_base64=masking.placeholder_base64,
        secret_body=masking.placeholder_body,
        body=masking.body,
    )
    return environment


def identity(text: object) -> str:
    """Which kind of IKE identity a text is: address, email or fqdn."""
    try:
        IPv4Address(str(text))
    except ValueError:
        return "email" if "@" in str(text) else "fqdn"
    return "address"


def quoted(text: object) -> str:
    """The text in double quotes, as strongSwan's and pppd's files have it."""
    escaped = str(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
