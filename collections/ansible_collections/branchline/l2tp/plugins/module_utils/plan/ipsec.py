# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired IPsec of a host: connections, pools, secrets and certificates, in swanctl's words; and the guard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.backends import KERNEL, NONE, TRANSPORT, Backend
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Answerer, Host
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.lines import Hop, section
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.references import References

POOL = "branchline"
DPD_DELAY = 5
"""Seconds: a dead peer is noticed within DPD_DELAY and a few short retransmits."""

Section = dict[str, Any]
NOTHING: Section = {"backend": NONE, "connections": [], "pools": [], "secrets": [], "certificates": []}
"""The IPsec of a host without any."""


def branch_ipsec(line: Hop, refs: References) -> Section:
    """The IPsec of a branch: it initiates."""
    return caller_ipsec(line.branch, [line], line.branch_backend, refs)


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
    connections = sorted((_responder(group, backend) for group in groups.values()), key=lambda one: str(one["name"]))
    pools = [{"name": POOL, "addresses": str(lns.vip_pool)}]
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
    """Lines that one responder connection can serve have this in common.

    An X.509 line has one of its own: a connection of charon's names one identity, or lets in every one of the CA.
    """
    branch = line.branch
    alone = line.connection if branch.ike_auth == "x509" else ""
    return (branch.ike_version, branch.ike_auth, line.profile.name, branch.protection, line.mode.name, alone)


def _initiator(line: Hop) -> Section:
    kernel = line.branch_backend.name == KERNEL
    return _connection(line, kernel) | {
        "name": line.connection,
        "initiator": True,
        "local_address": None,
        "remote_address": str(line.lns.address),
        "local_id": line.branch.identity,
        "remote_id": line.lns_identity,
        "remote_ids": [],
        "certificate": _if_x509(line, line.branch.name),
        "ca": _if_x509(line, f"{line.branch.name}-ca"),
        "virtual_ip": line.mode.name != TRANSPORT,
        "pool": None,
        "local_ts": "dynamic[udp]",
        "remote_ts": f"{line.lns.address}/32[udp/1701]",
    }


def _responder(group: Sequence[Hop], backend: Backend) -> Section:
    line = group[0]
    identities = [one.branch.identity for one in group] if line.branch.ike_auth == "x509" else []
    return _connection(line, backend.name == KERNEL) | {
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
        "pool": None if line.mode.name == TRANSPORT else POOL,
        "local_ts": f"{line.lns.address}/32[udp/1701]",
        "remote_ts": "dynamic[udp]",
    }


def _responder_name(line: Hop) -> str:
    version, auth, profile, protection, mode, alone = (str(part) for part in _likeness(line))
    if alone:
        return alone
    suffix = f"-{mode}" if mode == TRANSPORT else ""
    return section(f"lns-ikev{version}-{auth}-{profile}-{protection}{suffix}")


def _connection(line: Hop, kernel: bool) -> Section:
    """What both ends of a line have in common, and what depends on the backend of the end alone."""
    branch, profile = line.branch, line.profile
    return {
        "version": branch.ike_version,
        "auth": branch.ike_auth,
        "proposals": list(profile.ike),
        "esp_proposals": list(profile.esp) if branch.protection == "esp" else [],
        "ah_proposals": list(profile.ah) if branch.protection == "ah" else [],
        "mode": line.mode.name,
        "dpd_delay": DPD_DELAY,
        # A NAT rebinding under MOBIKE killed libipsec's traffic for good; IKEv1 has no MOBIKE.
        "mobike": kernel and branch.ike_version == 2,
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
            ref = refs.get(line.name, "psk", line.branch, "psk")
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


def branch_guard(ipsec: Section, line: Hop) -> Section:
    """What the packet filter of a branch needs."""
    return caller_guard(ipsec, [line])


def caller_guard(ipsec: Section, hops: Sequence[Hop]) -> Section:
    """What the packet filter of a host that calls needs; `cleartext`: LNSs whose L2TP is in clear by intent."""
    peers = {str(hop.lns.address): hop.protected for hop in hops}
    clear = [address for address, protected in peers.items() if not protected]
    return {"backend": ipsec["backend"], "addresses": list(peers), "cleartext": clear}


def lns_guard(ipsec: Section, lines: Iterable[Hop], address: str) -> Section:
    """What the packet filter of an LNS needs; nobody knows the outer addresses of branches, so one opens it to all."""
    protected = all(line.protected for line in lines)
    return {"backend": ipsec["backend"], "addresses": [address], "cleartext": [] if protected else [address]}
