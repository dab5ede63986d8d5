"""Our half of a conversation that is recorded, as a program: python3 speaker.py ROLE SECONDS [PEER].

Beside it stand `conversation.py` of the engine's tests and the engine. It calls PEER, or waits to be called on port
1701, says goodbye after SECONDS of talk and prints what was said: `time what`, then `time > hex` for what was sent.
"""

from __future__ import annotations

import select
import socket
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), "/usr/local/lib/branchline/branchline.pyz"]

from conversation import Conversation  # noqa: E402 - needs the path above

PATIENCE = 120  # seconds for a call
GRACE = 0.2  # seconds for the answer to our goodbye


class Speaker:
    """One conversation on a socket."""

    def __init__(self, role: str, seconds: float, peer: str) -> None:
        self._conversation, self._seconds, self._peer = Conversation(role), seconds, (peer, 1701)
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.bind(("", 0 if peer else 1701))
        if not peer:  # the time begins when somebody calls
            select.select([self._sock], [], [], PATIENCE)
        self._started, self._ended = time.monotonic(), False

    def speak(self) -> None:
        """From the beginning to a moment after the goodbye."""
        self._call("begin", self._conversation.begin)
        while (now := self._now()) < self._seconds + GRACE:
            if now > self._seconds and not self._ended:
                self._ended = True
                self._call("end", self._conversation.end)
            self._once()

    def _once(self) -> None:
        now, due = self._now(), self._conversation.next_timeout()
        limit = self._seconds + GRACE if self._ended else self._seconds
        until = min(due if due is not None else limit, limit)
        if select.select([self._sock], [], [], max(0.0, until - now))[0]:
            datagram, self._peer = self._sock.recvfrom(65536)
            self._call("< " + datagram.hex(), self._conversation.receive, datagram)
        elif due is not None and self._now() >= due:
            self._call("timeout", self._conversation.timeout)

    def _now(self) -> float:
        return time.monotonic() - self._started

    def _call(self, what, method, *arguments) -> None:
        now = round(self._now(), 6)
        sent = method(*arguments, now)
        print(f"{now:.6f} {what}")
        for datagram in sent:
            self._sock.sendto(datagram, self._peer)
            print(f"{now:.6f} > {datagram.hex()}")


if __name__ == "__main__":
    Speaker(sys.argv[1].replace("-", " "), float(sys.argv[2]), *(sys.argv[3:] or [""])).speak()
