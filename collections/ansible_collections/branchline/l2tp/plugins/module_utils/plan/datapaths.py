# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where each host carries the data of its lines, in the kernel or in user space; each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import Report
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Host

KERNEL, TUN = "kernel", "tun"
NEEDED = {"kernel_l2tp": "L2TP for PPP (CONFIG_PPPOL2TP)", "kernel_ppp": "PPP (CONFIG_PPP, /dev/ppp)"}


class DataPath(NamedTuple):
    """What a host will carry its lines with, and why; the engine tries the kernel again as it starts."""

    name: str
    reason: str


def datapath(host: Host, facts: Mapping[str, Mapping[str, Any]], report: Report) -> DataPath:
    """Choose for a host; one that cannot carry a packet, or not as its variable says, is an error."""
    known = facts.get(host.name, {})
    lacks = [what for fact, what in NEEDED.items() if known.get(fact) is False]
    has = all(known.get(fact) for fact in NEEDED)
    if host.datapath == KERNEL and lacks:
        problem = f"is kernel, but the kernel of the host has no {' and no '.join(lacks)}"
        remedy = "set it to auto or tun, or give the host the modules l2tp_ppp and ppp_generic"
        report.error(host.name, "datapath", problem, remedy)
    elif host.managed and known.get("tun") is False and (host.datapath == TUN or not has):
        remedy = "load the module tun, or give the container the device"
        report.error(host.name, "datapath", "the host has no /dev/net/tun", remedy)
    if host.datapath != "auto":
        return DataPath(host.datapath, f"{host.name}: {host.datapath} by branchline_datapath")
    if has:
        return DataPath(KERNEL, f"{host.name}: kernel, which has L2TP and PPP")
    why = f"its kernel has no {lacks[0]}" if lacks else "nothing known of its kernel"
    return DataPath(TUN, f"{host.name}: tun, {why}")
