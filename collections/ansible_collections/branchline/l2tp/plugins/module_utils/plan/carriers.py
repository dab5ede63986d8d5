# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired configuration of the engine where sessions are carried on: of a gateway, a LAC, and a LAC's remote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ansible_collections.branchline.l2tp.plugins.module_utils.plan import dialling, engine_config
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.access import UNTAGGED, Access
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
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.lines import Line, lns_mtu
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.references import References

PPP_MRU = 1500  # what PPP takes for granted (RFC 1661 6.1)


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
            "rules": [_rule(line) for line in lines] + _for_the_rest(gateway, trunks),
            "hello": gateway.hello,
            **(_asking(gateway, lines, trunks) if gateway.realms else {}),
            **(gateway.failover or {}),
        }
    }


def lac_config(
    lac: Lac, lines: Sequence[Compulsory], trunks: Sequence[Hop], backend: Backend, refs: References
) -> Config:
    """engine.json of a LAC: who dials it is carried on to the LNS of his realm; `lines` gives some of them names."""
    called = [line for line in lines if line.branch.circuit]
    standing = {line.trunk.name for line in called}
    return config(lac, _where_protected(trunks, backend)) | {
        "lac": {
            "ac_name": lac.ac_name or lac.name,
            "interfaces": [_interface(one) for one in lac.access],
            "auth": _auth(trunks),
            "mru": min([PPPOE_MTU, *(trunk.mtu for trunk in trunks), *(line.mtu for line in lines)]),
            "lns": {name: trunk | _outgoing(name in standing) for name, trunk in _trunks(trunks, refs).items()},
            "realms": {realm: {"lns": choices} for realm, choices in _realms(lac, trunks).items()},
            "default_realm": None,
            "callers": {line.user: {"line": line.name} for line in lines if line not in called},
            **_offered(lac, called),
            **(lac.failover or {}),
        }
    }


def _outgoing(standing: bool) -> Config:
    """A tunnel in which an LNS asks for calls is kept open."""
    return {"outgoing": True} if standing else {}


def _interface(one: Access) -> Config:
    vlans = {} if one.vlans == UNTAGGED else {"vlans": list(one.vlans)}
    return {"interface": one.interface, **vlans, **({} if one.realm is None else {"realm": one.realm})}


def _offered(lac: Lac, called: Sequence[Compulsory]) -> Config:
    """Services besides the nameless one, and the numbers of those who wait; nothing where there are none."""
    if not lac.services and not called:
        return {}
    services = [{"name": name, "realm": realm} for name, realm in sorted(lac.services.items())]
    waiting = [{"name": line.service, "wait": True} for line in called]
    circuits = {number: facts for line in called for number, facts in _circuit(line)}
    return {"services": [{"name": ""}, *services, *waiting], **({"circuits": circuits} if circuits else {})}


def _circuit(line: Compulsory) -> Iterator[tuple[str, Config]]:
    circuit = line.branch.circuit
    if circuit is None:
        return
    known = {"mac": circuit.mac, "circuit_id": circuit.circuit_id, "remote_id": circuit.remote_id}
    facts = {name: value for name, value in known.items() if value is not None}
    yield circuit.number, {
        "line": line.name, "service": line.service, "dialler": list(line.lac.dialler), **facts,
    }  # fmt: skip


def user(line: Compulsory, refs: References) -> Config:
    """Who has an address of an LNS, and is called by it where it has a number."""
    circuit = line.branch.circuit
    call = {"dial": {"lac": line.lac.name, "number": circuit.number, "keep": True}} if circuit else {}
    return engine_config.user(line, refs) | call


def remote_config(line: Compulsory, refs: References) -> Config:
    """engine.json of a remote: it knows nothing of L2TP."""
    remote = line.branch
    return config(remote, None) | {
        "lines": {
            line.name: {
                "pppoe": _pppoe(line),
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


def _pppoe(line: Compulsory) -> Config:
    remote = line.branch
    vlan = {"vlan": remote.access_vlan} if remote.access_vlan else {}
    service = {} if line.service is None else {"service": line.service}
    waits = {"wait": True} if remote.circuit else {}
    return {
        "interface": remote.access_interface, "ac": line.lac.ac_name or line.lac.name, **vlan, **service, **waits,
    }  # fmt: skip


def _where_protected(hops: Sequence[Hop], backend: Backend) -> Backend | None:
    return backend if not hops or any(hop.protected for hop in hops) else None


def _trunks(trunks: Sequence[Hop], refs: References) -> Config:
    return {trunk.name: {"address": str(trunk.lns.address), **tunnel(trunk, refs)} for trunk in trunks}


def _rule(line: Line) -> Config:
    own = [(line.trunk, line.branch.preference, line.branch.weight)] if line.trunk else []
    trunks = [*own, *((other.hop, other.preference, other.weight) for other in line.standby)]
    choices = [{"line": trunk.name, "preference": first, "weight": share} for trunk, first, share in trunks]
    realm = {} if line.realm is None else {"realm": line.realm}
    return {"host_name": line.branch.name, **realm, "line": line.name, "lns": choices}


def _for_the_rest(gateway: Gateway, trunks: Sequence[Hop]) -> list[Config]:
    """The rules for those of a realm whose line the plan does not know."""
    return [{"realm": realm, "lns": choices} for realm, choices in _realms(gateway, trunks).items()]


def _realms(caller: Gateway | Lac, trunks: Sequence[Hop]) -> dict[str, list[Config]]:
    """The tunnels of each realm, as far as its LNSs are known."""
    by_lns = {trunk.lns.name: trunk.name for trunk in trunks}
    return {
        realm: [
            {"line": by_lns[one.lns], "preference": one.preference, "weight": one.weight}
            for one in choices
            if one.lns in by_lns
        ]
        for realm, choices in sorted(caller.realms.items())
    }


def _asking(gateway: Gateway, lines: Sequence[Line], trunks: Sequence[Hop]) -> Config:
    """What those are asked for whose realm decides: what all LNSs of the realms have, so that none asks again."""
    wanted = {choice.lns for choices in gateway.realms.values() for choice in choices}
    own = [trunk for trunk in trunks if trunk.lns.name in wanted]
    most = [lns_mtu(trunk.lns, trunk.lns_backend) for trunk in own if isinstance(trunk.lns, Lns)]
    mtus = [PPP_MRU, *most, *(trunk.mtu for trunk in own), *(line.mtu for line in lines if line.realm)]
    return {"auth": _auth(own), "mru": min(mtus)}


def _auth(trunks: Sequence[Hop]) -> list[str]:
    """What the LAC asks of hosts: the methods of its LNSs, so that they need not ask again."""
    servers = [trunk.lns for trunk in trunks if isinstance(trunk.lns, Lns)]
    if not servers:
        return ["mschapv2", "chap-md5"]
    common = [method for method in servers[0].ppp_auth if all(method in lns.ppp_auth for lns in servers)]
    return common or list(servers[0].ppp_auth)
