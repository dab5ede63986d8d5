"""Which data path this host runs, and why."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import suppress

from branchline.datapath import kernel_ppp, kernel_sockets, kernel_table
from branchline.datapath.interface import DataPath
from branchline.datapath.kernel import KernelDataPath
from branchline.datapath.netlink import Netlink
from branchline.datapath.tun import TunDataPath
from branchline.errors import ConfigError, LocalError

WORKS = "this kernel has L2TP and PPP"


def obstacle() -> str:
    """Why the kernel cannot carry lines here, "" if it can; tried, which makes a kernel load its modules."""
    try:
        socket.socket(kernel_sockets.AF_PPPOX, socket.SOCK_DGRAM, kernel_sockets.PX_PROTO_OL2TP).close()
    except OSError as error:
        return f"this kernel opens no PPPoL2TP socket (modules pppox, l2tp_ppp): {error.strerror}"
    try:
        os.close(os.open(kernel_ppp.DEVICE, os.O_RDWR | os.O_CLOEXEC))
    except OSError as error:
        missing = error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO)
        return f"{kernel_ppp.DEVICE}: {error.strerror}" + (" (module ppp_generic)" if missing else "")
    try:
        kernel_table.check()
    except LocalError as error:
        return f"{error.message} ({error.remedy})"
    return ""


def ensure(wanted: str) -> None:
    """Raise ConfigError if `wanted` is forced and cannot work here; nothing has changed then."""
    if wanted == "kernel" and (why_not := obstacle()):
        remedy = "set it to auto or tun, or give the host what it lacks"
        raise ConfigError("datapath", f"is kernel, but {why_not}", remedy)


def choose(wanted: str, netlink: Netlink) -> tuple[DataPath, str]:
    """The data path for `wanted` (auto, kernel or tun) and the reason in words; raises ConfigError and LocalError.

    Must be called inside the event loop that it is to run in.
    """
    ensure(wanted)
    why_not = "asked for" if wanted == "tun" else obstacle()
    if not why_not:
        kernel_table.load()
        tun = TunDataPath(netlink)
        reason = f"asked for; {WORKS}" if wanted == "kernel" else WORKS
        return KernelDataPath(netlink, tun, reason), reason
    tun = TunDataPath(netlink)
    with suppress(LocalError):  # of an earlier run in the kernel
        kernel_table.remove()
    tun.reason = why_not
    return tun, why_not
