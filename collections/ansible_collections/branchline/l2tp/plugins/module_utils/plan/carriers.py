# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired configuration of the engine where sessions are carried on: of a gateway, a LAC, and a LAC's remote."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.branchline.l2tp.plugins.module_utils.plan import dialling
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.backends import Backend
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.compulsory import PPPOE_MTU, Compulsory
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.engine_config import (
    BRANCH_ECHO,
    PORT,
    Config,
    config,
    peers,
    ppp_secret,
    tunnel,
)
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.hops import Hop
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Gateway, Lac, Lns
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.lines import Line
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.references import References


def gateway_config(
    gateway: Gateway, lines: Sequence[Line], trunks: Sequence[Hop], backend: Backend, refs: References
) -> Config:
    """engine.json of a gateway: it accepts the tunnels of `lines` and carries each on in one of its `trunks`."""
    return config(gateway, _where_protected([*lines, *trunks], backend)) | {
        "gateway": {
            "listen": [{"address": str(gateway.address), "port": PORT}],
            "require_tunnel_secret": all(line.tunnel_secret for line in lines),
            "peers": peers(lines, refs),
            "lns": _trunks(trunks, refs),
            "rules": [_rule(line) for line in lines],
            "hello": gateway.hello,
            **(gateway.failover or {}),
        }
    }


def lac_config(
    lac: Lac, lines: Sequence[Compulsory], trunks: Sequence[Hop], backend: Backend, refs: References
) -> Config:
    """engine.json of a LAC: who dials it is carried on to the LNS of his realm; `lines` gives some of them names."""
    by_lns = {trunk.lns.name: trunk.name for trunk in trunks}
    realms = {realm: [{"line": by_lns[lns]}] for realm, lns in lac.realms.items() if lns in by_lns}
    return config(lac, _where_protected(trunks, backend)) | {
        "lac": {
            "ac_name": lac.ac_name or lac.name,
            "interfaces": [{"interface": name} for name in lac.access],
            "auth": _auth(trunks),
            "mru": min([PPPOE_MTU, *(trunk.mtu for trunk in trunks), *(line.mtu for line in lines)]),
            "lns": _trunks(trunks, refs),
            "realms": {realm: {"lns": choices} for realm, choices in sorted(realms.items())},
            "default_realm": None,
            "callers": {line.user: {"line": line.name} for line in lines},
        }
    }


def remote_config(line: Compulsory, refs: References) -> Config:
    """engine.json of a remote: it knows nothing of L2TP."""
    remote = line.branch
    return config(remote, None) | {
        "lines": {
            line.name: {
                "pppoe": {"interface": remote.access_interface, "ac": line.lac.ac_name or line.lac.name},
                "user": line.user,
                "secret": ppp_secret(line.name, remote, refs),
                "auth": list(line.server.ppp_auth),
                "interface": line.interface,
                "mtu": line.mtu,
                "mss_clamp": True,
                "address": None if remote.fixed_address is None else str(remote.fixed_address),
                "routes": line.routes,
                "default_route": remote.default_route,
                "echo": BRANCH_ECHO,
                "enabled": True,
                **dialling.rule(remote.dial, remote.idle, remote.hours),
            }
        }
    }


def _where_protected(hops: Sequence[Hop], backend: Backend) -> Backend | None:
    return backend if not hops or any(hop.protected for hop in hops) else None


def _trunks(trunks: Sequence[Hop], refs: References) -> Config:
    return {trunk.name: {"address": str(trunk.lns.address), **tunnel(trunk, refs)} for trunk in trunks}


def _rule(line: Line) -> Config:
    own = [(line.trunk, line.branch.preference, line.branch.weight)] if line.trunk else []
    trunks = [*own, *((other.hop, other.preference, other.weight) for other in line.standby)]
    choices = [{"line": trunk.name, "preference": first, "weight": share} for trunk, first, share in trunks]
    return {"host_name": line.branch.name, "line": line.name, "lns": choices}


def _auth(trunks: Sequence[Hop]) -> list[str]:
    """What the LAC asks of hosts: the methods of its LNSs, so that they need not ask again."""
    servers = [trunk.lns for trunk in trunks if isinstance(trunk.lns, Lns)]
    if not servers:
        return ["mschapv2", "chap-md5"]
    common = [method for method in servers[0].ppp_auth if all(method in lns.ppp_auth for lns in servers)]
    return common or list(servers[0].ppp_auth)
