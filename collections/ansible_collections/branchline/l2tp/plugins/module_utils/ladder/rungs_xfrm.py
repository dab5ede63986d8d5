# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What rungs 3 and 7 ask of the kernel where it does a line's IPsec: has it what charon says, and for this line."""

from __future__ import annotations

from typing import Any

from . import proposals
from .facts import Facts
from .rung import Fault
from .sas import Child
from .xfrm import Policy, State

RELOAD = "run `swanctl --terminate --ike` for the connection: the engine has charon negotiate anew"
Ports = tuple[tuple[str, int], tuple[str, int]]


def protocols(facts: Facts) -> list[str]:
    """What a packet has to go through, the inmost first: esp, ah, or one after the other."""
    return facts.end.protection.split("+")


def inspected(facts: Facts) -> tuple[dict[str, Any], list[Fault]]:
    """Evidence and faults of rung 3: states as negotiated, and a policy each way that covers the line's L2TP."""
    xfrm, children = facts.xfrm, facts.ike.installed if facts.ike else []
    if xfrm is None:
        return {}, []
    if xfrm.error:
        return {}, [Fault(xfrm.error, "verify needs to be root (become: true)")]
    states = [xfrm.states[spi] for child in children for spi in (child.spi_in, child.spi_out) if spi in xfrm.states]
    reqids = {state.reqid for state in states}
    mine = [one for one in xfrm.policies if reqids & {reqid for _protocol, _mode, reqid in one.templates}]
    faults = [fault for child in _newest(children) for fault in _state_faults(facts, child)]
    evidence = {"states": {state.spi: _told(state) for state in states}, "policies": [one.text() for one in mine]}
    return evidence, faults + _policy_faults(facts, mine)


def _newest(children: list[Child]) -> list[Child]:
    """The youngest of each protocol: of an older one whose rekeying is under way the kernel may have one half left."""
    return list({child.protocol: child for child in reversed(children)}.values())


def _told(state: State) -> dict[str, Any]:
    return {
        "protocol": f"{state.protocol} {state.mode}",
        "algorithms": proposals.text(state.algorithms),
        "from": state.source,
        "to": state.destination,
        "packets": state.packets,
    }


def _state_faults(facts: Facts, child: Child) -> list[Fault]:
    known = facts.xfrm.states if facts.xfrm else {}
    missing = [spi for spi in (child.spi_in, child.spi_out) if spi not in known]
    if missing:
        return [Fault(f"the kernel has no state with SPI {', '.join(missing)}, which charon installed", RELOAD)]
    faults = []
    wanted = facts.end.ah_proposals if child.protocol == "ah" else facts.end.esp_proposals
    for state in (known[child.spi_in], known[child.spi_out]):
        if (state.protocol, state.mode) != (child.protocol, facts.end.mode):
            what = f"SPI {state.spi} is {state.protocol} {state.mode}, planned {child.protocol} {facts.end.mode}"
            faults.append(Fault(what, "apply the plan to both ends, then `branchline reconnect`"))
        if not proposals.allowed(state.algorithms, wanted):
            what = f"the kernel does {proposals.text(state.algorithms)}, which no proposal of the line has"
            faults.append(Fault(what, "apply the plan to both ends, then `branchline reconnect`"))
    return faults


def _policy_faults(facts: Facts, mine: list[Policy]) -> list[Fault]:
    faults = []
    for direction, ends in _wanted(facts).items():
        covering = [one for one in mine if one.direction == direction and _covers(one, ends)]
        if not any([protocol for protocol, _mode, _reqid in one.templates] == protocols(facts) for one in covering):
            (source, port), (destination, to) = ends
            what = f"no policy {direction} has {' then '.join(protocols(facts))} done to UDP {source}:{port} -> "
            faults.append(Fault(f"{what}{destination}:{to}", RELOAD))
    return faults


def _covers(policy: Policy, ends: Ports) -> bool:
    """With a mark whatever the ports: the guard gives clients of others ports of their own behind the policy."""
    if not policy.mark:
        return policy.covers(*ends)
    (source, _port), (destination, _to) = ends
    return policy.covers((source, policy.source_port), (destination, policy.destination_port))


def _wanted(facts: Facts) -> dict[str, Ports]:
    """The line's L2TP by direction, as IPsec sees it; nothing while the line has no tunnel."""
    here, there = facts.socket("local"), facts.socket("peer")
    return {"out": (here, there), "in": (there, here)} if here and there else {}


def counters(facts: Facts) -> tuple[dict[str, Any], list[Fault]]:
    """Evidence and faults of rung 7: packets of each of the line's states before and after the traffic."""
    before, after = facts.xfrm, facts.xfrm_after
    if before is None or after is None or before.error or after.error:
        return {}, []
    spis = {spi for child in (facts.ike_after.installed if facts.ike_after else []) for spi in child.spis}
    grown = {
        state.spi: [before.states[state.spi].packets if state.spi in before.states else 0, state.packets]
        for state in after.states.values()
        if state.spi in spis
    }
    done = {after.states[spi].protocol for spi, (old, new) in grown.items() if new > old}
    lacking = [protocol for protocol in protocols(facts) if protocol not in done]
    faults = [Fault(f"no {protocol} state of the kernel counted a packet", RELOAD) for protocol in lacking]
    return {"kernel_packets": grown}, faults
