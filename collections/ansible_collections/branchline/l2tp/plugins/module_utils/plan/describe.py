# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A line as the verification and the reports need it: plain data, with every hop that carries it."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan import backends, engine_config
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.addresses import within
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.compulsory import Compulsory
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.hops import Can, Hop
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Lns
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.lines import Line, client_routes
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.standbys import Further, Standby

Described = dict[str, Any]


def line(one: Line) -> Described:
    """A branch's line: voluntary, or multi-hop where a gateway carries it on."""
    return {
        **_client(one),
        "kind": "multihop" if one.trunk else "voluntary",
        **_way([one, one.trunk] if one.trunk else [one]),
        "user": one.user,
        "realm": one.realm,
        "preference": one.branch.preference,
        "standby": [_standby(one, other) for other in one.standby],
        **_ipsec(one),
    }


def _standby(one: Line, other: Standby) -> Described:
    """What of the line is something else while this other LNS carries it.

    A gateway's branch does not know which LNS it is, so its routes stay what they are.
    """
    lns, direct = other.server, isinstance(other.hop, Further)
    routes = client_routes(one.branch, lns) if direct else one.routes
    reached = lns.probe is not None and within((IPv4Network(route) for route in routes), lns.probe)
    return {
        "preference": other.preference,
        **_server(lns, other.pool, other.fixed_address, other.hop.lns_can),
        "lns_probe": _text(lns.probe) if direct or reached else None,
        "routes": routes,
        "platform": {one.branch.name: one.branch.platform, lns.name: lns.platform},
        **_way([other.hop] if direct else [one, other.hop]),
        **(_ipsec(other.hop) if direct else {}),
    }


def _way(hops: Sequence[Hop]) -> Described:
    """Through which hosts a line goes, by which tunnels."""
    hosts = [hops[0].branch, *(hop.lns for hop in hops)]
    return {
        "ends": [host.name for host in hosts],
        "managed": {host.name: host.managed for host in hosts},
        "hops": [_hop(hop) for hop in hops],
    }


def compulsory(one: Compulsory) -> Described:
    """A remote's line."""
    return {
        **_client(one),
        "kind": "compulsory",
        **_dialled_way(one, one.trunk),
        "preference": one.preference,
        "standby": [_dialled_standby(one, other) for other in one.standby],
        "user": one.user,
        "realm": one.realm,
        "circuit": one.branch.circuit.number if one.branch.circuit else None,
        "access_interface": one.branch.access_interface,
    }


def _dialled_standby(one: Compulsory, other: Standby) -> Described:
    """What of a remote's line is something else while this LNS has it; its routes stay what they are."""
    lns = other.server
    reached = lns.probe is not None and within((IPv4Network(route) for route in one.routes), lns.probe)
    return {
        "preference": other.preference,
        **_server(lns, other.pool, other.fixed_address, other.hop.lns_can),
        "lns_probe": _text(lns.probe) if reached else None,
        "routes": one.routes,
        "platform": {one.branch.name: one.branch.platform, lns.name: lns.platform},
        **_dialled_way(one, other.hop),
    }


def _dialled_way(one: Compulsory, trunk: Hop) -> Described:
    hosts = [one.branch, one.lac, trunk.lns]
    return {
        "ends": [host.name for host in hosts],
        "managed": {host.name: host.managed for host in hosts},
        "hops": [_hop(trunk)],
        "platform": {host.name: host.platform for host in hosts},
        **_ipsec(trunk),
    }


def _client(one: Line | Compulsory) -> Described:
    branch, lns = one.branch, one.server
    return {
        "name": one.name,
        "branch": branch.name,
        **_server(lns, one.pool, branch.fixed_address, one.server_can),
        "mtu": one.mtu,
        "branch_lans": [str(lan) for lan in branch.lans],
        "routes": one.routes,
        "default_route": branch.default_route,
        "branch_probe": _text(branch.probe),
        "interface": one.interface,
        "platform": {branch.name: branch.platform, lns.name: lns.platform},
    }


def _server(lns: Lns, pool: str, fixed: IPv4Address | None, can: Can | None) -> Described:
    return {
        "lns": lns.name,
        "address": _text(fixed),
        "pool": pool,
        "pool_ranges": engine_config.pool_ranges(lns, pool),
        "lns_address": str(lns.ppp_address),
        "lns_outer_address": str(lns.address),
        "lns_lans": [str(lan) for lan in lns.lans],
        "lns_probe": _text(lns.probe),
        "lns_interface": lns.interface or (can or {}).get("lns_interface") or engine_config.LNS_INTERFACE,
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
