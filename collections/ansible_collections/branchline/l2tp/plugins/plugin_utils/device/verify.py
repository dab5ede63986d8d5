# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rungs that a device can show: the same ladder as for a Linux host, out of the answers to its show commands.

A rung that a platform has no command for is not judged (None) and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, ip_address
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.ladder import intent, proposals, relay, selectors
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.echo import enough
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.rung import CANNOT_SHOW, Fault, Rung, judged
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import between, package, readings
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device.seen import (
    Data,
    Seen,
    checks_of,
    end_at,
    fields,
    outer_address,
    routed,
    targets,
)

COUNTERS = ("bytes_in", "bytes_out", "packets_in", "packets_out")
LOOK = "look at the device's log, and at `branchline explain` of the other end"


def checks(platform: str, line: Mapping[str, Any], host: str, said: Mapping[str, str]) -> dict[str, str]:
    """The commands to run, by key and in their order; the answers by the same keys go to evidence().

    `said` are the answers so far: which address a branch got may be known from them alone, and is asked first.
    """
    end, own = end_at(line, host), package.load(platform)
    known = checks_of(own, end)
    telling = {name: check for name, check in known.items() if "address" in check.get("find", {})}
    if not end.is_branch and not end.address and not telling.keys() <= said.keys():
        return readings.commands(telling, fields(end, line), {})
    given = Seen(own, end, line, said).given
    return readings.commands(known, fields(end, line, given), {"targets": targets(end, given)})


def evidence(platform: str, line: Mapping[str, Any], host: str, said: Mapping[str, str]) -> Data:
    """This end's rungs, in the form of the module verify's `lines`."""
    end = end_at(line, host)
    seen = Seen(package.load(platform), end, line, said)
    rungs = [configured(seen), ike_sa(seen), child_sa(seen), *(_relayed(seen) if end.relays else _ended(seen))]
    if seen.unread:
        rungs[0].evidence["unread"] = seen.unread
    if end.relays:
        rungs = relay.joined({end.hop: rungs})
    return {
        "name": end.line,
        "end": end.host,
        "role": end.role,
        "state": "open" if rungs[3].ok else "unknown" if rungs[3].ok is None else "down",
        "ok": all(rung.ok is not False for rung in rungs),
        "rungs": [rung.as_dict() for rung in rungs],
    }


def _ended(seen: Seen) -> list[Rung]:
    return [rung(seen) for rung in (session, routes, traffic, counted)]


def _relayed(seen: Seen) -> list[Rung]:
    last = _clear(7, seen.end) if seen.end.protection == "none" else between.passed(seen)
    return [between.session(seen), between.ends_answer(5), between.ends_answer(6), last]


def _unasked(number: int) -> Rung:
    return Rung(number, None, {}, CANNOT_SHOW)


def _clear(number: int, end: intent.End) -> Rung:
    what = "the line has no IPsec, as its intent says (branchline_protection: none)"
    return Rung(
        number, end.allow_cleartext, {"protection": "none"}, what, "" if end.allow_cleartext else "set it to esp"
    )


def configured(seen: Seen) -> Rung:
    """Rung 1: the line is in the device's configuration, and what serves it runs."""
    found = {name: seen.now.get(name) for name in ("configured", "running") if seen.asked(name)}
    faults = [
        Fault(f"the line is not {name}", "run site.yml for this device") for name, value in found.items() if not value
    ]
    return judged(1, dict(found), faults)


def ike_sa(seen: Seen) -> Rung:
    """Rung 2."""
    end, now = seen.end, seen.now
    if end.protection == "none":
        return _clear(2, end)
    if not seen.asked("ike_state"):
        return _unasked(2)
    names = {"ike_state": "state", "ike_proposal": "proposal", "local_id": "local_id", "remote_id": "remote_id"}
    evidence = {told: now[name] for name, told in names.items() if name in now}
    if _algorithms(str(now.get("ike_proposal", ""))):
        evidence["proposal"] = proposals.text(_algorithms(now["ike_proposal"]))
    if "ike_version" in now:
        evidence["version"] = f"IKEv{now['ike_version']}"
    for spi in ("initiator_spi", "responder_spi"):
        if spi in now:
            evidence[spi] = str(now[spi]).lower()
    if not seen.is_good("ike_state"):
        return judged(2, evidence, [Fault(f"the IKE SA is {now.get('ike_state', 'not there')}", LOOK)])
    return judged(2, evidence, _ike_faults(end, now))


def _ike_faults(end: intent.End, now: Mapping[str, Any]) -> list[Fault]:
    wanted = {"local_id": end.local_id, "remote_id": end.remote_id, "ike_version": str(end.ike_version)}
    if end.ike_version == 1:
        wanted.pop("local_id")  # main mode: what is sent by default is the address
    faults = [
        Fault(f"{name} is {now[name]}, expected {value}", "apply the plan to both ends")
        for name, value in wanted.items()
        if value is not None and name in now and now[name] != value
    ]
    negotiated = _algorithms(str(now.get("ike_proposal", "")))
    if negotiated and not proposals.allowed(negotiated, end.proposals):
        what = f"negotiated {now['ike_proposal']}, which no proposal of the line has"
        faults.append(Fault(what, "apply the plan to both ends, then rekey"))
    return faults


def _algorithms(shown: str) -> dict[str, str]:
    """strongSwan's `AES_GCM_16-256/PRF_HMAC_SHA2_384/ECP_384`; nothing for what is in other words."""
    words = shown.split("/")
    cipher, _dash, bits = words[0].partition("-")
    if not cipher.startswith(("AES_", "3DES", "CHACHA")):
        return {}
    section = {"encr-alg": cipher, "encr-keysize": bits}
    for word in words[1:]:
        kind = (
            "prf-alg" if word.startswith("PRF_") else "integ-alg" if word.startswith(("HMAC", "AES_")) else "dh-group"
        )
        section[kind] = word
    return proposals.negotiated(section)


def child_sa(seen: Seen) -> Rung:
    """Rung 3."""
    end, now = seen.end, seen.now
    if end.protection == "none":
        return _clear(3, end)
    if not seen.asked("child_state", "spis"):
        return _unasked(3)
    names = {"child_state": "state", "child_mode": "mode", "local_ts": "local_ts", "remote_ts": "remote_ts"}
    evidence: Data = {told: now[name] for name, told in names.items() if name in now}
    evidence["esp"], evidence["chosen"] = f"{end.backend} {end.mode}", end.chosen
    evidence["spis"] = sorted(spi.lower().removeprefix("0x").zfill(8) for spi in _flat(now.get("spis", [])))
    faults = []
    if not evidence["spis"]:
        faults.append(Fault("no child SA is installed", LOOK))
    elif seen.asked("child_state") and not seen.is_good("child_state"):
        faults.append(Fault(f"the child SA is {now.get('child_state', 'not there')}", LOOK))
    side, address = ("remote_ts" if end.is_branch else "local_ts"), outer_address(end, seen.line)
    if side in now and not selectors.cover([now[side]], address, selectors.L2TP_PORT):
        faults.append(Fault(f"the selector {now[side]} does not cover {address} udp/1701", LOOK))
    return judged(3, evidence, faults)


def _flat(found: Iterable[Any]) -> list[str]:
    """Texts that were found one by one, or several at a time."""
    return [str(text) for one in found for text in (one if isinstance(one, (list, tuple)) else [one])]


def session(seen: Seen) -> Rung:
    """Rung 4."""
    end, now = seen.end, seen.now
    given = now.get("address")
    evidence: Data = {name: now[name] for name in ("session_state", "address", "peer_address") if name in now}
    evidence["expected"] = {"address": end.address, "pool": end.pool, "ranges": end.pool_ranges}
    evidence["interface"], evidence["mtu"] = end.interface, end.mtu
    for kind in ("tunnel", "session"):
        if f"{kind}_id" in now:
            evidence[kind] = {"id": int(now[f"{kind}_id"]), "peer_id": int(now.get(f"peer_{kind}_id", 0)) or None}
    if not given:
        return judged(4, evidence, [Fault(f"the line is {now.get('session_state', 'down')}, it has no address", LOOK)])
    return judged(4, evidence, _session_faults(seen, given))


def _session_faults(seen: Seen, given: str) -> list[Fault]:
    end, faults = seen.end, []
    if "session_state" in seen.now and not seen.is_good("session_state"):
        faults.append(Fault(f"the session is {seen.now['session_state']}", LOOK))
    if end.address and given != end.address:
        faults.append(Fault(f"the address is {given}, expected {end.address}", "run site.yml for the LNS of this line"))
    elif not end.address and end.pool_ranges and not intent.in_ranges(given, end.pool_ranges):
        faults.append(Fault(f"the address {given} is not of pool {end.pool}", "run site.yml for the LNS of this line"))
    return faults


def routes(seen: Seen) -> Rung:
    """Rung 5."""
    end = seen.end
    if not seen.asked("routes"):
        return _unasked(5)
    table = [(str(route[0]), str(route[1])) for route in seen.now.get("routes", [])]
    through = {address: _best(address, table) for address in routed(end, seen.given)}
    interface = seen.now.get("interface", end.interface)
    faults = [
        Fault(
            f"{address} is routed {f'by {via}' if via else 'nowhere'}, expected {interface}", "see its table of routes"
        )
        for address, via in through.items()
        if via != interface
    ]
    return judged(5, {"through_line": through, "interface": interface}, faults)


def _best(address: str, table: list[tuple[str, str]]) -> str | None:
    """The interface of the most specific route to an address; a destination may be an address or a network."""
    fitting = [(_network(to), via) for to, via in table if ip_address(address) in _network(to)]
    return max(fitting, key=lambda one: one[0].prefixlen)[1] if fitting else None


def _network(text: str) -> IPv4Network:
    return IPv4Network("0.0.0.0/0" if text == "default" else text, strict=False)


def traffic(seen: Seen) -> Rung:
    """Rung 6: pings of an ordinary size, and as large as the line's MTU."""
    if "ping" not in seen.checks or not targets(seen.end, seen.given):
        return _unasked(6)
    evidence: Data = {"pings": seen.pings["ping"], "full_mtu_df": seen.pings["ping_full"], "mtu": seen.end.mtu}
    small = [_lost(target, found, "") for target, found in seen.pings["ping"].items()]
    full = [_lost(target, found, f" of {seen.end.mtu} octets") for target, found in seen.pings["ping_full"].items()]
    return judged(6, evidence, [fault for fault in (*small, *full) if fault])


def _lost(target: str, found: Mapping[str, Any], size: str) -> Fault | None:
    sent, received = int(found.get("sent") or 0), int(found.get("received") or 0)
    if enough(received, sent, full=bool(size)):
        return None
    remedy = "lower branchline_mtu" if size else "does the target answer ping, and does it route back through the line?"
    return Fault(f"{received} of {sent} packets{size} to {target} were answered", remedy)


def counted(seen: Seen) -> Rung:
    """Rung 7: the SA's counters rose with the traffic; no device captures, so the other end's capture has to do."""
    if seen.end.protection == "none":
        return _clear(7, seen.end)
    pairs = {name: (seen.now.get(name), seen.after.get(name)) for name in COUNTERS if name in seen.now}
    if not pairs or not any(seen.pings.values()):
        return _unasked(7)
    evidence: Data = {"counters": {name: list(pair) for name, pair in pairs.items()}, "capture": "by the other end"}
    still = [name for name, (old, new) in pairs.items() if int(new or 0) <= int(old or 0)]
    faults = [Fault(f"the SA's {name} did not rise: {pairs[name][0]} -> {pairs[name][1]}", LOOK) for name in still]
    return judged(7, evidence, faults)
