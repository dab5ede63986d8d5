"""Real packets on the loopback interface: pings answered, and L2TP in clear seen. Needs root."""

from __future__ import annotations

import os
import socket

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder import capture, echo, frames

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="raw sockets need root")


def test_many_targets_at_once() -> None:
    probes = [echo.Probe(f"127.0.0.{number}", count=3) for number in range(1, 51)]
    outcomes = echo.ping([*probes, echo.Probe("127.0.0.1", size=1400, df=True, count=2)], interval=0.05)
    assert {outcome.received for outcome in outcomes[:-1]} == {3}
    assert outcomes[-1].as_dict()["received"] == 2
    assert all(0 < rtt < 1 for outcome in outcomes for rtt in outcome.rtts.values())


def test_too_large_is_refused_here() -> None:
    (outcome,) = echo.ping([echo.Probe("127.0.0.1", size=65_535 + 20, df=True, count=2)], patience=0.1)
    assert (outcome.refused, outcome.sent) == ("EMSGSIZE", 0)


def test_who_answers_is_asked_once_and_who_does_not_until_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def ping(probes: list[echo.Probe], interval: float, patience: float) -> list[echo.Outcome]:
        asked.append([probe.target for probe in probes])
        return echo.Pinger(probes).run(interval, patience)

    monkeypatch.setattr(echo, "ping", ping)
    echo.knock(["127.0.0.1", "127.255.255.255"], 0.5, 0.1)
    assert asked[0] == ["127.0.0.1", "127.255.255.255"]
    assert 3 <= len(asked[1:]) <= 5
    assert asked[1:] == [["127.255.255.255"]] * len(asked[1:])


def test_the_recorder_sees_l2tp_in_clear() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender, capture.Recorder(["lo", "lo"]) as recorder:
        for _ in range(3):
            sender.sendto(bytes.fromhex("c802000c") + bytes(8), ("127.0.0.77", 1701))
    wanted = frames.Frame("l2tp", "127.0.0.1", "127.0.0.77")
    assert recorder.capture.flows[capture.Flow("lo", True, wanted)] == 3
    assert (recorder.capture.error, recorder.capture.interfaces) == ("", ["lo"])


def test_an_interface_that_is_not_there() -> None:
    with capture.Recorder(["no-such"]) as recorder:
        pass
    assert recorder.capture.error == "no-such: No such device"
