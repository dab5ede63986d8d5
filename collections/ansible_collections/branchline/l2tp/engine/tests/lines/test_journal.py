"""The record of events: the log's words, and watchers that listen, lag behind or go away."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest

from branchline.aio.control import ControlServer
from branchline.lines.journal import BACKLOG, Journal

LOGGED = [
    # facts                                   the log's line
    ({}, "line=a open"),
    ({"address": "10.0.0.1", "tunnel": 5}, "line=a open address=10.0.0.1 tunnel=5"),
    ({"reason": "no answer", "remedy": None}, 'line=a open reason="no answer"'),
    ({"reason": 'x" level="info'}, r'line=a open reason="x\" level=\"info"'),
    ({"reason": "Tromsø ist müde"}, 'line=a open reason="Tromsø ist müde"'),
    ({"rtt": 0.5}, "line=a open rtt=0.5"),
]


@pytest.mark.parametrize(("facts", "line"), LOGGED)
def test_an_event_is_logged_in_words(caplog, facts, line):
    caplog.set_level(logging.INFO)
    Journal().note("a", "open", **facts)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [("INFO", line)]


def test_the_level_is_the_notes(caplog):
    Journal().note("a", "down", level=logging.WARNING)
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def watching(scene):
    """Run `scene(journal, watch)`; `watch()` begins to watch: the stream and the future of its first event."""

    async def run():
        journal, streams = Journal(), []

        async def watch():
            stream = journal.watch()
            streams.append(stream)
            coming = asyncio.ensure_future(stream.__anext__())
            await asyncio.sleep(0)
            return stream, coming

        try:
            return await asyncio.wait_for(scene(journal, watch), 10)
        finally:
            for stream in streams:
                await stream.aclose()

    return asyncio.run(run())


def test_every_watcher_gets_every_event_from_now_on():
    async def scene(journal, watch):
        journal.note("a", "before")
        (one, first), (other, second) = await watch(), await watch()
        for event in ("tunnel", "open"):
            journal.note("a", event, user="oslo", pool=None)
        assert ((await first)["event"], (await second)["event"]) == ("tunnel", "tunnel")
        entry = await one.__anext__()
        assert entry == await other.__anext__()
        assert (entry.pop("time") > 0, entry) == (True, {"line": "a", "event": "open", "user": "oslo"})

    watching(scene)


def test_a_slow_watcher_loses_the_oldest_and_nobody_waits_for_it():
    async def scene(journal, watch):
        stream, first = await watch()
        for number in range(BACKLOG + 8):
            journal.note("a", f"{number}")
        got = [(await first)["event"], *[(await stream.__anext__())["event"] for _ in range(BACKLOG - 1)]]
        journal.note("a", "last")
        return got, (await stream.__anext__())["event"]

    got, last = watching(scene)
    assert got == [f"{number}" for number in range(8, BACKLOG + 8)]
    assert last == "last"


def test_a_watcher_that_goes_away_is_forgotten():
    async def scene(journal, watch):
        stream, first = await watch()
        journal.note("a", "open")
        await first
        await stream.aclose()
        assert journal._watchers == set()
        journal.note("a", "down")

    watching(scene)


def test_a_client_that_hangs_up_is_forgotten_at_the_next_events(tmp_path):
    async def scene(journal, _watch):
        async def watch(_params):
            return journal.watch()

        server = ControlServer(tmp_path / "c", {"watch": watch})
        await server.open()
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "c"))
        writer.write(b'{"id": 1, "method": "watch"}\n')
        assert json.loads(await reader.readline())["result"] == "watching"
        journal.note("a", "open")
        assert json.loads(await reader.readline())["event"]["event"] == "open"
        writer.close()
        await writer.wait_closed()
        for _ in range(100):
            journal.note("a", "retry")
            await asyncio.sleep(0.01)
            if not journal._watchers:
                break
        await server.close()
        return journal._watchers

    assert watching(scene) == set()
