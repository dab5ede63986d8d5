"""One TUN device: a descriptor that gives and takes whole IP packets, without any header of its own."""

from __future__ import annotations

import errno
import fcntl
import os
import struct

from branchline.errors import LocalError

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
TUN = "/dev/net/tun"
REMEDIES = {
    errno.ENOENT: "load the module tun, or give the container /dev/net/tun",
    errno.EPERM: "give the engine CAP_NET_ADMIN (branchline.service does)",
    errno.EBUSY: "another process holds an interface of this name: stop it or rename the line's interface",
    errno.EINVAL: "an interface of another kind has this name: remove it or rename the line's interface",
}


def open_tun(name: str) -> int:
    """A non-blocking descriptor of the TUN device `name`, made now; it vanishes with the descriptor.

    Raises LocalError where the host has no TUN or refuses it.
    """
    descriptor = -1
    try:
        descriptor = os.open(TUN, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    except OSError as error:
        if descriptor >= 0:
            os.close(descriptor)
        remedy = REMEDIES.get(error.errno or 0, "see the kernel's log")
        raise LocalError(f"cannot make the TUN device {name}: {error.strerror}", remedy) from None
    return descriptor
