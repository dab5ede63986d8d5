# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pings in parallel over one pair of raw sockets: many targets in about the time of one, without a process each."""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from . import icmp

IP_MTU_DISCOVER, PMTU_DISCOVERY_DO = 10, 2  # linux/in.h: set DF, refuse locally what does not fit
ICMP_FILTER, ONLY_ANSWERS = 1, ~((1 << icmp.ECHO_REPLY) | (1 << icmp.UNREACHABLE)) & 0xFFFFFFFF
PACKETS_PER_SECOND = 2000  # libipsec's queue has no bound: do not fill it
SMALL = 84  # bytes of the IP packet, as ping(8) sends
TOLERATED_LOSS = 0.2  # one of five: a lossy access network is not a broken line


def enough(received: int, sent: int, *, full: bool) -> bool:
    """Whether so many answers will do: of full-sized packets one, which proves the size; loss is for the others."""
    return received > 0 and (full or received >= sent * (1 - TOLERATED_LOSS) - 0.001)


@dataclass(frozen=True)
class Probe:
    """Echo requests to one target: `size` is the length of the IP packet in bytes, `df` asks for Don't Fragment."""

    target: str
    size: int = SMALL
    df: bool = False
    count: int = 5


@dataclass
class Outcome:
    """What came of a probe; times in seconds. `refused` is this host's own refusal to send, by its errno's name."""

    probe: Probe
    sent: int = 0
    rtts: dict[int, float] = field(default_factory=dict)
    refused: str = ""
    told_mtu: int | None = None
    told_by: str = ""

    @property
    def received(self) -> int:
        """How many requests were answered."""
        return len(self.rtts)

    def as_dict(self) -> dict[str, Any]:
        """Evidence: counts, and RTTs in milliseconds."""
        found: dict[str, Any] = {"bytes": self.probe.size, "sent": self.sent, "received": self.received}
        if self.rtts:
            times = [round(value * 1000, 3) for value in self.rtts.values()]
            found["rtt_ms"] = {"min": min(times), "avg": round(sum(times) / len(times), 3), "max": max(times)}
        if self.refused:
            found["refused"] = self.refused
        if self.told_mtu is not None:
            found["told_mtu"] = {"mtu": self.told_mtu, "by": self.told_by}
        return found


def _open(*, df: bool) -> socket.socket:
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    raw.setblocking(False)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    raw.setsockopt(255, ICMP_FILTER, struct.pack("=I", ONLY_ANSWERS))  # 255: SOL_RAW
    if df:
        raw.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, PMTU_DISCOVERY_DO)
    return raw


class Pinger:
    """One run of probes. Every raw socket receives every answer, so one of the two is read."""

    def __init__(self, probes: list[Probe]) -> None:
        self._run = os.urandom(4)
        self._sent_at: dict[tuple[int, int], float] = {}
        self.outcomes = [Outcome(probe) for probe in probes]
        self._waiting = set(range(len(probes)))

    def run(self, interval: float, patience: float) -> list[Outcome]:
        """Send a round each `interval` seconds, then wait up to `patience` seconds for what is missing."""
        with _open(df=False) as plain, _open(df=True) as unfragmented:
            for sequence in range(max((outcome.probe.count for outcome in self.outcomes), default=0)):
                started = time.monotonic()
                self._round(sequence, plain, unfragmented)
                self._listen(plain, started + interval)
            self._listen(plain, time.monotonic() + patience, until_done=True)
        return self.outcomes

    def _round(self, sequence: int, plain: socket.socket, unfragmented: socket.socket) -> None:
        for number, outcome in enumerate(self.outcomes):
            if outcome.refused or sequence >= outcome.probe.count:
                continue
            self._send(unfragmented if outcome.probe.df else plain, number, sequence)
            self._listen(plain, time.monotonic() + 1 / PACKETS_PER_SECOND)

    def _send(self, raw: socket.socket, number: int, sequence: int) -> None:
        outcome = self.outcomes[number]
        packet = icmp.request(self._run, number, sequence, outcome.probe.size)
        self._sent_at[number, sequence] = time.monotonic()
        try:
            raw.sendto(packet, (outcome.probe.target, 0))
        except OSError as error:
            outcome.refused = errno.errorcode.get(error.errno or 0, str(error))
            self._waiting.discard(number)
        else:
            outcome.sent += 1

    def _listen(self, raw: socket.socket, deadline: float, *, until_done: bool = False) -> None:
        while (left := deadline - time.monotonic()) > 0:
            if until_done and not self._waiting:
                return
            if select.select([raw], [], [], min(left, 0.2))[0]:
                self._take(raw.recv(65535))

    def _take(self, packet: bytes) -> None:
        answer = icmp.read(packet, self._run)
        if answer is None or answer.probe >= len(self.outcomes):
            return
        outcome = self.outcomes[answer.probe]
        if isinstance(answer, icmp.TooBig):
            outcome.told_mtu, outcome.told_by = answer.mtu, answer.source
        elif answer.source == outcome.probe.target:
            sent = self._sent_at.get((answer.probe, answer.sequence))
            if sent is not None:
                outcome.rtts.setdefault(answer.sequence, time.monotonic() - sent)
            if outcome.received == outcome.probe.count:
                self._waiting.discard(answer.probe)


def ping(probes: list[Probe], interval: float = 0.2, patience: float = 2.0) -> list[Outcome]:
    """The outcome of each probe, in order."""
    return Pinger(probes).run(interval, patience)


def knock(targets: Iterable[str], seconds: float, interval: float = 0.2) -> None:
    """Ping each target until it answers, at most for about `seconds`; what is not answered meanwhile is no loss."""
    left, deadline = list(targets), time.monotonic() + seconds
    while left and time.monotonic() < deadline:
        outcomes = ping([Probe(target, count=1) for target in left], interval, patience=0)
        left = [outcome.probe.target for outcome in outcomes if not outcome.received]
