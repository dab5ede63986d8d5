#!/usr/bin/python3
"""Stands for pppd on a device: reads its options and runs /etc/ppp/ip-up.d, over the engine's PPP and a TUN."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import termios
import tty
from pathlib import Path

sys.path.insert(0, "/opt/interop")

from standin_pppd import Pppd

METHODS = {"mschapv2": "refuse-mschap-v2", "chap-md5": "refuse-chap"}


class WithScripts(Pppd):
    """Runs the scripts when the link is up, with pppd's arguments (pppd(8), ip-up)."""

    parameter = ""

    def _open_device(self, event):
        super()._open_device(event)
        words = (self._options["device"], "tty", "0", event.local_address, event.peer_address, self.parameter)
        subprocess.run(["run-parts", *(f"--arg={word}" for word in words), "/etc/ppp/ip-up.d"], check=False)


def options(path):
    """pppd's options by their first word."""
    lines = [shlex.split(line, comments=True) for line in Path(path).read_text().splitlines()]
    return {words[0]: " ".join(words[1:]) for words in lines if words}


def main(arguments):
    """As xl2tpd calls it."""
    said = options(arguments[arguments.index("file") + 1])
    terminal = os.open(arguments[0], os.O_RDWR | os.O_NOCTTY)
    tty.setraw(terminal, termios.TCSANOW)
    own = {"name": said["name"], "user": said["name"], "secret": said["password"], "device": said["ifname"]}
    answer = [method for method, refused in METHODS.items() if refused not in said]
    pppd = WithScripts(terminal, {**own, "answer": answer, "log": "/var/log/pppd.log"}, ("", ""))
    pppd.parameter = said["ipparam"]
    pppd.run()


main(sys.argv[1:])
