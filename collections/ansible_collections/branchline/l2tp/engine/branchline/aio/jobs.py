"""Coroutines run one after the other, in the order in which they were put: so that attach never overtakes detach."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

LOG = logging.getLogger(__name__)
Job = Callable[[], Awaitable[None]]


class Jobs:
    """A queue with one worker; a job that fails is logged and does not stop those behind it."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Job] = asyncio.Queue()
        self._worker = asyncio.get_running_loop().create_task(self._work())

    def put(self, job: Job) -> None:
        """Run `job` after those that wait already."""
        self._queue.put_nowait(job)

    async def drain(self) -> None:
        """Wait for every job that was put."""
        await self._queue.join()

    async def finish(self) -> None:
        """Wait for every job that was put, then stop."""
        await self._queue.join()
        self._worker.cancel()
        with suppress(asyncio.CancelledError):
            await self._worker

    async def _work(self) -> None:
        while True:
            job = await self._queue.get()
            try:
                await job()
            except Exception:
                LOG.exception("a change of the data path failed")
            finally:
                self._queue.task_done()
