# Copyright: Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""XFRM policies of lines whose L2TP goes through ESP and AH: the one thing that charon cannot have the kernel do."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

ESP_REQID, AH_REQID = 1701, 1702
"""Fixed, so that the policies find the SAs of every rekeying; charon's own start at 1 and rise by connection."""
PRIORITY = 401701
"""Behind those of charon (366847 for a host and a port), and the sign by which ours are found."""
DELETE = ("ip", "xfrm", "policy", "deleteall", "priority", str(PRIORITY))
"""The command that takes all of ours away; in a batch iproute2 6.1 would end there, without a word."""
LIST = ("ip", "xfrm", "policy", "list")
"""The command that tells them all, ours by their priority."""
TEMPLATES = f"tmpl proto esp mode transport reqid {ESP_REQID} tmpl proto ah mode transport reqid {AH_REQID}"


def render_policies(bundles: list[dict[str, Any]]) -> str:
    """Return /etc/branchline/policies for `ip -batch`, to be loaded after DELETE; "" for no bundles.

    A bundle: {"local", "remote": networks; "local_port", "remote_port": 0 is any}. ESP is done first, AH around it;
    what comes in has to have had both. With one of them missing nothing is sent. Raises ValueError for no network.
    """
    return "".join(f"{line}\n" for bundle in bundles for line in _both_ways(bundle))


def _both_ways(bundle: dict[str, Any]) -> Iterator[str]:
    local, remote = (ipaddress.ip_network(bundle[end]) for end in ("local", "remote"))
    here, there = int(bundle["local_port"]), int(bundle["remote_port"])
    yield _policy("out", f"src {local} dst {remote}", (here, there))
    yield _policy("in", f"src {remote} dst {local}", (there, here))


def _policy(direction: str, networks: str, ports: tuple[int, int]) -> str:
    named = [f"{name} {port}" for name, port in zip(("sport", "dport"), ports) if port]
    selector = " ".join([networks, "proto udp", *named])
    return f"xfrm policy add {selector} dir {direction} priority {PRIORITY} {TEMPLATES}"
