"""When what is due: a heap of deadlines with lazy deletion, so that ten thousand tunnels cost no more than ten."""

from __future__ import annotations

import heapq
from typing import Generic, TypeVar

Key = TypeVar("Key")


class Deadlines(Generic[Key]):
    """At most one deadline a key. Moving one later costs nothing: the heap finds out when the old one comes up."""

    def __init__(self) -> None:
        self._due: dict[Key, float] = {}
        self._queued: dict[Key, float] = {}  # the entry of the heap that counts
        self._heap: list[tuple[float, int, Key]] = []
        self._count = 0  # breaks ties, so that keys are never compared

    def __len__(self) -> int:
        return len(self._due)

    def set(self, key: Key, due: float | None) -> None:
        """Set or (None) remove the deadline of `key`."""
        if due is None:
            self._due.pop(key, None)
            return
        self._due[key] = due
        if due < self._queued.get(key, float("inf")):
            self._push(key, due)

    def next(self) -> float | None:
        """Return the earliest deadline."""
        self._settle()
        return self._heap[0][0] if self._heap else None

    def pop(self, now: float) -> Key | None:
        """Remove and return a key whose deadline has come, None if there is none."""
        self._settle()
        if not self._heap or self._heap[0][0] > now:
            return None
        key = heapq.heappop(self._heap)[2]
        del self._queued[key], self._due[key]
        return key

    def _push(self, key: Key, due: float) -> None:
        self._queued[key] = due
        self._count += 1
        heapq.heappush(self._heap, (due, self._count, key))

    def _settle(self) -> None:
        """Bring a true deadline to the top of the heap."""
        while self._heap:
            when, _, key = self._heap[0]
            if self._queued.get(key) == when and self._due.get(key) == when:
                return
            heapq.heappop(self._heap)
            if self._queued.get(key) != when:
                continue
            del self._queued[key]
            if key in self._due:
                self._push(key, self._due[key])
