"""sd_notify(3): one datagram to the service manager; nothing where there is none."""

from __future__ import annotations

import logging
import os
import socket

LOG = logging.getLogger(__name__)


def notify(state: str) -> None:
    """Tell systemd, for example READY=1; who does not listen is warned about and missed by nobody."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        try:
            sock.sendto(state.encode(), address)
        except OSError as error:
            LOG.warning("cannot tell %s to the service manager: %s", state, error.strerror)
