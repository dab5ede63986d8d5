# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where each host does ESP, and the mode of a line that follows from its two ends; each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import Report
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Caller, Host

LIBIPSEC, KERNEL, NONE = "libipsec", "kernel", "none"
TUNNEL, TRANSPORT = "tunnel", "transport"
Facts = Mapping[str, Mapping[str, Any]]
CHOSEN = {
    None: (LIBIPSEC, "nothing known of its kernel"),
    False: (LIBIPSEC, "its kernel lacks ESP"),
    True: (KERNEL, "its kernel has ESP"),
}


class Backend(NamedTuple):
    """Where a host does ESP, whether that is known of it, and why it is so."""

    name: str
    known: bool
    reason: str


class Mode(NamedTuple):
    """Mode of the ESP or AH of a line, and why."""

    name: str
    reason: str


def device_backend(host: Host, can: Mapping[str, Any], report: Report) -> Backend:
    """Choose the backend of a device: what its variable says, else the first of its platform."""
    name = next(iter(can["esp"])) if host.ipsec_backend == "auto" else host.ipsec_backend
    if name not in can["esp"]:
        report.error(
            host.name,
            "ipsec_backend",
            f"is {name}, and {can['title']} does ESP by {', '.join(can['esp'])} only",
            "remove it",
        )
    return Backend(name, True, f"{host.name}: {name}, {can['title']}")


def backend(host: Host, facts: Facts, report: Report) -> Backend:
    """Choose the backend of a host: what its variable says, else the kernel where that has ESP, else user space."""
    esp = facts.get(host.name, {}).get("kernel_esp")
    if host.ipsec_backend == KERNEL and esp is False:
        report.error(
            host.name,
            "ipsec_backend",
            "is kernel, but the kernel of the host has no ESP",
            "set it to auto or libipsec, or give the host a kernel with CONFIG_INET_ESP",
        )
    if host.ipsec_backend != "auto":
        return Backend(host.ipsec_backend, True, f"{host.name}: {host.ipsec_backend} by branchline_ipsec_backend")
    if not host.managed and esp is None:
        return Backend(KERNEL, True, f"{host.name}: kernel, as others manage it and RFC 3193 asks for transport mode")
    name, why = CHOSEN[esp]
    return Backend(name, esp is not None, f"{host.name}: {name}, {why}")


def mode(branch: Caller, ends: tuple[Backend, Backend], report: Report) -> Mode:
    """Transport mode (RFC 3193) if both ends have it and none is asked for; a tunnel with virtual IP works always."""
    if branch.protection == "none":
        return Mode(NONE, "no IPsec by branchline_protection")
    why = "; ".join(end.reason for end in ends)
    possible = all(end.known and end.name == KERNEL for end in ends)
    if possible and branch.ipsec_mode != TUNNEL:
        return Mode(TRANSPORT, f"transport mode, RFC 3193 ({why})")
    if branch.ipsec_mode == TRANSPORT:
        problem = f"is transport, which kernel-libipsec refuses ({why})"
        report.error(branch.name, "ipsec_mode", problem, "set it to tunnel, or both ends' ipsec_backend to kernel")
    asked = ", branchline_ipsec_mode" if possible else ""
    return Mode(TUNNEL, f"tunnel mode with a virtual IP ({why}{asked})")
