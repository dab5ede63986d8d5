# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The upper rungs of a device that carries a line on: a LAC shows PPPoE, tunnel and session, and reads no PPP."""

from __future__ import annotations

from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.relay import THE_ENDS
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.rung import CANNOT_SHOW, Fault, Rung, judged
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device.seen import Data, Seen

DIAL = "does the remote dial, and does the device's log say why it is not carried on?"
PACKETS = ("packets_in", "packets_out")


def session(seen: Seen) -> Rung:
    """Rung 4: the session in the tunnel to the LNS is up, and so is one of PPPoE."""
    now, faults = seen.now, []
    evidence: Data = {name: now[name] for name in ("session_state", "circuit") if name in now}
    for kind in ("tunnel", "session"):
        if f"{kind}_id" in now:
            evidence[kind] = {"id": int(now[f"{kind}_id"]), "peer_id": int(now[f"peer_{kind}_id"])}
    dialled = [int(number) for number in now.get("pppoe", [])]
    if len(dialled) == 1:
        evidence["pppoe"] = {"session": dialled[0]}
    evidence["pppoe_sessions"] = dialled
    if not seen.is_good("session_state"):
        faults.append(Fault(f"the session is {now.get('session_state', 'not there')}", DIAL))
    if not dialled:
        faults.append(Fault("no PPPoE session is carried on", DIAL))
    return judged(4, evidence, faults)


def ends_answer(number: int) -> Rung:
    """Rungs 5 and 6: addresses and traffic are of the two ends."""
    return Rung(number, None, {}, THE_ENDS)


def passed(seen: Seen) -> Rung:
    """Rung 7: packets went through the SA both ways; the ends send them, at a time of their own."""
    counters = {name: int(seen.now[name]) for name in PACKETS if name in seen.now}
    if not counters:
        return Rung(7, None, {}, CANNOT_SHOW)
    faults = [Fault(f"the SA's {name} are 0", DIAL) for name, number in counters.items() if not number]
    return judged(7, {"counters": counters, "capture": "by the other end"}, faults)
