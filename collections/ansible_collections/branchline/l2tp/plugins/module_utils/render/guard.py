# Copyright: Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nftables guard: UDP 1701 only through IPsec, in and out, both families; nothing leaks while no SA is there."""

from __future__ import annotations

import ipaddress
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.render.settings import RenderError

TABLE = "branchline_guard"
MARK = 0x1701
THROUGH_IPSEC = {
    #            in                   out
    "libipsec": ('iifname "ipsec0"', 'oifname "ipsec0"'),   # charon decrypts in user space, onto its TUN device
    "kernel":   ("meta ipsec exists", "rt ipsec exists"),   # the packet's own security path
    "none":     ("", ""),                                   # no IPsec here: nothing passes but `cleartext`
}  # fmt: skip


def render_guard(guard: dict[str, Any]) -> str:
    """Return /etc/branchline/guard.nft, which `nft -f` loads any number of times, each in one transaction.

    guard: {"backend": "libipsec" | "kernel" | "none", "cleartext": [address, ...], "unique_marks": bool}; `cleartext`
    (default: none) are the addresses of LNSs whose lines have the protection `none`; `unique_marks` (default: no):
    security associations mark what they decrypt, as clients of others come from one address and port. Raises ValueError
    for another backend, and for what is not an address.
    """
    backend = guard["backend"]
    if backend not in THROUGH_IPSEC:
        raise RenderError(f"guard.backend: {backend!r} is none of {', '.join(THROUGH_IPSEC)}")
    inward, outward = THROUGH_IPSEC[backend]
    clear = _either_end(guard.get("cleartext") or [])
    marking = _MARKING.format(mark=MARK) if backend == "libipsec" else ""
    return _TEXT.format(
        table=TABLE,
        marking=marking + (_CLIENTS if guard.get("unique_marks") else ""),
        inward=_rules(inward, clear, "passed_in"),
        outward=_rules(outward, clear, "passed_out"),
    )


def _either_end(addresses: list[str]) -> list[str]:
    """A match for each family and end: on the LNS the address is its own, on a branch the peer's."""
    found = sorted(map(ipaddress.ip_address, set(addresses)), key=lambda one: (one.version, int(one)))
    return [
        f"{family} {end} {{ {', '.join(str(one) for one in found if one.version == version)} }}"
        for family, version in (("ip", 4), ("ip6", 6))
        for end in ("saddr", "daddr")
        if any(one.version == version for one in found)
    ]


def _rules(through: str, clear: list[str], counter: str) -> str:
    matches = [through, *clear] if through else clear
    return "".join(f"    {match} counter name {counter} accept\n" for match in matches)


_MARKING = """\
  # With net.ipv4.conf.ipsec0.src_valid_mark the reverse path filter, strict or not, finds the route into ipsec0 that
  # charon gave to marked packets; without, it would drop all that comes out of an ipsec0 without address.
  chain prerouting {{
    type filter hook prerouting priority raw; policy accept;
    iifname "ipsec0" udp dport 1701 meta mark set {mark:#x}
    iifname "ipsec0" udp sport 1701 meta mark set {mark:#x}
  }}

"""

_CLIENTS = """\
  # Clients of others behind one NAT all come from its address and port 1701. Each one's security association marks what
  # it decrypts. By that mark conntrack keeps them apart (a zone each), and its NAT gives all but the first a source
  # port of their own on the way to the socket. Answers get port and mark back before a policy is looked for. The zone
  # is a digest of 16 bits: of 65,535 pairs of clients behind one NAT, one shares a zone.
  chain zones {
    type filter hook prerouting priority raw; policy accept;
    meta ipsec exists meta mark != 0 udp dport 1701 ct original zone set jhash meta mark mod 65535 seed 1 offset 1
  }

  chain marks_in {
    type filter hook prerouting priority mangle; policy accept;
    meta ipsec exists meta mark != 0 udp dport 1701 ct mark set meta mark
  }

  chain ports {
    type nat hook input priority 100; policy accept;
  }

  chain marks_out {
    type route hook output priority mangle; policy accept;
    udp sport 1701 ct direction reply ct mark != 0 meta mark set ct mark
  }

"""

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

{marking}  chain input {{
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
    # An ICMP error quotes the datagram that it is about: in clear it would tell what came through IPsec. The offsets
    # are of the quoted header's protocol (17, UDP) and ports; 1-4 are the errors of ICMPv6.
    icmp type {{ destination-unreachable, time-exceeded, parameter-problem }} @th,136,8 17 @th,224,16 1701 jump outward
    icmp type {{ destination-unreachable, time-exceeded, parameter-problem }} @th,136,8 17 @th,240,16 1701 jump outward
    icmpv6 type 1-4 @th,112,8 17 @th,384,16 1701 jump outward
    icmpv6 type 1-4 @th,112,8 17 @th,400,16 1701 jump outward
  }}

  chain outward {{
{outward}    counter name dropped_out drop
  }}
}}
"""
