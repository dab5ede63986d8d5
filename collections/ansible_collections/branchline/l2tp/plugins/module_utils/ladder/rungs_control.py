# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rungs 1 to 4: the daemons, the IKE SA, the child SA, the L2TP session with its PPP link. Pure functions of facts."""

from __future__ import annotations

from typing import Any

from . import proposals, rungs_xfrm, selectors
from .facts import Facts
from .intent import End, in_ranges
from .rung import Fault, Rung, judged
from .sas import Child, Ike

LOGS_IPSEC = "read `journalctl -u strongswan` on both ends"


def daemons(facts: Facts) -> Rung:
    """Rung 1."""
    seen = facts.daemons
    engine = seen.engine
    evidence: dict[str, Any] = {
        "engine": {name: engine[name] for name in ("version", "pid", "uptime", "datapath") if name in engine},
        "config_sha256": seen.config_sha256,
        "charon": seen.charon,
        "waited_seconds": round(facts.waited, 1),
    }
    faults = _engine_faults(facts)
    if facts.end.protection != "none" and not facts.end.dials:
        evidence["connection"] = (connection := _connection(facts))
        faults += _charon_faults(facts, connection)
    return judged(1, evidence, faults)


def _engine_faults(facts: Facts) -> list[Fault]:
    seen = facts.daemons
    if seen.engine_error:
        return [Fault(f"the engine does not answer: {seen.engine_error}", "see `systemctl status branchline`")]
    if seen.config_error:
        return [Fault(f"the engine's configuration cannot be read: {seen.config_error}", "run site.yml for this host")]
    if seen.engine.get("config_sha256") != seen.config_sha256:
        return [Fault("the engine runs another configuration than the file's", "run `branchline apply` on this host")]
    if facts.entry is None:
        return [Fault("the engine does not know the line", "run site.yml without --limit, or with both of its ends")]
    return []


def _charon_faults(facts: Facts, connection: str | None) -> list[Fault]:
    if facts.daemons.charon_error:
        reason = facts.daemons.charon_error
        return [Fault(f"charon does not answer: {reason}", "see `systemctl status strongswan`")]
    if connection is None:
        loaded = ", ".join(facts.daemons.connections) or "none"
        return [Fault(f"charon has no connection for the line (loaded: {loaded})", "run `swanctl --load-all`")]
    return []


def _connection(facts: Facts) -> str | None:
    """The SA's own connection; without an SA the one that would serve the line, by name or by IKE version."""
    loaded = facts.daemons.connections
    if facts.ike is not None:
        return facts.ike.connection if facts.ike.connection in loaded else None
    if facts.end.initiates:
        return facts.end.connection if facts.end.connection in loaded else None
    version = f"IKEv{facts.end.ike_version}"
    return next((name for name, section in loaded.items() if section.get("version") in {version, "IKEv1/2"}), None)


def unprotected(number: int, end: End) -> Rung:
    """An IPsec rung of a line that was meant to be without: it holds only where the intent allows that."""
    what = "the line has no IPsec, as its intent says (branchline_protection: none)"
    evidence: dict[str, Any] = {"protection": "none", "allowed_by_intent": end.allow_cleartext}
    remedy = "" if end.allow_cleartext else "set branchline_protection to esp, or allow cleartext for this line by name"
    return Rung(number, end.allow_cleartext, evidence, what, remedy)


def dialled(number: int) -> Rung:
    """An IPsec rung of a host that dials by PPPoE: the LAC and the LNS answer it."""
    return Rung(number, None, {}, "this end dials by PPPoE: IPsec begins at the LAC")


def ike_sa(facts: Facts) -> Rung:
    """Rung 2."""
    end, sa = facts.end, facts.ike
    if end.dials:
        return dialled(2)
    if end.protection == "none":
        return unprotected(2, end)
    if sa is None:
        return judged(
            2, {}, [Fault("there is no IKE SA for the line", f"{LOGS_IPSEC}; is udp 500/4500 open between them?")]
        )
    return judged(2, _ike_evidence(sa), _ike_faults(end, sa))


def _ike_evidence(sa: Ike) -> dict[str, Any]:
    return {
        "connection": sa.connection,
        "uniqueid": sa.uniqueid,
        "state": sa.state,
        "version": f"IKEv{sa.version}",
        "proposal": proposals.text(sa.algorithms),
        "initiator_spi": sa.spis[0],
        "responder_spi": sa.spis[1],
        "local": {"id": sa.local_id, "address": sa.local[0], "port": sa.local[1], "nat": sa.nat[0]},
        "remote": {"id": sa.remote_id, "address": sa.remote[0], "port": sa.remote[1], "nat": sa.nat[1]},
        "virtual_ips": sa.local_vips + sa.remote_vips,
        "established_seconds": sa.age,
        "rekey_in_seconds": sa.rekey_in,
    }


def _ike_faults(end: End, sa: Ike) -> list[Fault]:
    faults = []
    if sa.state != "ESTABLISHED":
        faults.append(Fault(f"the IKE SA is {sa.state}, not ESTABLISHED", LOGS_IPSEC))
    if sa.version != str(end.ike_version):
        faults.append(Fault(f"IKEv{sa.version} instead of IKEv{end.ike_version}", "set branchline_ike_version alike"))
    for side, expected, actual in (("local", end.local_id, sa.local_id), ("remote", end.remote_id, sa.remote_id)):
        if expected is not None and expected != actual:
            what = f"the {side} identity is {actual}, expected {expected}"
            faults.append(Fault(what, "compare branchline_id of both ends, and their certificates"))
    if not proposals.allowed(sa.algorithms, end.proposals):
        what = f"negotiated {proposals.text(sa.algorithms)}, which no proposal of the line has"
        faults.append(Fault(what, "apply the plan to both ends, then `swanctl --rekey --ike` or restart the line"))
    return faults


def child_sa(facts: Facts) -> Rung:
    """Rung 3."""
    end, sa = facts.end, facts.ike
    if end.dials:
        return dialled(3)
    if end.protection == "none":
        return unprotected(3, end)
    if sa is None or not sa.installed:
        states = ", ".join(child.state for child in sa.children) if sa else "no IKE SA"
        return judged(3, {}, [Fault(f"no child SA is installed ({states or 'none'})", LOGS_IPSEC)])
    newest = {child.protocol: child for child in reversed(sa.installed)}
    missing = [name for name in rungs_xfrm.protocols(facts) if name not in newest]
    if missing:
        return judged(3, {}, [Fault(f"no child SA of {' and '.join(missing)} is installed", LOGS_IPSEC)])
    child = newest[rungs_xfrm.protocols(facts)[0]]
    kernel, kernel_faults = rungs_xfrm.inspected(facts)
    evidence = {
        "esp": f"{end.backend} {end.mode}".strip(),
        "chosen": end.chosen,
        **_child_evidence(child),
        "spis": sorted({spi for c in sa.installed for spi in c.spis}),
        **({"kernel": kernel} if kernel else {}),
    }
    return judged(3, evidence, _child_faults(facts, child) + kernel_faults)


def _child_evidence(child: Child) -> dict[str, Any]:
    return {
        "name": child.name,
        "state": child.state,
        "mode": child.mode,
        "protocol": child.protocol + (" in UDP" if child.encap else ""),
        "proposal": proposals.text(child.algorithms),
        "spi_in": child.spi_in,
        "spi_out": child.spi_out,
        "local_ts": child.local_ts,
        "remote_ts": child.remote_ts,
        "installed_seconds": child.age,
    }


def _child_faults(facts: Facts, child: Child) -> list[Fault]:
    faults = []
    wanted, protocol = facts.end.esp_proposals, child.protocol.upper()
    if protocol == "AH":
        wanted = facts.end.ah_proposals
    if not proposals.allowed(child.algorithms, wanted):
        what = f"negotiated {proposals.text(child.algorithms)}, which no {protocol} proposal of the line has"
        faults.append(Fault(what, "apply the plan to both ends, then `swanctl --rekey --child l2tp`"))
    for side, texts, address, port in _wanted_selectors(facts, child):
        if not selectors.cover(texts, address, port):
            where = f"{address} udp{'' if port is None else f'/{port}'}"
            what = f"the {side} selector {', '.join(texts)} does not cover {where}"
            faults.append(
                Fault(what, "the L2TP socket must use the address that charon gave; run `branchline reconnect`")
            )
    return faults


def _wanted_selectors(facts: Facts, child: Child) -> list[tuple[str, list[str], str, int | None]]:
    """What L2TP needs covered: the LNS's udp/1701, the branch's port, whatever NAT has made of it: some port."""
    wanted = []
    for side, texts in (("local", child.local_ts), ("remote", child.remote_ts)):
        end = facts.socket("local" if side == "local" else "peer")
        if end:
            at_lns = (side == "remote") == facts.end.initiates
            wanted.append((side, texts, end[0], selectors.L2TP_PORT if at_lns else None))
    return wanted


def session(facts: Facts) -> Rung:
    """Rung 4."""
    entry = facts.entry
    if entry is None:
        return judged(4, {}, [Fault("the engine does not know the line", "run site.yml for both ends of it")])
    names = (
        "state",
        "uptime",
        "tunnel",
        "session",
        "auth",
        "user",
        "address",
        "peer_address",
        "pool",
        "interface",
        "mtu",
        "correlation",
        "pppoe",
    )
    evidence = {name: entry.get(name) for name in names}
    evidence["expected"] = {"address": facts.end.address, "pool": facts.end.pool, "ranges": facts.end.pool_ranges}
    evidence["local"], evidence["peer"] = entry.get("local"), entry.get("peer")
    if entry.get("state") != "open":
        return judged(4, evidence, [not_open(entry)])
    return judged(4, evidence, _address_faults(facts, entry))


def not_open(entry: dict[str, Any]) -> Fault:
    """Why a line is not open, in the engine's own words."""
    error = entry.get("last_error") or {}
    because = f": {error['what']}" if error.get("what") else ""
    remedy = error.get("remedy") or f"run `branchline explain {entry.get('line', '')}` on both ends".replace("  ", " ")
    return Fault(f"the line is {entry.get('state')}, not open{because}", remedy)


def _address_faults(facts: Facts, entry: dict[str, Any]) -> list[Fault]:
    end, given = facts.end, entry.get("address")
    if not given:
        return [Fault("the line has no address", "see `branchline status --json` and the LNS's pools")]
    faults = []
    if end.address and given != end.address:
        faults.append(Fault(f"the address is {given}, expected {end.address}", "run site.yml for the LNS of this line"))
    elif not end.address and end.pool_ranges and not in_ranges(given, end.pool_ranges):
        what = f"the address {given} is not in pool {end.pool} ({', '.join(end.pool_ranges)})"
        faults.append(Fault(what, "run site.yml for the LNS of this line"))
    if end.lns_address and entry.get("peer_address") != end.lns_address:
        what = f"the LNS's end is {entry.get('peer_address')}, expected {end.lns_address}"
        faults.append(Fault(what, "run site.yml for the LNS of this line"))
    own = given if end.is_branch else entry.get("peer_address")
    interface = facts.interfaces.get(facts.interface)
    if interface is None:
        faults.append(Fault(f"there is no interface {facts.interface}", "see `journalctl -u branchline`"))
    elif own not in interface.addresses:
        what = f"{facts.interface} has {', '.join(interface.addresses) or 'no address'}, not {own}"
        faults.append(Fault(what, "something else changed the interface: run `branchline reconnect`"))
    return faults
