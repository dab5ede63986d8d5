"""sd_notify(3): one datagram to the service manager; nothing where there is none."""

from __future__ import annotations

import os
import socket


def notify(state: str) -> None:
    """Tell systemd, for example READY=1."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(state.encode(), address)
