"""What happens to lines: to the log, in words with the ids; and to whoever watches."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator
from typing import Any

LOG = logging.getLogger("branchline.line")
BACKLOG = 1000  # events that a slow watcher may lag behind before it loses the oldest


class Journal:
    """Every change of a line's state passes through here once."""

    def __init__(self) -> None:
        self._watchers: set[asyncio.Queue[dict[str, Any]]] = set()

    def note(self, line: str, event: str, *, level: int = logging.INFO, **facts: Any) -> None:
        """Record `event` of `line`; `facts` are ids, addresses and reasons, never secrets."""
        told = {name: fact for name, fact in facts.items() if fact is not None}
        LOG.log(level, "line=%s %s%s", line, event, "".join(f" {name}={_quoted(fact)}" for name, fact in told.items()))
        entry = {"time": time.time(), "line": line, "event": event, **told}
        for watcher in self._watchers:
            if watcher.full():
                watcher.get_nowait()
            watcher.put_nowait(entry)

    async def watch(self) -> AsyncGenerator[dict[str, Any], None]:
        """The events from now on."""
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(BACKLOG)
        self._watchers.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._watchers.discard(queue)


def _quoted(fact: Any) -> str:
    text = str(fact)
    return json.dumps(text, ensure_ascii=False) if " " in text or '"' in text else text
