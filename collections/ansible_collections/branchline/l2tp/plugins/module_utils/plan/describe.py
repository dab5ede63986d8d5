# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A line as the verification and the reports need it: plain data, with every hop that carries it."""

from __future__ import annotations

from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan import backends, engine_config
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.compulsory import Compulsory
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.hops import Hop
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.lines import Line

Described = dict[str, Any]


def line(one: Line) -> Described:
    """A branch's line: voluntary, or multi-hop where a gateway carries it on."""
    hops = [one, one.trunk] if one.trunk else [one]
    between = [one.trunk.branch] if one.trunk else []
    hosts = [one.branch, *between, one.server]
    return {
        **_client(one),
        "kind": "multihop" if one.trunk else "voluntary",
        "ends": [host.name for host in hosts],
        "managed": {host.name: host.managed for host in hosts},
        "hops": [_hop(hop) for hop in hops],
        "standby": [other.server.name for other in one.standby],
        **_ipsec(one),
    }


def compulsory(one: Compulsory) -> Described:
    """A remote's line."""
    hosts = [one.branch, one.lac, one.server]
    return {
        **_client(one),
        "kind": "compulsory",
        "ends": [host.name for host in hosts],
        "managed": {host.name: host.managed for host in hosts},
        "hops": [_hop(one.trunk)],
        "user": one.user,
        "access_interface": one.branch.access_interface,
        "platform": {host.name: host.platform for host in hosts},
        **_ipsec(one.trunk),
    }


def _client(one: Line | Compulsory) -> Described:
    branch, lns = one.branch, one.server
    return {
        "name": one.name,
        "branch": branch.name,
        "lns": lns.name,
        "address": _text(branch.fixed_address),
        "pool": one.pool,
        "pool_ranges": engine_config.pool_ranges(lns, one.pool),
        "lns_address": str(lns.ppp_address),
        "lns_outer_address": str(lns.address),
        "mtu": one.mtu,
        "branch_lans": [str(lan) for lan in branch.lans],
        "lns_lans": [str(lan) for lan in lns.lans],
        "routes": one.routes,
        "default_route": branch.default_route,
        "lns_probe": _text(lns.probe),
        "branch_probe": _text(branch.probe),
        "interface": one.interface,
        "lns_interface": lns.interface or (one.server_can or {}).get("lns_interface") or engine_config.LNS_INTERFACE,
        "platform": {branch.name: branch.platform, lns.name: lns.platform},
    }


def _hop(hop: Hop) -> Described:
    ends = [hop.branch.name, hop.lns.name]
    return {"name": hop.name, "ends": ends, "outer_address": str(hop.lns.address), **_ipsec(hop)}


def _ipsec(line: Hop) -> Described:
    branch, lns = line.branch, line.lns
    protected = line.protected
    ends = ((branch.name, line.branch_backend), (lns.name, line.lns_backend))
    return {
        "protection": branch.protection,
        "connection": line.connection if protected else None,
        "ike_version": branch.ike_version,
        "auth": branch.ike_auth,
        # What a client of others calls itself behind a key that it shares is its own affair.
        "local_id": None if line.ikev1_psk and not branch.managed else branch.identity,
        "remote_id": line.lns_identity,
        "profile": line.profile.name,
        "proposals": list(line.profile.ike) if protected else [],
        "esp_proposals": line.esp_proposals,
        "ah_proposals": line.ah_proposals,
        "backend": {name: backend.name if protected else backends.NONE for name, backend in ends},
        "mode": line.mode.name,
        "reason": line.mode.reason,
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)
