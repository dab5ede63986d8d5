# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired configuration of the engine (engine.json): of a branch, of an LNS; secrets are references."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.addresses import without
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.backends import LIBIPSEC, Backend
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Host, Lns
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.lines import Line, lns_mtu
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.references import References

PORT = 1701  # RFC 2661 8.1
MARK = 0x1701  # kernel-libipsec's route into ipsec0 takes only what has this mark
LNS_INTERFACE = "l2tp0"
LNS_ECHO, BRANCH_ECHO = 30, 10  # seconds; the branch opens the line anew, so it is the one that must notice soon
"""Seconds between LCP Echo-Requests."""

Config = dict[str, Any]


def branch_config(line: Line, refs: References) -> Config:
    """engine.json of a branch: it opens one line."""
    backend = line.branch_backend if line.protected else None
    return _config(line.branch, backend) | {"lines": {line.name: _client(line, refs)}}


def lns_config(lns: Lns, lines: Sequence[Line], backend: Backend, refs: References) -> Config:
    """engine.json of an LNS: it accepts `lines`."""
    any_protected = not lines or any(line.protected for line in lines)
    return _config(lns, backend if any_protected else None) | {"lns": _server(lns, lines, backend, refs)}


def _config(host: Host, backend: Backend | None) -> Config:
    return {
        "version": 1,
        "host_name": host.name,
        "datapath": host.datapath,
        "mark": MARK if backend is not None and backend.name == LIBIPSEC else None,
        "lns": None,
        "lines": {},
    }


def _client(line: Line, refs: References) -> Config:
    branch, lns = line.branch, line.lns
    ipsec = {"connection": line.connection, "child": "l2tp", "virtual_ip": line.mode.name == "tunnel"}
    return {
        "lns": str(lns.address),
        "port": PORT,
        "ipsec": ipsec if line.protected else None,
        "source_port": 0,
        "tunnel_secret": _tunnel_secret(line, refs),
        "peer_host_name": line.lns_host_name,
        "user": branch.name,
        "secret": _ppp_secret(line, refs),
        "auth": list(lns.ppp_auth),
        "interface": line.interface,
        "mtu": line.mtu,
        "mss_clamp": True,
        "address": _text(branch.fixed_address),
        "routes": line.routes,
        "default_route": branch.default_route,
        "hello": branch.hello,
        "echo": BRANCH_ECHO,
        "hide_avps": line.tunnel_secret,
        "sequencing": branch.sequencing,
        "enabled": True,
    }


def _server(lns: Lns, lines: Sequence[Line], backend: Backend, refs: References) -> Config:
    return {
        "listen": [{"address": str(lns.address), "port": PORT}],
        "interface": lns.interface or LNS_INTERFACE,
        "mtu": lns_mtu(lns, backend),
        "mss_clamp": True,
        "address": str(lns.ppp_address),
        "dns": [str(server) for server in lns.dns],
        "auth": list(lns.ppp_auth),
        "require_tunnel_secret": all(line.tunnel_secret for line in lines),
        "pools": {name: pool_ranges(lns, name) for name in sorted(lns.pools)},
        "peers": {line.branch.name: {"secret": _tunnel_secret(line, refs)} for line in lines if line.tunnel_secret},
        "users": {line.branch.name: _user(line, refs) for line in lines},
        "hello": lns.hello,
        "echo": LNS_ECHO,
    }


def _user(line: Line, refs: References) -> Config:
    return {
        "line": line.name,
        "secret": _ppp_secret(line, refs),
        "address": _text(line.branch.fixed_address),
        "pool": line.pool,
        "routes": [str(lan) for lan in line.branch.lans],
    }


def pool_ranges(lns: Lns, pool: str) -> list[str]:
    """The ranges of a pool as the engine gets them: without the LNS's own address."""
    return [str(one) for one in without(lns.pools.get(pool, ()), lns.ppp_address)]


def _tunnel_secret(line: Line, refs: References) -> dict[str, str] | None:
    return refs.get(line.name, "tunnel", line.branch, "tunnel_secret") if line.tunnel_secret else None


def _ppp_secret(line: Line, refs: References) -> dict[str, str]:
    return refs.get(line.name, "ppp", line.branch, "ppp_secret")


def _text(value: object) -> str | None:
    return None if value is None else str(value)
