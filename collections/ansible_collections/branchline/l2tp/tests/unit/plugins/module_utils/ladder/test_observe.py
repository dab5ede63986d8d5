"""Observing: a status that opens after a while, a charon that speaks vici at a socket, the whole climb over both."""

from __future__ import annotations

import hashlib
import json
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.control import EngineAbsentError
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder import climb, echo, observe, vici
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.capture import Capture
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.facts import Daemons
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.kernel import Interface, Route

RECORDED = Path(__file__).parent / "recorded"
LINE: dict[str, Any] = {
    "name": "turin-lns1", "ends": ["turin", "lns1"], "branch": "turin", "lns": "lns1", "lns_address": "10.20.0.1",
    "ike_version": 1, "local_id": "C=NO, O=Branch, CN=turin", "remote_id": "lns1", "interface": "turin-lns1",
    "proposals": ["aes256-sha256-modp2048"], "pool_ranges": ["10.20.0.16-10.20.0.127"], "connection": "turin-lns1",
}  # fmt: skip


def encoded(message: dict[str, Any]) -> bytes:
    """vici's encoding of nested sections, written independently of the decoder under test."""
    parts = []
    for name, value in message.items():
        key = struct.pack("!B", len(name)) + name.encode()
        if isinstance(value, dict):
            parts.append(b"\x01" + key + encoded(value) + b"\x02")
        elif isinstance(value, list):
            items = b"".join(b"\x05" + struct.pack("!H", len(item)) + item.encode() for item in value)
            parts.append(b"\x04" + key + items + b"\x06")
        else:
            parts.append(b"\x03" + key + struct.pack("!H", len(value)) + value.encode())
    return b"".join(parts)


class Charon(threading.Thread):
    """Answers as charon does, from a recording."""

    def __init__(self, path: Path, recording: dict[str, Any]) -> None:
        super().__init__(daemon=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        self.streams = {"list-sas": ("list-sa", "sas"), "list-conns": ("list-conn", "conns")}
        self.recording = recording

    def run(self) -> None:
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            with peer:
                self.serve(peer)

    def serve(self, peer: socket.socket) -> None:
        while head := peer.recv(4):
            body = peer.recv(struct.unpack("!I", head)[0])
            for packet in self.answers(body[0], body[2:].decode()):
                peer.sendall(struct.pack("!I", len(packet)) + packet)

    def answers(self, kind: int, name: str) -> Iterator[bytes]:
        if kind in (vici.REGISTER, vici.UNREGISTER):
            yield bytes([vici.CONFIRM])
            return
        event, key = self.streams.get(name, ("", ""))
        for message in self.recording.get(key, []):
            yield struct.pack("!BB", vici.EVENT, len(event)) + event.encode() + encoded(message)
        replies = {"version": {"version": "5.9.8"}, "stats": {"uptime": {"running": "52 seconds"}}}
        yield bytes([vici.RESPONSE]) + encoded(replies.get(name, {}))


@pytest.fixture
def paths(tmp_path: Path) -> Iterator[observe.Paths]:
    config = tmp_path / "engine.json"
    config.write_text("{}")
    charon = Charon(tmp_path / "vici", json.loads((RECORDED / "turin.json").read_text()))
    charon.start()
    yield observe.Paths("unused", str(tmp_path / "vici"), str(config))
    charon.listener.shutdown(socket.SHUT_RDWR)
    charon.listener.close()


def status(state: str) -> dict[str, Any]:
    entry = {
        "line": "turin-lns1", "state": state, "uptime": 1.0, "address": "10.20.0.18", "peer_address": "10.20.0.1",
        "mtu": 1360, "local": {"address": "10.99.0.2", "port": 40000},
        "peer": {"address": "203.0.113.10", "port": 1701},
    }  # fmt: skip
    return {"config_sha256": hashlib.sha256(b"{}").hexdigest(), "lines": [entry]}


class Engine:
    """Opens its line after some looks at it."""

    def __init__(self, looks: int) -> None:
        self.looks = looks
        self.slept: list[float] = []

    def call(self, method: str, *, path: str) -> dict[str, Any]:
        assert (method, path) == ("status", "unused")
        self.looks -= 1
        if self.looks == 1:
            raise EngineAbsentError("no engine answers: it restarts")
        return status("open" if self.looks < 0 else "tunnel")


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    found = Engine(looks=4)
    monkeypatch.setattr(observe, "call", found.call)
    monkeypatch.setattr(observe.time, "sleep", found.slept.append)
    return found


def test_charon_is_asked_once_for_all(paths: observe.Paths) -> None:
    daemons = Daemons()
    (sa,) = observe.ask_charon(paths, daemons)
    assert (sa.local_id, sa.children[0].packets_in) == ("C=NO, O=Branch, CN=turin", 5)
    assert (daemons.charon, list(daemons.connections)) == ({"version": "5.9.8", "uptime": "52 seconds"}, ["turin-lns1"])
    assert observe.sas(observe.Paths(vici="/nonexistent")) == []


def test_waits_for_lines_and_survives_a_restart(engine: Engine) -> None:
    found, error, _ = observe.wait_open(observe.Paths(control="unused"), ["turin-lns1"], 60)
    assert (found["lines"][0]["state"], error, len(engine.slept)) == ("open", "", 4)


def test_waits_no_longer_than_asked(engine: Engine) -> None:
    found, _, _ = observe.wait_open(observe.Paths(control="unused"), ["turin-lns1"], 0)
    assert (found["lines"][0]["state"], engine.slept) == ("tunnel", [])


class Quiet:
    """A recorder of an interface where nothing happens."""

    def __init__(self, interfaces: list[str]) -> None:
        self.capture = Capture(interfaces=interfaces)

    def __enter__(self) -> Quiet:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def test_the_climb(paths: observe.Paths, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def ping(probes: list[echo.Probe]) -> list[echo.Outcome]:
        return [echo.Outcome(probe, probe.count, dict.fromkeys(range(probe.count), 0.001)) for probe in probes[:-1]] + [
            echo.Outcome(probes[-1], refused="EMSGSIZE")
        ]

    routes = {"10.20.0.1": Route("turin-lns1", None, None), "203.0.113.10": Route("eth1", "192.168.1.1", None)}
    monkeypatch.setattr(observe, "observe_routes", lambda _: routes)
    interface = Interface("turin-lns1", 1360, True, ["10.20.0.18"])
    monkeypatch.setattr(observe, "observe_interfaces", lambda: {"turin-lns1": interface})
    monkeypatch.setattr(climb, "observe_guard", lambda: None)
    monkeypatch.setattr(climb, "Recorder", Quiet)
    monkeypatch.setattr(climb.echo, "ping", ping)
    knocked: list[str] = []
    monkeypatch.setattr(climb.echo, "knock", lambda targets, _: knocked.extend(targets))
    (line,) = climb.climb(climb.Request("turin", [LINE], paths=paths))
    assert knocked == ["10.20.0.1"]
    assert (line["name"], line["end"], line["role"], line["state"]) == ("turin-lns1", "turin", "branch", "open")
    assert [rung["ok"] for rung in line["rungs"]] == [True] * 6 + [False]
    assert line["rungs"][6]["what"].startswith("the SA's bytes_in did not rise: 650 -> 650")
    assert line["rungs"][6]["evidence"]["capture"]["interfaces"] == ["eth1"]
