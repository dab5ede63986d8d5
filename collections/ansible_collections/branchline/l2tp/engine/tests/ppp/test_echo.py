"""LCP Echo (RFC 1661 5.8) on the test's own clock: who answers is asked rarely, who does not is asked soon."""

from __future__ import annotations

from branchline.ppp.config import Policy
from branchline.ppp.echo import Echo
from branchline.ppp.outside import Outside
from branchline.wire import ppp
from branchline.wire.ppp import Packet

INTERVAL = 10.0


def story(answered: int, policy: Policy) -> tuple[list[float], list[tuple[str, float]], list[float]]:
    """When requests were sent while the first `answered` came back after 0.5 s; failures; round trips."""
    outside = Outside(policy, random=bytes)
    sent, failures, trips = [], [], []
    echo = Echo(INTERVAL, outside, trips.append, lambda reason, now: failures.append((reason, now)))
    echo.start(7, 0.0)
    while not failures and len(sent) < 20:
        now = outside.timers.next()
        outside.timers.pop(now)
        echo.on_timeout(now)
        for frame in outside.frames:
            sent.append(now)
            request = ppp.decode(frame[4:])
            if len(sent) <= answered:
                echo.receive(Packet(ppp.ECHO_REPLY, request.identifier, bytes(4)), now + 0.5)
        outside.frames.clear()
    return sent, failures, trips


def test_who_answers_is_asked_once_an_interval():
    sent, _, trips = story(20, Policy())
    assert sent[:4] == [10.0, 20.0, 30.0, 40.0]
    assert set(trips) == {0.5}


def test_who_falls_silent_is_found_dead_soon():
    sent, failures, _ = story(2, Policy(echo_failures=3, echo_retry=2.0))
    assert sent == [10.0, 20.0, 30.0, 32.0, 34.0]
    assert failures == [("no reply to 3 LCP Echo-Requests", 36.0)]


def test_a_retry_is_never_later_than_the_interval():
    sent, failures, _ = story(0, Policy(echo_failures=2, echo_retry=60.0))
    assert (sent, failures[0][1]) == ([10.0, 20.0], 30.0)
