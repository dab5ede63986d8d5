"""The nftables guard: UDP 1701 only through IPsec, in and out, both families; nothing leaks while no SA is there."""

from __future__ import annotations

import ipaddress
from typing import Any

TABLE = "branchline_guard"
THROUGH_IPSEC = {
    #            in                        out
    "libipsec": ('iifname "ipsec0"',      'oifname "ipsec0"'),   # charon decrypts in user space, onto its TUN device
    "kernel":   ("meta ipsec exists",     "rt ipsec exists"),    # the packet's own security path
    "none":     (None,                    None),                 # no IPsec here: nothing passes but `unprotected`
}  # fmt: skip


def render_guard(guard: dict[str, Any]) -> str:
    """Return /etc/branchline/guard.nft, which `nft -f` loads any number of times, each in one transaction.

    guard: {"backend": "libipsec" | "kernel" | "none", "unprotected": [peer's address or network, ...]}; `unprotected`
    (default: none) are the peers of lines whose protection is `none`. Raises ValueError for what is not an address.
    """
    inward, outward = THROUGH_IPSEC[guard["backend"]]
    peers = [ipaddress.ip_network(peer) for peer in guard.get("unprotected", [])]
    return _TEXT.format(
        table=TABLE,
        inward=_rules(inward, _from(peers, "saddr"), "passed_in"),
        outward=_rules(outward, _from(peers, "daddr"), "passed_out"),
    )


def _from(peers: list[Any], field: str) -> list[str]:
    rules = []
    for family, version in (("ip", 4), ("ip6", 6)):
        addresses = sorted(peer for peer in peers if peer.version == version)
        if addresses:
            rules.append(f"{family} {field} {{ {', '.join(map(str, addresses))} }}")
    return rules


def _rules(through: str | None, unprotected: list[str], counter: str) -> str:
    matches = ([through] if through else []) + unprotected
    return "".join(f"    {match} counter name {counter} accept\n" for match in matches)


_TEXT = """\
# Written by Branchline; load with: nft -f. L2TP (UDP 1701) passes only through IPsec, in and out. A send without a
# security association fails with EPERM. A drop is final in nftables: no rule of another table lets it through again.
table inet {table}
delete table inet {table}

table inet {table} {{
  counter passed_in {{ }}
  counter passed_out {{ }}
  counter dropped_in {{ }}
  counter dropped_out {{ }}

  chain input {{
    type filter hook input priority filter - 10; policy accept;
    udp dport 1701 jump inward
    udp sport 1701 jump inward
  }}

  chain inward {{
{inward}    counter name dropped_in drop
  }}

  chain output {{
    type filter hook output priority filter - 10; policy accept;
    udp dport 1701 jump outward
    udp sport 1701 jump outward
  }}

  chain outward {{
{outward}    counter name dropped_out drop
  }}
}}
"""
