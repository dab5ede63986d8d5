"""What strangers, replays and junk cost: a constant, and nothing that stays."""

from __future__ import annotations

import pytest
from stranger import Stranger, sccrq
from world import LAC_ADDRESS, LNS_ADDRESS, SECRET, Pair

from branchline.l2tp.policy import Policy, TunnelProfile
from branchline.l2tp.results import Cause
from branchline.wire import l2tp, messages
from branchline.wire.avp_values import ResultCode
from branchline.wire.hidden import challenge_response
from branchline.wire.messages import Message, Type


def opening(tunnel=5, **more):
    return l2tp.encode_control(l2tp.ControlHeader(0, 0, 0, 0), messages.encode(sccrq(tunnel, **more)))


def address(number):
    return (f"198.51.{number >> 8 & 255}.{number & 255}", 1701)


def state(end):
    """Everything of an Endpoint that could grow."""
    context = end._context
    tables = (
        *(context.tunnels, context.sessions, context.by_origin, context.by_request, context.calling),
        *(context.half_open, context.deadlines._heap, context.deadlines._due, context.events, context.outbox),
    )
    return [len(table) for table in tables]


@pytest.mark.parametrize("times", [1, 100])
def test_a_retransmitted_sccrq_is_one_tunnel(times):
    pair = Pair(lns_secret=None)
    for _ in range(times + 1):
        pair.inject(opening(), address(1), LNS_ADDRESS)
    assert len(pair.lns.tunnels) == 1
    assert pair.lns.drops["repeated SCCRQ"] == times
    pair.run(0.5)
    assert len(pair.sent) == 2  # SCCRP and one ZLB


def test_a_replayed_sccrq_finds_an_open_tunnel_unmoved():
    pair = Pair()
    line = pair.up()
    recorded = next(datagram for _, source, _, datagram in pair.sent if source == LAC_ADDRESS)
    pair.run(1)
    before, sent = state(pair.lns), len(pair.sent)
    for _ in range(1000):
        pair.inject(recorded, LAC_ADDRESS, LNS_ADDRESS)
    pair.run(2)
    assert state(pair.lns) == before
    assert len(pair.sent) - sent < 10  # a Hello that asks whether the peer is still the same, and acknowledgements
    pair.lac.send_data(*line, b"still here", pair.now)
    pair.run(0.1)
    assert pair.events[LNS_ADDRESS][-1].payload == b"still here"


def test_a_peer_that_begins_anew_with_the_same_id_replaces_its_old_tunnel():
    pair = Pair(lns_secret=SECRET)
    old = Stranger(pair, LNS_ADDRESS)
    old.open_tunnel(5, secret=SECRET)
    old.open_session()
    new = Stranger(pair, LNS_ADDRESS)
    new.say(sccrq(5, challenge=b"another"))
    assert len(pair.lns.tunnels) == 2  # the old one stays until the new one has proven itself
    ((_, reply),) = new.heard()
    new.tunnel = reply["assigned_tunnel_id"]
    assert len(pair.lns.sessions) == 1
    response = challenge_response(Type.SCCCN, SECRET, reply["challenge"])
    new.say(Message(Type.SCCCN, {"challenge_response": response}))
    assert list(pair.lns.tunnels) == [new.tunnel]
    assert not pair.lns.sessions
    assert [event.result.cause for event in pair.events[LNS_ADDRESS] if hasattr(event, "result")] == [
        Cause.REPLACED
    ] * 2
    assert not [message for _, message in new.heard() if message.type is Type.STOPCCN]  # it would hit the new one


def test_one_that_only_pretends_to_begin_anew_replaces_nothing():
    pair = Pair(lns_secret=SECRET)
    Stranger(pair, LNS_ADDRESS).open_tunnel(5, secret=SECRET)
    for number in range(50):
        Stranger(pair, LNS_ADDRESS).say(sccrq(5, challenge=b"%d" % number))
    assert len(pair.lns.tunnels) == 2
    pair.run(35)
    assert [tunnel.state.value for tunnel in pair.lns.tunnels.values()] == ["established"]


def test_half_open_tunnels_are_bounded_and_the_oldest_gives_way():
    pair = Pair(lns_secret=None, lns=Policy(half_open_limit=10))
    for number in range(50):
        pair.inject(opening(), address(number), LNS_ADDRESS)
    assert len(pair.lns.tunnels) == 10
    assert {tunnel.peer for tunnel in pair.lns.tunnels.values()} == {address(number) for number in range(40, 50)}
    pair.run(35)
    assert state(pair.lns) == [0] * 10


def test_an_honest_peer_gets_in_among_many_that_are_not():
    pair = Pair(lns=Policy(half_open_limit=50, sccrq_rate=100_000, sccrq_burst=100_000))
    line = pair.dial()
    for number in range(100):
        for one in range(10):
            pair.inject(opening(), address(number * 10 + one), LNS_ADDRESS)
        pair.run(0.01)
    assert pair.lac.sessions[line].header is not None


def test_the_rate_of_new_sccrqs_is_limited():
    pair = Pair(lns_secret=None, lns=Policy(sccrq_rate=10, sccrq_burst=20))
    for number in range(100):
        pair.inject(opening(), address(number), LNS_ADDRESS)
    assert len(pair.lns.tunnels) == 20
    assert pair.lns.drops["SCCRQ above the rate limit"] == 80
    pair.run(1)
    for number in range(100, 200):
        pair.inject(opening(), address(number), LNS_ADDRESS)
    assert len(pair.lns.tunnels) == 30


FOREIGN = ["control", "data"]


@pytest.mark.parametrize("what", FOREIGN)
def test_from_another_address_nothing_is_taken(what):
    pair = Pair()
    far = pair.far(pair.up())
    stop = messages.encode(Message(Type.STOPCCN, {"assigned_tunnel_id": 1, "result_code": ResultCode(1)}))
    if what == "control":
        datagram = l2tp.encode_control(l2tp.ControlHeader(far[0], 0, 3, 2), stop)
    else:
        datagram = l2tp.data_header(*far) + b"x"
    for source in (("192.0.2.66", LAC_ADDRESS[1]), (LAC_ADDRESS[0], 1)):
        pair.inject(datagram, source, LNS_ADDRESS)
    assert pair.lns.drops[f"{'control message' if what == 'control' else 'data'} from another address"] == 2
    assert pair.names(LNS_ADDRESS)[-1] == "SessionOpened"


def test_an_sccrp_may_come_from_another_port_and_the_tunnel_stays_there():
    """8.1: "the recipient ... picks a free port on its own system ... and sends its reply" from there."""
    pair = Pair(lns_secret=None)
    del pair.ends[LNS_ADDRESS]
    tunnel = pair.lac.connect(LNS_ADDRESS, TunnelProfile(), 0.0)
    pair.settle()
    lns = Stranger(pair, LAC_ADDRESS, (LNS_ADDRESS[0], 40_000))
    lns.tunnel, lns.nr = tunnel, 1
    lns.say(Message(Type.SCCRP, sccrq(host_name="lns1").values))
    assert [message.type for _, message in lns.heard()] == [Type.SCCCN]
    assert pair.events[LAC_ADDRESS][-1].peer == lns.address
    moved = Stranger(pair, LAC_ADDRESS, (LNS_ADDRESS[0], 40_001))
    moved.tunnel, moved.ns = tunnel, 1
    moved.say(Message(Type.HELLO))
    assert pair.lac.drops["control message from another address"] == 1


VERSIONS = [
    ("c803 000c 0000 0000 0000 0000", "L2TPv3 (version 3) is not spoken here, only L2TPv2 (RFC 2661)"),
    ("0003 0001 0002 0000", "L2TPv3 (version 3) is not spoken here, only L2TPv2 (RFC 2661)"),
    ("c801 000c 0000 0000 0000 0000", "L2F (version 1) is not spoken here, only L2TPv2 (RFC 2661)"),
    ("", "malformed datagram"),
    ("00", "malformed datagram"),
    ("c802", "malformed datagram"),
]


@pytest.mark.parametrize(("wire", "reason"), VERSIONS)
def test_what_is_no_l2tpv2_is_counted_by_what_it_is(wire, reason):
    pair = Pair()
    pair.inject(bytes.fromhex(wire), address(1), LNS_ADDRESS)
    assert dict(pair.lns.drops) == {reason: 1}
    assert not pair.sent


def test_ids_are_random_unique_and_never_zero():
    pair = Pair(lns_secret=None, lns=Policy(half_open_limit=3000, sccrq_burst=3000))
    for number in range(3000):
        pair.inject(opening(), address(number), LNS_ADDRESS)
    ids = list(pair.lns.tunnels)
    assert len(set(ids)) == 3000
    assert 0 not in ids
    assert max(ids) > 60_000
    assert sorted(ids) != ids
