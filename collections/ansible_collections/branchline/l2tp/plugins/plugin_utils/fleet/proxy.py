# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a program that an ssh_config's ProxyCommand has started."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

PATIENCE = 5.0  # seconds


def safe_to_close(proxy: Any) -> Any:
    """The paramiko.ProxyCommand (or None), whose close() no longer fails where its program has ended and is reaped."""
    if proxy is not None:
        proxy.close = proxy.process.kill
    return proxy


def reap(proxy: Any, transport: Any) -> None:
    """Wait for the program of a paramiko.ProxyCommand, which paramiko ends but leaves behind; None: there is none.

    `transport`, which may be None too, has a thread that sends it a signal at its own end: the process id must be its
    own until then.
    """
    if proxy is None:
        return
    proxy.process.kill()
    if transport is not None and transport.ident is not None:
        transport.join(PATIENCE)
    proxy.process.wait()
    for pipe in (proxy.process.stdin, proxy.process.stdout, proxy.process.stderr):
        with suppress(OSError):  # what was still to be written to it
            pipe.close()
