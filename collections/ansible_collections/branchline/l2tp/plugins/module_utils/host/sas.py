# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which IKE SAs a change ends: those of our own connections that are gone or say something else now, and those of
peers whose line is gone. A responder's connection is shared by its lines and a change of it ends nobody's SA. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.host.model import Desired, Present, Step, Wanted
from ansible_collections.branchline.l2tp.plugins.module_utils.host.secrets import mask


def ended(wanted: Wanted, present: Present) -> Iterator[Step]:
    """A step for each IKE SA to end."""
    record = present.record
    if record is None:
        return
    before = _ipsec(record.desired, record.secrets, record.salt)
    after = _ipsec(wanted.desired, wanted.secrets, record.salt)
    connections = _stale_connections(before, after)
    peers = _identities(before) - _identities(after)
    for sa in present.sas:
        if sa.connection in connections or (sa.connection in _names(before) and sa.remote_id in peers):
            yield Step("terminate", sa.number)


def _ipsec(desired: Desired | None, secrets: Mapping[str, str], salt: str) -> Desired:
    ipsec: Desired = mask((desired or {}).get("ipsec") or {}, secrets, salt)
    return ipsec


def _names(ipsec: Desired) -> set[str]:
    return {connection["name"] for connection in ipsec.get("connections", ())}


def _stale_connections(before: Desired, after: Desired) -> set[str]:
    left = _names(before) - _names(after)
    old, new = _initiators(before), _initiators(after)
    return left | {name for name in old if name in new and old[name] != new[name]}


def _initiators(ipsec: Desired) -> dict[str, Any]:
    """Connections that this host opens, each with the secrets that it proves itself by."""
    return {
        connection["name"]: (connection, _secrets_of(connection, ipsec))
        for connection in ipsec.get("connections", ())
        if connection.get("initiator")
    }


def _secrets_of(connection: Desired, ipsec: Desired) -> list[Any]:
    ids, names = {connection["local_id"], connection["remote_id"]}, {connection["certificate"], connection["ca"]}
    secrets = [secret for secret in ipsec.get("secrets", ()) if ids.issuperset(secret["ids"])]
    return secrets + [item for item in ipsec.get("certificates", ()) if item["name"] in names]


def _identities(ipsec: Desired) -> set[str]:
    """The peers that a responder lets in by name."""
    connections = ipsec.get("connections", ())
    ours = {connection["local_id"] for connection in connections}
    named = {identity for connection in connections for identity in connection.get("remote_ids", ())}
    return named.union(*(secret["ids"] for secret in ipsec.get("secrets", ()))) - ours
