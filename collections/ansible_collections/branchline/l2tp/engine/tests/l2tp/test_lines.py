"""RFC 2661 5.1, 5.2.1, 5.3, 5.6, 5.7: lines opened, used and closed by two ends."""

from __future__ import annotations

import pytest
from world import LAC_ADDRESS, LNS_ADDRESS, Pair, Way

from branchline.l2tp import results
from branchline.l2tp.call import CallRequest
from branchline.l2tp.results import Cause


def test_a_line_opens_carries_and_closes():
    pair = Pair()
    line = pair.up()
    assert pair.names(LAC_ADDRESS) == ["TunnelOpened", "SessionOpened"]
    assert pair.names(LNS_ADDRESS) == ["TunnelOpened", "SessionRequested", "SessionOpened"]
    assert all(event.authenticated for end in pair.events.values() for event in end[:1])

    pair.lac.send_data(*line, b"up", pair.now)
    pair.lns.send_data(*pair.far(line), b"down", pair.now)
    pair.run(1)
    assert pair.events[LNS_ADDRESS][-1].payload == b"up"
    assert pair.events[LAC_ADDRESS][-1].payload == b"down"

    pair.lac.close_tunnel(line[0], results.for_tunnel(6, message="reboot"), pair.now)
    pair.run(40)
    assert pair.names(LAC_ADDRESS)[-2:] == pair.names(LNS_ADDRESS)[-2:] == ["SessionClosed", "TunnelClosed"]
    told = pair.events[LNS_ADDRESS][-1]
    assert (told.by_peer, told.result.code, told.result.message, told.result.cause) == (True, 6, "reboot", Cause.PEER)
    for end in (pair.lac, pair.lns):
        assert not end.tunnels
        assert not end.sessions
        assert end.next_timeout() is None


@pytest.mark.parametrize("seed", range(30))
def test_a_line_opens_on_a_bad_wire(seed):
    pair = Pair(seed, Way(loss=0.2, duplication=0.2, jitter=0.3))
    lines = [pair.dial() for _ in range(3)]
    pair.run(30)
    for line in lines:
        assert pair.lac.sessions[line].header is not None
    assert pair.names(LNS_ADDRESS).count("SessionOpened") == 3
    assert pair.names(LNS_ADDRESS).count("SessionRequested") == 3


def test_many_sessions_in_one_tunnel():
    pair = Pair()
    tunnel, _ = pair.dial()
    for _ in range(99):
        pair.lac.open_session(tunnel, CallRequest(), pair.now)
    pair.run(5)
    assert pair.names(LNS_ADDRESS).count("SessionOpened") == 100
    assert pair.names(LAC_ADDRESS).count("SessionOpened") == 100
