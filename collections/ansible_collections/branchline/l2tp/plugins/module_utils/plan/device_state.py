# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired state of a device: a line that it opens, or the lines that it accepts; secrets are references.

What the platform has no word for is null, so that what is read back from the device can be equal to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan import devices
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.compulsory import Compulsory
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.engine_config import pool_ranges
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.hops import Hop
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Lns
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.lines import Line
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.references import References

TCP_IP = 40  # octets of the headers of IPv4 and TCP, between MTU and MSS
LNS_MTU_LEAST = 1360

State = dict[str, Any]
Can = Mapping[str, Any]


def branch(line: Line, refs: References) -> State:
    """The state of a device that opens a line."""
    return {"lines": {line.name: _line(line, line.branch_can or {}, refs)}, "lns": None, "lac": None}


def _line(line: Line, can: Can, refs: References) -> State:
    own, options = line.branch, can["options"]
    return {
        "lns": str(line.lns.address),
        "host_name": own.name if "host_name" in options else None,
        "user": line.user,
        "secret": refs.get(line.name, "ppp", own, "ppp_secret"),
        "tunnel_secret": refs.get(line.name, "tunnel", own, "tunnel_secret") if line.tunnel_secret else None,
        "hide_avps": line.tunnel_secret and "hide_avps" in options,
        "auth": devices.methods(line, can),
        "interface": line.interface,
        "outer_interface": own.outer_interface if can["outer_interface"] else None,
        "mtu": line.mtu,
        "mss": _mss(line.mtu, options),
        "address": str(own.fixed_address) if own.fixed_address and "fixed_address" in options else None,
        "routes": line.routes,
        "default_route": own.default_route,
        "hello": own.hello if "hello" in options else None,
        "sequencing": own.sequencing,
        "generation": own.secret_generation,
        "ipsec": _initiator(line, can, refs) if line.protected else None,
    }


def _mss(mtu: int, options: Sequence[str]) -> int | str | None:
    """The largest TCP segment, or `clamp` where the platform works it out itself."""
    if "mss" in options:
        return mtu - TCP_IP
    return "clamp" if "mss_clamp" in options else None


def _initiator(line: Line, can: Can, refs: References) -> State:
    return ipsec(line, can, line.branch_backend.name) | {
        "local_id": line.branch.identity,
        "remote_id": line.lns_identity,
        "secret": key(line, refs),
        "certificate": _pem(line, line.branch.certificate),
        "ca": _pem(line, line.branch.ca),
    }


def _pem(line: Hop, text: str | None) -> str | None:
    return f"{text.strip()}\n" if text and line.branch.ike_auth == "x509" else None


def ipsec(line: Hop, can: Can, backend: str) -> State:
    """What both ends of a tunnel must agree upon, in so far as the platform knows the words."""
    version = line.branch.ike_version
    offers = {"proposals": ("ike", line.profile.ike), "esp_proposals": ("esp", line.profile.esp)}
    most = can["proposals"]
    return {
        "version": version,
        "auth": line.branch.ike_auth,
        "mode": line.mode.name,
        "backend": backend,
    } | {
        name: list(devices.usable(offered, devices.vocabulary(can, protocol, version)))[: most[protocol]]
        for name, (protocol, offered) in offers.items()
    }


def key(line: Hop, refs: References) -> State:
    """The key of the IKE SA: pre-shared, or the private one of the branch."""
    if line.branch.ike_auth == "x509":
        return refs.private_key(line.branch)
    if line.ikev1_psk:
        return refs.get(line.lns.name, "ikev1", line.lns, "ikev1_psk")
    return refs.get(line.name, "psk", line.branch, "psk")


def lns(own: Lns, hops: Sequence[Hop], clients: Sequence[Line | Compulsory], can: Can, refs: References) -> State:
    """The state of a device that accepts the tunnels `hops` and has the PPP of `clients`."""
    options = can["options"]
    protected = [hop for hop in hops if hop.protected]
    mtu = own.mtu or min([client.mtu for client in clients], default=LNS_MTU_LEAST)
    part = {
        "address": str(own.address),
        "ppp_address": str(own.ppp_address),
        "host_name": own.name if "host_name" in options else None,
        "auth": list(own.ppp_auth),
        "dns": [str(server) for server in own.dns],
        "mtu": mtu,
        "mss": _mss(mtu, options),
        "hello": own.hello if "hello" in options else None,
        "interface": own.interface or can.get("lns_interface"),
        "outer_interface": own.outer_interface if can["outer_interface"] and protected else None,
        "pools": {name: pool_ranges(own, name) for name in sorted(own.pools)},
        "users": {client.user: _user(client, options, refs) for client in clients},
        "peers": {hop.branch.name: _peer(hop, refs) for hop in protected if not isinstance(hop, Line) and _keyed(hop)},
        "ipsec": _responder(protected[0], can, refs) if protected else None,
    }
    return {"lines": {}, "lns": part, "lac": None}


def _user(client: Line | Compulsory, options: Sequence[str], refs: References) -> State:
    own = client.branch
    described = "user_description" in options
    hop = client if isinstance(client, Line) and client.trunk is None else None  # else others bring it
    secret = refs.get(client.name, "tunnel", own, "tunnel_secret") if hop and hop.tunnel_secret else None
    peer = _peer(hop, refs) if hop and _keyed(hop) else {"id": None, "key": None}
    return {
        "line": client.name if described else None,
        "generation": own.secret_generation if described else None,
        "secret": refs.get(client.name, "ppp", own, "ppp_secret"),
        "tunnel_secret": secret,
        "address": None if own.fixed_address is None else str(own.fixed_address),
        "routes": [str(lan) for lan in own.lans],
        **peer,
    }


def _keyed(hop: Hop) -> bool:
    """Whether its caller has a key of his own."""
    return hop.protected and hop.branch.ike_version == 2 and hop.branch.ike_auth == "psk"


def _peer(hop: Hop, refs: References) -> State:
    return {"id": hop.branch.identity, "key": key(hop, refs)}


def _responder(line: Hop, can: Can, refs: References) -> State:
    """The IPsec of all lines; IKEv1 has one key for all of them, IKEv2 one for each user; or the LNS's private key."""
    shared, x509 = line.ikev1_psk, line.branch.ike_auth == "x509"
    return ipsec(line, can, line.lns_backend.name) | {
        "local_id": line.lns_identity if "lns_identity" in can["options"] else None,
        "secret": key(line, refs) if shared else refs.private_key(line.lns) if x509 else None,
        "generation": line.lns.secret_generation if shared and "key_generation" in can["options"] else None,
        "certificate": _pem(line, line.lns.certificate),
        "ca": _pem(line, line.lns.ca),
    }
