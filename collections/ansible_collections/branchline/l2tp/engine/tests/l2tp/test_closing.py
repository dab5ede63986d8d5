"""RFC 2661 5.5 to 5.8: ends of sessions and tunnels, whoever wants them and whatever is lost on the way."""

from __future__ import annotations

import pytest
from stranger import Stranger, sccrq
from world import LAC_ADDRESS, LNS_ADDRESS, Pair, Way

from branchline.l2tp import results
from branchline.l2tp.policy import Policy
from branchline.l2tp.results import Cause
from branchline.wire import l2tp, messages
from branchline.wire.avp_values import ResultCode
from branchline.wire.messages import Message, Type

BYE = results.for_tunnel(1, message="bye")


def kind(datagram):
    return messages.peek_type(l2tp.decode_control(datagram)[1]) if l2tp.is_control(datagram) else None


def lose(wanted, times):
    """Return a wire's rule: lose the first `times` datagrams of a type (None: ZLBs)."""
    left = [times]

    def drop(datagram, _target):
        hit = l2tp.is_control(datagram) and kind(datagram) == wanted and left[0] > 0
        left[0] -= hit
        return hit

    return drop


def test_a_session_ends_and_the_tunnel_stays():
    pair = Pair()
    line = pair.up()
    pair.lac.close_session(*line, results.for_session(3, message="done"), pair.now, cause=(6, 0xC021, 1, "ok"))
    pair.run(1)
    closed = pair.events[LNS_ADDRESS][-1]
    assert (closed.by_peer, closed.result.code, closed.result.message) == (True, 3, "done")
    assert closed.disconnect_cause == (6, 0xC021, 1, "ok")
    assert not pair.lns.sessions
    assert not pair.lac.sessions
    assert len(pair.lac.tunnels) == len(pair.lns.tunnels) == 1
    with pytest.raises(KeyError):
        pair.lac.close_session(*line, results.for_session(3), pair.now)


def test_a_session_that_the_lns_rejects():
    pair = Pair()
    pair.on_event = lambda address, event: (
        pair.lns.reject_session(event.tunnel, event.session, results.for_session(4, 4, "full"), pair.now)
        if type(event).__name__ == "SessionRequested"
        else None
    )
    pair.dial()
    pair.run(1)
    closed = pair.events[LAC_ADDRESS][-1]
    assert (closed.by_peer, closed.result.code, closed.result.error, closed.result.message) == (True, 4, 4, "full")
    assert not pair.lns.sessions


def test_a_request_that_nobody_answers_is_refused_in_time():
    pair = Pair(lns=Policy(setup_timeout=5))
    pair.on_event = None
    pair.dial()
    pair.run(10)
    assert pair.events[LNS_ADDRESS][-1].result.cause is Cause.TOO_SLOW
    assert pair.events[LAC_ADDRESS][-1].result.code == 10
    assert len(pair.lns.tunnels) == 1


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_lost_stopccn_is_sent_again(times):
    pair = Pair()
    line = pair.up()
    pair.way.drop = lose(Type.STOPCCN, times)
    pair.lac.close_tunnel(line[0], BYE, pair.now)
    assert not pair.lac.sessions
    pair.run(10)
    assert pair.events[LNS_ADDRESS][-1].result.message == "bye"
    assert not pair.lns.sessions


def test_a_lost_acknowledgement_of_stopccn_is_sent_again_by_the_one_that_lingers():
    pair = Pair()
    line = pair.up()
    pair.way.drop = lose(None, 3)
    pair.lac.close_tunnel(line[0], BYE, pair.now)
    pair.run(20)
    assert pair.lac.tunnels[line[0]].channel.idle  # acknowledged in the end
    assert pair.names(LNS_ADDRESS).count("TunnelClosed") == 1
    pair.run(20)
    assert not pair.lac.tunnels
    assert not pair.lns.tunnels


def test_both_close_at_once():
    pair = Pair()
    line = pair.up()
    far = pair.far(line)[0]
    pair.lac.close_tunnel(line[0], BYE, pair.now)
    pair.lns.close_tunnel(far, BYE, pair.now)
    pair.run(40)
    assert pair.names(LAC_ADDRESS).count("TunnelClosed") == pair.names(LNS_ADDRESS).count("TunnelClosed") == 1
    assert not pair.lac.tunnels
    assert not pair.lns.tunnels
    assert pair.lac.next_timeout() is None


@pytest.mark.parametrize("after", [0.0, 0.005, 0.015, 0.025, 0.035])
def test_a_close_at_any_moment_of_set_up_leaves_nothing(after):
    pair = Pair()
    line = pair.dial()
    pair.run(after)
    pair.lac.close_tunnel(line[0], BYE, pair.now)
    pair.settle()
    assert pair.names(LAC_ADDRESS)[-2:] == ["SessionClosed", "TunnelClosed"]
    pair.run(100)
    for end in (pair.lac, pair.lns):
        assert not end.tunnels
        assert not end.sessions
        assert end.next_timeout() is None


@pytest.mark.parametrize("after", [0.0, 0.005, 0.015, 0.025, 0.035])
def test_a_hang_up_at_any_moment_of_set_up_leaves_no_session(after):
    pair = Pair()
    line = pair.dial()
    pair.run(after)
    pair.lac.close_session(*line, results.for_session(3), pair.now)
    pair.run(40)
    assert not pair.lac.sessions
    assert not pair.lns.sessions
    assert len(pair.lac.tunnels) == len(pair.lns.tunnels) == 1


def test_hello_finds_a_dead_peer():
    pair = Pair(lac=Policy(hello=10), lns=Policy(hello=10))
    pair.up()
    pair.run(100)
    assert "TunnelClosed" not in pair.names(LAC_ADDRESS)
    hellos = [moment for moment, _, _, datagram in pair.sent if kind(datagram) == Type.HELLO]
    assert 8 <= len(hellos) <= 20
    pair.way = Way(loss=1.0)
    pair.run(10 + 31 + 1)
    for address in (LAC_ADDRESS, LNS_ADDRESS):
        session, tunnel = pair.events[address][-2:]
        assert tunnel.result.cause is session.result.cause is Cause.NO_ANSWER
        assert not tunnel.by_peer
    assert not pair.lac.tunnels
    assert not pair.lns.tunnels
    assert pair.lac.next_timeout() is pair.lns.next_timeout() is None


def test_no_hello_where_none_is_wanted():
    pair = Pair(lac=Policy(hello=0), lns=Policy(hello=0))
    pair.up()
    before = len(pair.sent)
    pair.run(10_000)
    assert len(pair.sent) == before


def test_nobody_answers_the_sccrq():
    pair = Pair(way=Way(loss=1.0))
    pair.dial()
    pair.run(32)
    assert [event.result.cause for event in pair.events[LAC_ADDRESS]] == [Cause.NO_ANSWER] * 2
    assert not pair.lac.tunnels


def test_an_sccrq_whose_sender_is_never_heard_again():
    pair = Pair(lns_secret=None)
    stranger = Stranger(pair, LNS_ADDRESS)
    stranger.say(sccrq())
    assert len(pair.lns.tunnels) == 1
    pair.run(31)
    assert not pair.lns.tunnels
    assert pair.lns.next_timeout() is None
    assert pair.events[LNS_ADDRESS][-1].result.cause in (Cause.NO_ANSWER, Cause.TOO_SLOW)


def test_a_stopccn_before_our_id_is_known_names_the_tunnel_by_the_senders():
    pair = Pair(lns_secret=None)
    stranger = Stranger(pair, LNS_ADDRESS)
    stranger.say(sccrq(tunnel=77))
    stranger.say(Message(Type.STOPCCN, {"assigned_tunnel_id": 77, "result_code": ResultCode(1)}))
    assert pair.names(LNS_ADDRESS) == ["TunnelClosed"]


def test_a_cdn_before_our_id_is_known_names_the_session_by_the_senders():
    pair = Pair(lns_secret=None)
    pair.on_event = None
    stranger = Stranger(pair, LNS_ADDRESS)
    stranger.open_tunnel()
    stranger.say(Message(Type.ICRQ, {"assigned_session_id": 9, "call_serial_number": 1}))
    assert len(pair.lns.sessions) == 1
    stranger.say(Message(Type.CDN, {"assigned_session_id": 9, "result_code": ResultCode(1)}))
    assert not pair.lns.sessions
