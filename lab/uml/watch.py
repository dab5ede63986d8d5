"""Does a user-mode kernel live? Its management console answers from an interrupt, whatever else goes on in it.

A kernel that stands still itself says nothing of the test in it: the lane ends it after a minute and a half, tells
where it stood, and runs the test in another one.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

MCONSOLE = 0xCAFEBABE  # arch/um/drivers/mconsole.h
PERIOD = 5.0  # seconds between two questions
PATIENCE = 90.0  # seconds without an answer: much more than any machine's load makes of it
FIELDS = ("wchan", "syscall")


def request(words: bytes) -> bytes:
    """A request to the management console (struct mconsole_request, version 2)."""
    return struct.pack("III512s", MCONSOLE, 2, len(words), words)


class Watch(Thread):
    """Asks a kernel's console, at `mconsole`, until `close`; calls `standing` once when it answers no more.

    `place` is where the answers go: a path for a socket, no longer than 107 octets.
    """

    def __init__(self, mconsole: Path, place: Path, standing: Callable[[], object], patience: float = PATIENCE) -> None:
        super().__init__(daemon=True)
        self._mconsole, self._place, self._standing, self._patience = mconsole, place, standing, patience
        self._period, self._over = min(PERIOD, patience / 5), Event()
        self.stuck = False

    def run(self) -> None:
        """The thread."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asking:
            asking.bind(str(self._place))
            asking.settimeout(self._period)
            heard = time.monotonic()
            while not self._over.wait(self._period):
                with suppress(OSError):  # it is not there yet, or does not answer
                    asking.sendto(request(b"version"), str(self._mconsole))
                    asking.recv(4096)
                    heard = time.monotonic()
                if time.monotonic() - heard > self._patience:
                    self.stuck = True
                    self._standing()
                    return

    def close(self) -> None:
        """Ask no more."""
        self._over.set()
        self.join()


def where(folder: Path) -> str:
    """What the machine knows of the processes with `folder` in their arguments: CPU in a second, where they are."""
    before = _processes(folder)
    time.sleep(1)
    found = []
    for pid, ticks in _processes(folder).items():
        found.append(f"process {pid}: {ticks - before.get(pid, ticks)} ticks of CPU in a second")
        for name in FIELDS:
            with suppress(OSError):
                found.append(f"  {name}: {Path(f'/proc/{pid}/{name}').read_text().strip()}")
    return "\n".join(found)


def _processes(folder: Path) -> dict[int, int]:
    """The CPU time of each, in ticks."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.fsencode(folder) in (place / "cmdline").read_bytes():
                fields = (place / "stat").read_text().rpartition(")")[2].split()
                found[int(place.name)] = int(fields[11]) + int(fields[12])
    return found
