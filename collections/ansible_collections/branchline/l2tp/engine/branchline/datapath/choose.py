"""Which data path this host runs, and why."""

from __future__ import annotations

from branchline.datapath.interface import DataPath
from branchline.datapath.netlink import Netlink
from branchline.datapath.tun import TunDataPath


def choose(wanted: str, netlink: Netlink) -> tuple[DataPath, str]:
    """The data path for `wanted` (auto or tun) and the reason in words.

    The kernel's L2TP is not driven by this version, so `auto` is the one in user space on every kernel.
    """
    reason = "asked for" if wanted == "tun" else "this version carries packets in user space on every kernel"
    return TunDataPath(netlink), reason
