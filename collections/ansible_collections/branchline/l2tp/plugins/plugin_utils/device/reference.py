# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of docs/devices.md, out of the driver packages; run as a module with its path it renews them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.algorithms import ROWS
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.reference import BLOCK
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import driver, package

Can = Mapping[str, Any]
YES, NO = "yes", "-"

FEATURES: tuple[tuple[str, Callable[[Can], bool]], ...] = (
    # What a reader looks for, and whether a platform has it.
    ("configured and verified from here", lambda can: can["managed"]),
    ("branch (opens a line)", lambda can: "client" in can["roles"]),
    ("LNS (accepts lines)", lambda can: "lns" in can["roles"]),
    ("LAC (carries on who dials by PPPoE)", lambda can: "lac" in can["roles"]),
    ("gateway (carries lines on)", lambda can: "gateway" in can["roles"]),
    ("IKEv2", lambda can: 2 in can["ike_versions"]),
    ("IKEv1", lambda can: 1 in can["ike_versions"]),
    ("pre-shared keys", lambda can: "psk" in can["ike_auth"]),
    ("certificates", lambda can: "x509" in can["ike_auth"]),
    ("ESP in transport mode (RFC 3193)", lambda can: any("transport" in modes for modes in can["esp"].values())),
    ("ESP in tunnel mode, virtual IP", lambda can: any("tunnel" in modes for modes in can["esp"].values())),
    ("AH", lambda can: "ah" in can["protection"]),
    ("without IPsec", lambda can: "none" in can["protection"]),
    ("AES-GCM for IKE", lambda can: "aes256gcm16" in can["algorithms"]["ike"]),
    ("AES-GCM for ESP", lambda can: "aes256gcm16" in can["algorithms"]["esp"]),
    ("MS-CHAPv2 as a branch", lambda can: "mschapv2" in can["ppp_auth"].get("client", ())),
    ("MS-CHAPv2 as an LNS", lambda can: "mschapv2" in can["ppp_auth"].get("lns", ())),
    ("tunnel secret as a branch", lambda can: "tunnel_secret" in can["options"]),
    ("tunnel secrets as an LNS", lambda can: "user_tunnel_secret" in can["options"]),
    ("hidden AVPs", lambda can: "hide_avps" in can["options"]),
    ("sequence numbers", lambda can: "sequencing" in can["options"]),
    ("Hello interval", lambda can: "hello" in can["options"]),
    ("default route through the line", lambda can: "default_route" in can["options"]),
    ("TCP MSS of the line", lambda can: "mss_clamp" in can["options"]),
    ("fixed addresses as an LNS", lambda can: "user_address" in can["options"]),
    ("networks of branches as an LNS", lambda can: "user_routes" in can["options"]),
)


def renewed(document: str) -> str:
    """The document with the text between each `<!-- begin NAME -->` and `<!-- end NAME -->` made anew."""
    made = tables()
    return BLOCK.sub(lambda block: f"{block[1]}{made[block['name']]}{block[3]}", document)


def tables() -> dict[str, str]:
    """Every table of the document in Markdown, by name."""
    return {"platforms": _platforms(), "features": _features(), "algorithms": _algorithms(), "notes": _notes()}


def _platforms() -> str:
    rows = []
    for name, can in driver.all_capabilities().items():
        own = package.load(name).platform
        netmiko = own.get("session", {}).get("netmiko", NO)
        back = own.get("transaction", {}).get("name", NO)
        outer = "required" if can["outer_interface"] else NO
        rows.append((f"`{name}`", can["title"], netmiko, back, f"`{can['profile']}`", outer))
    head = ("`branchline_platform`", "What it is", "netmiko", "Takes a change back by", "Profile", "Outer interface")
    return _table(head, rows)


def _features() -> str:
    can = driver.all_capabilities()
    rows = [(what, *(YES if has(can[name]) else NO for name in can)) for what, has in FEATURES]
    return _table(("Feature", *(f"`{name}`" for name in can)), rows)


def _algorithms() -> str:
    can = driver.all_capabilities()
    rows = [
        (f"`{row.keyword}`", *(_where(can[name]["algorithms"], row.keyword) for name in can))
        for row in ROWS
        if any(_where(one["algorithms"], row.keyword) != NO for one in can.values())
    ]
    return _table(("Algorithm", *(f"`{name}`" for name in can)), rows)


def _where(tables_of: Mapping[str, Mapping[str, Any]], word: str) -> str:
    found = [told for protocol, told in (("ike", "IKE"), ("esp", "ESP")) if word in tables_of[protocol]]
    return ", ".join(found) or NO


def _notes() -> str:
    parts = []
    for can in driver.all_capabilities().values():
        notes = "".join(f"- `{feature}`: {note}\n" for feature, note in sorted(can["notes"].items()))
        links = ", ".join(f"[{what}]({url})" for what, url in sorted(can["sources"].items()))
        parts.append(f"\n### {can['title']}\n\n{notes}\nThe vendor's words: {links}\n")
    return "".join(parts)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _cell in head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(renewed(target.read_text(encoding="utf-8")), encoding="utf-8")
