"""The control socket: requests, answers, errors that name the field, streams, and clients that misbehave."""

from __future__ import annotations

import asyncio
import json
import stat

import pytest

from branchline.aio.control import ControlServer
from branchline.errors import ConfigError, LocalError


async def echo(params):
    return params


async def wrong(_params):
    raise ConfigError("lines.a.mtu", "is 5", "give a number from 576 to 9000")


async def refused(_params):
    raise LocalError("no device", "load tun")


async def broken(_params):
    return 1 // 0


async def count(_params):
    async def numbers():
        for number in range(3):
            yield number

    return numbers()


METHODS = {"echo": echo, "wrong": wrong, "refused": refused, "broken": broken, "count": count}
CONVERSATIONS = [
    # request                                              what the answers contain
    ({"id": 7, "method": "echo", "params": {"a": 1}}, [{"id": 7, "result": {"a": 1}}]),
    ({"id": 8, "method": "echo"}, [{"id": 8, "result": {}}]),
    ({"id": 1, "method": "count"}, [{"id": 1, "result": "watching"}] + [{"id": 1, "event": n} for n in range(3)]),
]
ERRORS = [
    # request, as bytes                  code        field          a part of the message
    (b'{"method": "wrong"}', "config", "lines.a.mtu", "lines.a.mtu: is 5"),
    (b'{"method": "refused"}', "local", None, "no device"),
    (b'{"method": "broken"}', "internal", None, "its log says why"),
    (b'{"method": "nonsense"}', "config", "method", "use broken, count, echo"),
    (b'{"methud": "echo"}', "config", "request", "not an object with a method"),
    (b"[]", "config", "request", "not an object with a method"),
    (b"not json", "config", "request", "not an object with a method"),
]


def converse(tmp_path, *requests: bytes, answers: int) -> list[dict]:
    async def talk():
        server = ControlServer(tmp_path / "control.sock", METHODS)
        await server.open()
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "control.sock"))
        for request in requests:
            writer.write(request + b"\n")
        lines = [json.loads(await asyncio.wait_for(reader.readline(), 5)) for _ in range(answers)]
        writer.close()
        await writer.wait_closed()
        await server.close()
        return lines

    return asyncio.run(talk())


@pytest.mark.parametrize(("request_", "answers"), CONVERSATIONS)
def test_answers(tmp_path, request_, answers):
    assert converse(tmp_path, json.dumps(request_).encode(), answers=len(answers)) == answers


@pytest.mark.parametrize(("request_", "code", "field", "words"), ERRORS)
def test_errors(tmp_path, caplog, request_, code, field, words):
    caplog.set_level("CRITICAL")
    (answer,) = converse(tmp_path, request_, answers=1)
    assert (answer["error"]["code"], answer["error"]["field"]) == (code, field)
    assert words in answer["error"]["message"]


def test_an_error_does_not_end_the_conversation(tmp_path):
    answers = converse(tmp_path, b"garbage", b'{"id": 2, "method": "echo"}', answers=2)
    assert answers[1] == {"id": 2, "result": {}}


def test_the_socket_is_the_groups_and_replaces_a_stale_one(tmp_path):
    async def open_over_a_stale_one():
        path = tmp_path / "control.sock"
        path.touch()
        server = ControlServer(path, METHODS)
        await server.open()
        mode = stat.S_IMODE(path.stat().st_mode)
        await server.close()
        return mode, path.exists()

    assert asyncio.run(open_over_a_stale_one()) == (0o660, False)


def test_no_directory_is_a_clear_error(tmp_path):
    with pytest.raises(LocalError, match="RuntimeDirectory"):
        asyncio.run(ControlServer(tmp_path / "none" / "control.sock", METHODS).open())


def test_a_watcher_that_hangs_up_while_nothing_happens_is_noticed(tmp_path):
    ended = []

    async def watch(_params):
        async def silence():
            try:
                await asyncio.sleep(60)
                yield 1
            finally:
                ended.append(True)

        return silence()

    async def talk():
        server = ControlServer(tmp_path / "control.sock", {"watch": watch})
        await server.open()
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "control.sock"))
        writer.write(b'{"method": "watch"}\n')
        await reader.readline()
        writer.close()
        await writer.wait_closed()
        for _ in range(100):
            if ended:
                break
            await asyncio.sleep(0.01)
        await server.close()

    asyncio.run(talk())
    assert ended == [True]
