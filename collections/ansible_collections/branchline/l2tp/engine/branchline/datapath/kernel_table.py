"""The nftables table of the lines that the kernel carries: what the data path in user space does packet by packet.

Interfaces are told by their group, so that a line's coming and going changes no rule. An LNS drops packets whose
source does not belong to the session that they come from. The MSS of TCP is clamped both ways to the smaller MTU of
the two routes.
"""

from __future__ import annotations

import shutil
import subprocess

from branchline.errors import LocalError

NAME = "branchline_lines"
BASE = 0x1701_00  # of the interfaces' groups
SERVED, CLAMPED = 1, 2  # bits of a group's number
AWAY = f"table ip {NAME}\ndelete table ip {NAME}\n"
TABLE = (
    AWAY
    + """\
table ip %(name)s {
    chain source {
        type filter hook prerouting priority raw; policy accept;
        meta iifgroup { %(served)s } fib saddr . iif oif eq 0 counter drop
    }
    chain clamp {
        type filter hook forward priority mangle; policy accept;
        meta iifgroup { %(clamped)s } tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu
        meta oifgroup { %(clamped)s } tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu
    }
}
"""
)


def group(*, served: bool, clamped: bool) -> int:
    """The group of a line's interface: whether an LNS serves it, and whether its MSS is clamped."""
    return BASE + served * SERVED + clamped * CLAMPED


def text() -> str:
    """The whole table, which takes the place of an earlier one."""
    groups = [(BASE + bits, bits) for bits in range(4)]
    served = ", ".join(str(number) for number, bits in groups if bits & SERVED)
    clamped = ", ".join(str(number) for number, bits in groups if bits & CLAMPED)
    return TABLE % {"name": NAME, "served": served, "clamped": clamped}


def check() -> None:
    """Ask whether the kernel would take the table, which it does not keep; raises LocalError."""
    _nft(text(), "--check")


def load() -> None:
    """Put the table into the kernel; raises LocalError."""
    _nft(text())


def remove() -> None:
    """Take the table away, also one that an earlier run has left; raises LocalError."""
    _nft(AWAY)


def _nft(rules: str, *options: str) -> None:
    program = shutil.which("nft", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        raise LocalError("there is no nft", "install nftables")
    command = [program, *options, "-f", "-"]
    done = subprocess.run(  # noqa: S603 - the host's own program, without a word of anybody else's
        command, input=rules, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip().partition("\n")[0]
        remedy = "give the kernel nftables (nft_fib_ipv4) and the engine CAP_NET_ADMIN"
        raise LocalError(f"nft: {said}", remedy)
