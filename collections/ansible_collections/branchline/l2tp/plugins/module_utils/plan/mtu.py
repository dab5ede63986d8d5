# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The MTU of a line from what really stands around its packets: one place for the arithmetic, with its reasons."""

from __future__ import annotations

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.profiles import Profile, overhead

OUTER = 1500  # Ethernet; what has less on its way to the LNS (PPPoE: 1492) sets branchline_mtu
IPSEC0 = 1400  # kernel-libipsec's TUN device: a longer packet comes out of it truncated
IPV4 = 20  # RFC 791 3.1, without options
UDP = 8
L2TP = 8  # RFC 2661 3.1: flags, Length, Tunnel ID, Session ID; a peer may want the Length, so it counts
SEQUENCE = 4  # Ns and Nr
PPP = 4  # FF 03 and the protocol: neither ACFC nor PFC is certain before LCP is open
ESP = 8  # RFC 4303 2: SPI and sequence number
TRAILER = 2  # RFC 4303 2.4: pad length and next header
AH = 12  # RFC 4302 2, before the ICV


def line_mtu(mode: str, libipsec: bool, profile: Profile, protection: str, sequencing: bool) -> int:
    """The largest IPv4 packet (octets) that a line carries without a fragment outside.

    `mode` is tunnel or transport; `libipsec`: an end uses kernel-libipsec; `protection` is esp, ah, esp+ah or none.
    On libipsec it is 1400 - 20 (IP) - 8 (UDP) - 8 (L2TP) - 4 (PPP) = 1360.
    """
    inside = UDP + L2TP + PPP + (SEQUENCE if sequencing else 0)
    if protection == "none":
        return OUTER - IPV4 - inside
    if libipsec:
        return IPSEC0 - IPV4 - inside
    if mode == "tunnel":
        inside += IPV4
    return PAYLOADS[protection](profile) - inside


def esp_payload(profile: Profile) -> int:
    """Octets that the kernel's ESP carries in one outer packet, for the costliest of the proposals.

    UDP encapsulation (RFC 3948) counts always: whether there is a NAT on the way is known only when IKE runs.
    """
    return _inside_esp(OUTER - IPV4 - UDP, profile)


def ah_payload(profile: Profile) -> int:
    """Octets that AH carries in one outer packet; it cannot pass a NAT, so no UDP encapsulation."""
    return OUTER - IPV4 - AH - overhead(profile.ah).icv


def bundle_payload(profile: Profile) -> int:
    """Octets that ESP carries inside of AH."""
    return _inside_esp(ah_payload(profile), profile)


def _inside_esp(octets: int, profile: Profile) -> int:
    worst = overhead(profile.esp)
    room = octets - ESP - worst.iv - worst.icv
    return room - room % worst.block - TRAILER


PAYLOADS = {"esp": esp_payload, "ah": ah_payload, "esp+ah": bundle_payload}
