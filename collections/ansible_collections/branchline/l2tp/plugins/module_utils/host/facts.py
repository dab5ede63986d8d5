# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host's kernel and software can do, tried rather than guessed, each with its reason."""

from __future__ import annotations

import os
import platform
import socket
from typing import NamedTuple, Union

from ansible_collections.branchline.l2tp.plugins.module_utils.control import EngineAbsentError, EngineError
from ansible_collections.branchline.l2tp.plugins.module_utils.host.machine import CommandError, Machine

AF_PPPOX = 24  # linux/socket.h; Python has no name for it
PX_PROTO_OL2TP = 1  # linux/if_pppox.h
PRIVATE = ("unshare", "--net", "ip", "xfrm", "state", "add", "src", "192.0.2.1", "dst", "192.0.2.2")
KEY = "0x" + 16 * "00"  # of a state that lives for a moment in a namespace without a link
STATES = {
    "kernel_esp": ("proto", "esp", "spi", "0x100", "enc", "cbc(aes)", KEY, "auth", "hmac(sha1)", KEY + "00000000"),
    "kernel_ah": ("proto", "ah", "spi", "0x100", "auth", "hmac(sha1)", KEY + "00000000"),
}


class Fact(NamedTuple):
    """A value and why it is so."""

    value: Union[str, bool, None]
    reason: str


def gather(host: Machine) -> dict[str, Fact]:
    """All facts by name."""
    return {
        "python": Fact(platform.python_version(), "the Python that Ansible uses on the host"),
        "kernel": Fact(platform.release(), "uname"),
        **{name: _xfrm(host, state) for name, state in STATES.items()},
        "kernel_l2tp": _l2tp(),
        "kernel_ppp": _device("/dev/ppp"),
        "tun": _device("/dev/net/tun"),
        "strongswan": _strongswan(host),
        "engine": _engine(host),
    }


def _xfrm(host: Machine, state: tuple[str, ...]) -> Fact:
    try:
        host.run(*PRIVATE, *state)
    except CommandError as error:
        return Fact(False, f"a state was refused: {str(error).rpartition(': ')[2]}")
    return Fact(True, "a state was accepted in a namespace of its own")


def _l2tp() -> Fact:
    try:
        socket.socket(AF_PPPOX, socket.SOCK_DGRAM, PX_PROTO_OL2TP).close()
    except OSError as error:
        return Fact(False, f"PPPoL2TP sockets: {error.strerror}")
    return Fact(True, "it opens PPPoL2TP sockets")


def _device(path: str) -> Fact:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CLOEXEC))
    except OSError as error:
        return Fact(False, f"{path}: {error.strerror}")
    return Fact(True, f"{path} opens")


def _strongswan(host: Machine) -> Fact:
    try:
        said = host.run("swanctl", "--help").partition("\n")[0]  # --version wants a running charon
    except CommandError as error:
        return Fact(None, f"no swanctl: {error}")
    return Fact(said.split()[1], said)


def _engine(host: Machine) -> Fact:
    try:
        status = host.engine("status")
    except (EngineAbsentError, EngineError) as error:
        return Fact(None, str(error))
    return Fact(status["version"], f"it runs since {status['uptime']:.0f} s with {len(status['lines'])} lines")
