"""An Ethernet between hosts and one concentrator on a clock that only the test moves; it loses and delays frames."""

from __future__ import annotations

import heapq
import itertools
import random

from branchline.pppoe.concentrator import Concentrator, Offer
from branchline.pppoe.events import BROADCAST, Place
from branchline.pppoe.host import Discovery, Wish

AC = bytes.fromhex("020000000001")
HOST = bytes.fromhex("020000000099")


class Segment:
    """`hosts` by their addresses; `events` of everybody by address; `frames` as they were sent: (from, to, octets)."""

    def __init__(self, offer=None, seed=0, loss=0.0, slow=0.01, vlan=0):
        self.now = 0.0
        self.concentrator = Concentrator(offer or Offer("lac1"), random=random.Random(seed).randbytes)
        self.hosts = {}
        self.events = {AC: []}
        self.frames = []
        self.vlan = vlan
        self._dice = random.Random(seed)
        self._loss, self._slow = loss, slow
        self._flying = []
        self._order = itertools.count()

    def join(self, wish=None, mac=HOST, seed=1):
        """A host begins to look for a session."""
        host = self.hosts[mac] = Discovery(wish or Wish(), random=random.Random(seed).randbytes)
        self.events.setdefault(mac, [])
        host.start(self.now)
        return host

    def run(self, until=None, limit=200.0):
        """Move the clock from event to event until `until()` or nothing is left to happen."""
        for _ in range(5000):
            self.collect()
            if until and until():
                return self
            times = [host.next_timeout() for host in self.hosts.values()]
            times += [self._flying[0][0]] if self._flying else []
            deadline = min((time for time in times if time is not None), default=None)
            if deadline is None or deadline > limit:
                return self
            self.now = max(self.now, deadline)
            self._deliver()
            for host in self.hosts.values():
                if (at := host.next_timeout()) is not None and at <= self.now:
                    host.on_timeout(self.now)
        raise AssertionError("it does not come to rest")

    def collect(self):
        """Take what everybody has to send, and to tell."""
        for mac, end in [(AC, self.concentrator), *self.hosts.items()]:
            for place, data in end.outbox():
                self.frames.append((mac, place.mac, data))
                if self._dice.random() >= self._loss:
                    at = self.now + self._dice.uniform(0.001, self._slow)
                    heapq.heappush(self._flying, (at, next(self._order), mac, place, data))
            while (event := end.next_event()) is not None:
                self.events[mac].append(event)

    def _deliver(self):
        while self._flying and self._flying[0][0] <= self.now:
            _, _, source, place, data = heapq.heappop(self._flying)
            sender = Place(source, place.vlan)
            for mac, end in [(AC, self.concentrator), *self.hosts.items()]:
                if place.mac in (mac, BROADCAST) and mac != source:
                    end.receive(data, sender, self.now)
