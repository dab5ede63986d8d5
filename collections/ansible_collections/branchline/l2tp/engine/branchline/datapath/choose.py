"""Which data path this host runs, and why."""

from __future__ import annotations

from branchline.datapath.interface import DataPath
from branchline.datapath.netlink import Netlink
from branchline.datapath.tun import TunDataPath
from branchline.errors import ConfigError


def choose(wanted: str, netlink: Netlink) -> tuple[DataPath, str]:
    """The data path for `wanted` (auto, tun or kernel) and the reason in words; raises ConfigError.

    The kernel's L2TP is not driven by this version, so `auto` is the one in user space on every kernel.
    """
    if wanted == "kernel":
        raise ConfigError("datapath", "the kernel's data path is not part of this version", "use auto or tun")
    reason = "asked for" if wanted == "tun" else "this version carries packets in user space on every kernel"
    return TunDataPath(netlink), reason
