# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired configuration of the engine (engine.json): of a branch, an LNS; secrets are references."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan import choices, dialling
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.addresses import without
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.backends import LIBIPSEC, Backend
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.compulsory import Compulsory
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.hops import Hop
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Host, Lns
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.lines import Line, client_routes, lns_mtu
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.references import References
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.standbys import Further, Standby

PORT = 1701  # RFC 2661 8.1
AH_CHILD = "ah"
"""The child SA that a bundle of ESP and AH has besides that of ESP."""
MARK = 0x1701  # kernel-libipsec's route into ipsec0 takes only what has this mark
LNS_INTERFACE = "l2tp0"
LNS_ECHO, BRANCH_ECHO = 30, 10  # seconds; the branch opens the line anew, so it is the one that must notice soon
"""Seconds between LCP Echo-Requests."""

OF_THE_LINE = ("hello", "sequencing")
"""What of a tunnel is the same at all LNSs of a line."""

Config = dict[str, Any]


def branch_config(line: Line, refs: References) -> Config:
    """engine.json of a branch: it opens one line."""
    backend = line.branch_backend if line.protected else None
    return config(line.branch, backend) | {"lines": {line.name: _client(line, refs)}}


def lns_config(lns: Lns, hops: Sequence[Hop], users: Config, backend: Backend, refs: References) -> Config:
    """engine.json of an LNS: it accepts the tunnels `hops` and the `users` in them."""
    any_protected = not hops or any(hop.protected for hop in hops)
    return config(lns, backend if any_protected else None) | {"lns": _server(lns, hops, users, backend, refs)}


def config(host: Host, backend: Backend | None) -> Config:
    return {
        "version": 1,
        "host_name": host.name,
        "datapath": host.datapath,
        "mark": MARK if backend is not None and backend.name == LIBIPSEC else None,
        "lns": None,
        "lines": {},
    }


def _client(line: Line, refs: References) -> Config:
    branch = line.branch
    return {
        "lns": str(line.lns.address),
        **tunnel(line, refs),
        "user": line.user,
        "secret": ppp_secret(line.name, branch, refs),
        "auth": list(line.server.ppp_auth),
        "interface": line.interface,
        "mtu": line.mtu,
        "mss_clamp": True,
        "address": _text(branch.fixed_address),
        "routes": line.routes,
        "default_route": branch.default_route,
        "echo": BRANCH_ECHO,
        "enabled": True,
        **dialling.rule(branch.dial, branch.idle, branch.hours),
        **(_failover(line, refs) if line.further else {}),
    }


def _failover(line: Line, refs: References) -> Config:
    """The other LNSs that the branch itself turns to, and when."""
    branch = line.branch
    return {
        "preference": branch.preference,
        "weight": branch.weight,
        "standby": {
            other.server.name: _elsewhere(line, other, other.hop, refs)
            for other in line.standby
            if isinstance(other.hop, Further)
        },
        "failover": dict(branch.failover or choices.DEFAULTS),
    }


def _elsewhere(line: Line, other: Standby, hop: Further, refs: References) -> Config:
    """What is not the same at another LNS: the tunnel and what that LNS gives and reaches."""
    opened = tunnel(hop, refs)
    return {
        "lns": str(hop.lns.address),
        **{name: value for name, value in opened.items() if name not in OF_THE_LINE},
        "address": _text(other.fixed_address),
        "routes": client_routes(line.branch, other.server),
        "preference": other.preference,
        "weight": other.weight,
    }


def tunnel(hop: Hop, refs: References) -> Config:
    """How a tunnel is opened: of a branch's line, of a gateway's or LAC's trunk."""
    ipsec = {
        "connection": hop.connection,
        "child": "l2tp",
        "virtual_ip": hop.mode.name == "tunnel",
        "bundled": AH_CHILD if hop.branch.protection == "esp+ah" else None,
        "reason": hop.mode.reason,
    }
    return {
        "port": PORT,
        "ipsec": ipsec if hop.protected else None,
        "source_port": hop.source_port,
        "tunnel_secret": _tunnel_secret(hop, refs),
        "peer_host_name": hop.lns_host_name,
        "hello": hop.branch.hello,
        "hide_avps": hop.tunnel_secret,
        "sequencing": hop.branch.sequencing,
    }


def peers(hops: Sequence[Hop], refs: References) -> Config:
    """Who may open a tunnel, by its Host Name."""
    return {hop.branch.name: {"secret": _tunnel_secret(hop, refs)} for hop in hops if hop.tunnel_secret}


def _server(lns: Lns, hops: Sequence[Hop], users: Config, backend: Backend, refs: References) -> Config:
    return {
        "listen": [{"address": str(lns.address), "port": PORT}],
        "interface": lns.interface or LNS_INTERFACE,
        "mtu": lns_mtu(lns, backend),
        "mss_clamp": True,
        "address": str(lns.ppp_address),
        "dns": [str(server) for server in lns.dns],
        "auth": list(lns.ppp_auth),
        "proxy": lns.proxy_authentication,
        "pace": lns.pace,
        "require_tunnel_secret": all(hop.tunnel_secret for hop in hops),
        "pools": {name: pool_ranges(lns, name) for name in sorted(lns.pools)},
        "peers": peers(hops, refs),
        "users": users,
        "hello": lns.hello,
        "echo": LNS_ECHO,
    }


def user(line: Line | Compulsory, refs: References) -> Config:
    """Who has an address of an LNS."""
    return {
        "line": line.name,
        "secret": ppp_secret(line.name, line.branch, refs),
        "address": _text(line.branch.fixed_address),
        "pool": line.pool,
        "routes": [str(lan) for lan in line.branch.lans],
    }


def user_elsewhere(user: Config, other: Standby) -> Config:
    """The same at another LNS of the line, which gives an address of its own."""
    return {**user, "address": _text(other.fixed_address), "pool": other.pool}


def pool_ranges(lns: Lns, pool: str) -> list[str]:
    """The ranges of a pool as the engine gets them: without the LNS's own address."""
    return [str(one) for one in without(lns.pools.get(pool, ()), lns.ppp_address)]


def _tunnel_secret(line: Hop, refs: References) -> dict[str, str] | None:
    return refs.get(line.owner, line.kind("tunnel"), line.branch, "tunnel_secret") if line.tunnel_secret else None


def ppp_secret(line: str, client: Host, refs: References) -> dict[str, str]:
    """The reference to the PPP password of a line."""
    return refs.get(line, "ppp", client, "ppp_secret")


def _text(value: object) -> str | None:
    return None if value is None else str(value)
