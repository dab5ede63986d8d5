"""/dev/ppp (linux/ppp-ioctl.h): channels, which carry the frames of one session, and units, which are interfaces.

What a descriptor reads and writes is a frame without FF 03: its protocol number and its packet. A channel reads the
link's control frames, and everything as long as it has no unit; then its unit reads the control frames of network
protocols. IP packets are the kernel's. Of two channels that are bridged each sends what the other receives, unread.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct

DEVICE = "/dev/ppp"
PPPIOCGCHAN = 0x80047437
PPPIOCATTCHAN = 0x40047438
PPPIOCCONNECT = 0x4004743A
PPPIOCBRIDGECHAN = 0x40047435  # Linux 5.11
PPPIOCDISCONN = 0x7439
PPPIOCNEWUNIT = 0xC004743E
PPPIOCSNPMODE = 0x4008744B
PPPIOCSFLAGS = 0x40047459
SC_LOOP_TRAFFIC = 0x200
PPP_IPV6 = 0x57
DROP = 1  # of enum NPmode
NUMBER = struct.Struct("=i")
MODE = struct.Struct("=ii")


def open_channel(session: int) -> tuple[int, int]:
    """A non-blocking descriptor of the channel that a PPPoL2TP socket is, and its number; raises OSError."""
    number = fcntl.ioctl(session, PPPIOCGCHAN, bytes(NUMBER.size))
    return _open(PPPIOCATTCHAN, number)[0], int(NUMBER.unpack(number)[0])


def open_unit() -> tuple[int, int]:
    """A new unit's descriptor and number n; its interface is pppn and ends with the descriptor. Raises OSError."""
    descriptor, number = _open(PPPIOCNEWUNIT, NUMBER.pack(-1))
    try:
        fcntl.ioctl(descriptor, PPPIOCSNPMODE, MODE.pack(PPP_IPV6, DROP))  # lines carry IPv4
    except OSError as error:
        if error.errno != errno.EINVAL:  # a kernel without IPv6 has none to drop
            os.close(descriptor)
            raise
    return descriptor, int(NUMBER.unpack(number)[0])


def join(channel: int, unit: int) -> None:
    """Connect a channel with a unit, by its number: from now on the kernel has its IP packets. Raises OSError."""
    fcntl.ioctl(channel, PPPIOCCONNECT, NUMBER.pack(unit))


def bridge(channel: int, other: int) -> None:
    """Have a channel and another one, by its number, send what the other receives, until one ends. Raises OSError."""
    fcntl.ioctl(channel, PPPIOCBRIDGECHAN, NUMBER.pack(other))


def bridging_obstacle(channel: int, number: int) -> str:
    """Why this kernel bridges no channels, "" if it does: a channel is in use, it says, when asked for itself."""
    try:
        bridge(channel, number)
    except OSError as error:
        return "" if error.errno == errno.EALREADY else error.strerror or str(error)
    return ""


def part(channel: int) -> None:
    """Undo `join`. Raises OSError: EINVAL if there is nothing to undo."""
    fcntl.ioctl(channel, PPPIOCDISCONN)


def loop_traffic(unit: int, *, on: bool) -> None:
    """Whether packets for the unit come back to its descriptor instead of going to its channel. Raises OSError."""
    fcntl.ioctl(unit, PPPIOCSFLAGS, NUMBER.pack(SC_LOOP_TRAFFIC if on else 0))


def _open(request: int, argument: bytes) -> tuple[int, bytes]:
    descriptor = os.open(DEVICE, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return descriptor, fcntl.ioctl(descriptor, request, argument)
    except OSError:
        os.close(descriptor)
        raise
