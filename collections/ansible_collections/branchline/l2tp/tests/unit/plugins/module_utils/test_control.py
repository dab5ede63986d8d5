"""The control socket, against a tiny engine that says what it is told to say."""

from __future__ import annotations

import json
import socket
import threading

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils import control


@pytest.fixture
def engine(tmp_path):
    """Start an engine that answers each request with the next text; its socket's path."""
    threads = []

    def start(*answers):
        path = str(tmp_path / "control.sock")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()
        threads.append(threading.Thread(target=serve, args=(listener, answers)))
        threads[0].start()
        return path

    yield start
    for thread in threads:
        thread.join(5)


def serve(listener, answers):
    with listener, listener.accept()[0] as client, client.makefile("rwb") as stream:
        for answer in answers:
            request = json.loads(stream.readline())
            stream.write(answer.replace("ID", str(request["id"])).replace("METHOD", request["method"]).encode())
            stream.flush()


RESULTS = [
    #  what the engine writes                                                        result
    ('{"id": ID, "result": {"said": "METHOD"}}\n',                                   {"said": "status"}),
    ('{"event": {}}\n{"id": 99, "result": 1}\n{"id": ID, "result": [2]}\n',          [2]),
    ('{"id": ID, "result": null}\n',                                                 None),
]  # fmt: skip


@pytest.mark.parametrize(("written", "result"), RESULTS)
def test_results(written, result, engine):
    assert control.call("status", engine(written)) == result


def test_several_on_one_connection(engine):
    with control.Control(engine('{"id": ID, "result": 1}\n', '{"id": ID, "result": 2}\n')) as asked:
        assert (asked.call("version"), asked.call("check", config={})) == (1, 2)


def test_a_refusal(engine):
    error = {"code": "config", "message": "is no address", "field": "lns.address", "remedy": "write an address"}
    with pytest.raises(control.EngineError, match=r"lns\.address: is no address; write an address") as refused:
        control.call("check", engine(json.dumps({"id": 1, "error": error}) + "\n"), config={})
    assert (refused.value.code, refused.value.field) == ("config", "lns.address")


def test_nobody_there(tmp_path):
    with pytest.raises(control.EngineAbsentError, match=r"no engine answers at .*control\.sock: No such file"):
        control.call("status", str(tmp_path / "control.sock"))


def test_it_goes_away(engine):
    with pytest.raises(control.EngineAbsentError, match="closed the connection"):
        control.call("status", engine(""))
