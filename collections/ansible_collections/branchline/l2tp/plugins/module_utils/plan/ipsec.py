# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired IPsec of a host: connections, pools, secrets and certificates, in swanctl's words; and the guard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.backends import (
    KERNEL,
    NONE,
    TRANSPORT,
    TUNNEL,
    Backend,
)
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.hops import Hop, section
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Answerer, Host
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.references import References

POOL = "branchline"
PORT = 1701
DPD_DELAY = 5
"""Seconds: a dead peer is noticed within DPD_DELAY and a few short retransmits."""

Section = dict[str, Any]
NOTHING: Section = {"backend": NONE, "connections": [], "pools": [], "secrets": [], "certificates": []}
"""The IPsec of a host without any."""


def caller_ipsec(caller: Host, hops: Sequence[Hop], backend: Backend, refs: References) -> Section:
    """The IPsec of a host that initiates: one connection a hop."""
    lines = [hop for hop in hops if hop.protected]
    connections = [_initiator(one) for one in lines]
    return _section(backend, connections, [], _secrets(lines, refs), _certificates(caller, lines, refs))


def both(answering: Section, calling: Section) -> Section:
    """The IPsec of a gateway, which does both."""
    names = ("connections", "pools", "secrets", "certificates")
    parts = {name: {one["name"]: one for one in (*answering[name], *calling[name])} for name in names[:3]}
    kinds = {(one["kind"], one["name"]): one for one in (*answering["certificates"], *calling["certificates"])}
    backend = answering["backend"] if answering["backend"] != NONE else calling["backend"]
    return {"backend": backend, **{name: list(part.values()) for name, part in parts.items()}} | {
        "certificates": list(kinds.values())
    }


def lns_ipsec(lns: Answerer, lines: Sequence[Hop], backend: Backend, refs: References) -> Section:
    """The IPsec of an LNS: one responder connection for all lines that are alike."""
    protected = [line for line in lines if line.protected]
    if lines and not protected:
        return _section(backend, [], [], [], [])
    groups: dict[tuple[object, ...], list[Hop]] = {}
    for line in protected:
        groups.setdefault(_likeness(line), []).append(line)
    connections = sorted((_responder(group) for group in groups.values()), key=lambda one: str(one["name"]))
    wanted = not connections or any(one["pool"] for one in connections)
    pools = [{"name": POOL, "addresses": str(lns.vip_pool)}] if wanted else []
    found = _section(backend, connections, pools, _secrets(protected, refs), _certificates(lns, protected, refs))
    return found | {"backend": backend.name}


def _section(
    backend: Backend,
    connections: list[Section],
    pools: list[Section],
    secrets: list[Section],
    certificates: list[Section],
) -> Section:
    return {
        "backend": backend.name if connections else NONE,
        "connections": connections,
        "pools": pools,
        "secrets": secrets,
        "certificates": certificates,
    }


def _likeness(line: Hop) -> tuple[object, ...]:
    """Hops that one responder connection can serve have this in common."""
    branch = line.branch
    alone = section(line.owner) if _alone(line) else ""
    return (branch.ike_version, branch.ike_auth, line.profile.name, branch.protection, alone)


def _alone(line: Hop) -> bool:
    """Whether a line has a responder connection of its own, that names its identity.

    X.509: a connection that named none would let in everybody of the CA. AH: the LNS shall not take it from a branch
    that is to encrypt. On an LNS in the kernel, a tunnel: charon refuses everybody who wants no virtual IP on a
    connection that gives them; and IKEv1: only the identity tells a branch from the clients of others that come with
    the same key.
    """
    branch = line.branch
    apart = line.mode.name == TUNNEL or (branch.managed and branch.ike_version == 1)
    return branch.ike_auth == "x509" or branch.protection != "esp" or (apart and line.lns_backend.name == KERNEL)


def _initiator(line: Hop) -> Section:
    return _connection(line) | {
        "name": line.connection,
        "initiator": True,
        "local_address": None,
        "remote_address": str(line.lns.address),
        "local_id": line.branch.identity,
        "remote_id": line.lns_identity,
        "remote_ids": [],
        "unique_marks": False,
        "certificate": _if_x509(line, line.branch.name),
        "ca": _if_x509(line, f"{line.branch.name}-ca"),
        "virtual_ip": line.mode.name == TUNNEL,
        "pool": None,
        "local_ts": f"dynamic[udp/{line.source_port}]" if line.source_port else "dynamic[udp]",
        "remote_ts": f"{line.lns.address}/32[udp/1701]",
    }


def _responder(group: Sequence[Hop]) -> Section:
    line = group[0]
    identities = [line.branch.identity] if _alone(line) else []
    return _connection(line) | {
        "name": _responder_name(line),
        "initiator": False,
        "local_address": str(line.lns.address),
        "remote_address": "%any",
        "local_id": line.lns_identity,
        "remote_id": identities[0] if identities else None,
        "remote_ids": identities,
        "certificate": _if_x509(line, line.lns.name),
        "ca": _if_x509(line, f"{line.lns.name}-ca"),
        "virtual_ip": False,
        "pool": POOL if line.mode.name == TUNNEL else None,
        # Clients of others come from port 1701, several from one address: their marks tell them apart.
        "unique_marks": line.mode.name == TRANSPORT
        and not all(one.branch.managed and one.branch_can is None for one in group),
        "local_ts": f"{line.lns.address}/32[udp/1701]",
        "remote_ts": "dynamic[udp]",
    }


def _responder_name(line: Hop) -> str:
    version, auth, profile, protection, alone = (str(part) for part in _likeness(line))
    return alone or section(f"lns-ikev{version}-{auth}-{profile}-{protection}")


def _connection(line: Hop) -> Section:
    """What both ends of a line have in common."""
    branch, profile = line.branch, line.profile
    return {
        "version": branch.ike_version,
        "auth": branch.ike_auth,
        "proposals": list(profile.ike),
        "esp_proposals": line.esp_proposals,
        "ah_proposals": line.ah_proposals,
        "mode": line.mode.name,
        "dpd_delay": DPD_DELAY,
        # A NAT rebinding under MOBIKE killed libipsec's traffic for good. With the kernel's PPP each interface that
        # comes or goes on an LNS would have charon tell its addresses to every branch.
        "mobike": False,
    }


def _if_x509(line: Hop, name: str) -> str | None:
    return section(name) if line.branch.ike_auth == "x509" else None


def _secrets(lines: Iterable[Hop], refs: References) -> list[Section]:
    """Pre-shared keys: one a line by both identities; one of an LNS, by its address, for all IKEv1 lines."""
    found: dict[str, Section] = {}
    for line in lines:
        if line.branch.ike_auth != "psk":
            continue
        if line.ikev1_psk:
            name, ids = section(f"ike-{line.lns.name}-ikev1"), [line.lns_identity]
            ref = refs.get(line.lns.name, "ikev1", line.lns, "ikev1_psk")
        else:
            name, ids = f"ike-{line.connection}", [line.branch.identity, line.lns_identity]
            ref = refs.get(line.owner, line.kind("psk"), line.branch, "psk")
        found[name] = {"name": name, "ids": ids, "secret": ref}
    return list(found.values())


def _certificates(host: Host, lines: Iterable[Hop], refs: References) -> list[Section]:
    if not any(line.branch.ike_auth == "x509" for line in lines):
        return []
    own: list[Section] = [
        {"kind": "x509", "name": section(host.name), "pem": host.certificate},
        {"kind": "x509ca", "name": section(f"{host.name}-ca"), "pem": host.ca},
    ]
    if host.private_key:
        own.append({"kind": "private", "name": section(host.name), "pem": refs.private_key(host)})
    return own


def caller_guard(ipsec: Section, hops: Sequence[Hop]) -> Section:
    """What the packet filter of a host that calls needs; `cleartext`: LNSs whose L2TP is in clear by intent."""
    peers = {str(hop.lns.address): hop.protected for hop in hops}
    return {
        "backend": ipsec["backend"],
        "addresses": list(peers),
        "cleartext": [address for address, protected in peers.items() if not protected],
        "bundles": [_called(hop) for hop in hops if _bundle(hop)],
    }


def _called(hop: Hop) -> Section:
    peer = f"{hop.lns.address}/32"
    return {"local": "0.0.0.0/0", "local_port": hop.source_port, "remote": peer, "remote_port": PORT}


def _bundle(line: Hop) -> bool:
    return line.branch.protection == "esp+ah"


def lns_guard(ipsec: Section, lines: Sequence[Hop], address: str) -> Section:
    """What the packet filter of an LNS needs; nobody knows the outer addresses of branches, so one opens it to all."""
    protected = all(line.protected for line in lines)
    bundle = [{"local": f"{address}/32", "local_port": PORT, "remote": "0.0.0.0/0", "remote_port": 0}]
    marked = any(connection["unique_marks"] for connection in ipsec["connections"])
    return {
        "backend": ipsec["backend"],
        "addresses": [address],
        "cleartext": [] if protected else [address],
        "unique_marks": marked,
        "bundles": bundle if any(_bundle(line) for line in lines) else [],
    }
