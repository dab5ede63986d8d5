"""Damaged and invented datagrams: nothing is raised, nothing grows, and the line stays up or ends properly."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from stranger import Stranger
from test_admission import state
from world import LAC_ADDRESS, LNS_ADDRESS, Pair, Way

from branchline.l2tp import results
from branchline.wire import avp
from branchline.wire.messages import Type

CALM = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def recorded():
    pair = Pair()
    pair.up()
    return [datagram for _, _, _, datagram in pair.sent]


RECORDED = recorded()
AVP = st.builds(
    lambda kind, value, flags: avp.HEADER.pack(flags | 6 + len(value), 0, kind) + value,
    st.integers(0, 50),
    st.one_of(st.sampled_from([b"", b"\0\1", b"\0\0\0\1", b"\1\0", bytes(16), bytes(26)]), st.binary(max_size=40)),
    st.sampled_from([0, 0x8000, 0x4000, 0xC000, 0x0400]),
)
BODY = st.builds(
    lambda kind, avps: avp.encode("message_type", kind) + b"".join(avps), st.sampled_from(list(Type)), st.lists(AVP)
)


@CALM
@given(datagrams=st.lists(st.binary(max_size=80), max_size=20))
def test_any_bytes_to_both_ends(datagrams):
    pair = Pair()
    line = pair.up()
    for datagram in datagrams:
        for to, source in ((LNS_ADDRESS, LAC_ADDRESS), (LAC_ADDRESS, LNS_ADDRESS), (LNS_ADDRESS, ("192.0.2.1", 9))):
            pair.inject(datagram, source, to)
    pair.run(1)
    assert line in pair.lac.sessions


@CALM
@given(seed=st.integers(0, 1 << 32))
@example(seed=50678)  # a call and its end come in one turn
def test_a_wire_that_damages(seed):
    """Bits flip on the way, in every tenth datagram: nothing is raised, and in the end nothing is left over."""
    dice = random.Random(seed)
    pair = Pair(seed, Way(jitter=0.02))
    send = pair._send

    def damaged(datagram, source, target):
        if dice.random() < 0.1:
            changed = bytearray(datagram)
            changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
            datagram = bytes(changed)
        send(datagram, source, target)

    pair._send = damaged
    for _ in range(3):
        pair.dial()
    pair.run(20)
    pair._send = send
    for end in (pair.lac, pair.lns):
        for number, tunnel in list(end.tunnels.items()):
            if not tunnel.closed:
                end.close_tunnel(number, results.for_tunnel(1), pair.now)
    pair.run(200)
    assert state(pair.lac) == state(pair.lns) == [0] * 10


@CALM
@given(bodies=st.lists(st.tuples(BODY, st.sampled_from(["0", "session", "other"])), max_size=8))
def test_well_framed_nonsense_in_order_from_a_peer_with_a_session(bodies):
    pair = Pair(lns_secret=None)
    stranger = Stranger(pair, LNS_ADDRESS)
    stranger.open_tunnel()
    theirs = stranger.open_session()
    for body, where in bodies:
        stranger.raw(body, {"0": 0, "session": theirs, "other": 4711}[where])
    pair.run(300)
    assert len(pair.lns.tunnels) <= 1
    assert len(pair.lns.sessions) <= 1 + len(bodies)


@CALM
@given(body=BODY)
def test_well_framed_nonsense_from_nobody(body):
    pair = Pair(lns_secret=None)
    stranger = Stranger(pair, LNS_ADDRESS)
    stranger.raw(body)
    pair.run(100)
    assert state(pair.lns) == [0] * 10


@pytest.mark.parametrize("seed", range(3))
def test_a_flood_of_junk_and_replays_leaves_lines_up_and_nothing_behind(seed):
    """Issue, point 6: 10,000 here; the mix is every recorded datagram, whole, damaged, cut, and noise."""
    dice = random.Random(seed)
    pair = Pair()
    line = pair.up()
    far = pair.far(line)
    pair.run(1)
    before = state(pair.lns)
    for number in range(10_000):
        datagram = bytearray(dice.choice(RECORDED))
        if number % 3 == 1:
            datagram[dice.randrange(len(datagram))] ^= 1 << dice.randrange(8)
        elif number % 3 == 2:
            datagram = datagram[: dice.randrange(len(datagram))]
        if number % 7 == 0:
            datagram = dice.randbytes(dice.randrange(60))
        pair.lns.receive(bytes(datagram), ("192.0.2.1", dice.randrange(4)), pair.now)
        if number % 100 == 0:
            pair.lns.outbox()
            pair.run(0.01)
    pair.run(100)
    assert far in pair.lns.sessions
    assert state(pair.lns) == before
    assert len(pair.lns.drops) < 40
