"""RFC 2516 9: junk and floods on discovery cost a constant, and cookies are worth nothing to others."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from segment import HOST, Segment

from branchline.pppoe.bounds import REMEMBERED, Bounds
from branchline.pppoe.concentrator import Concentrator, Offer
from branchline.pppoe.cookie import LIFETIME, Cookies
from branchline.pppoe.events import Place
from branchline.pppoe.host import Discovery, Wish
from branchline.wire import pppoe
from branchline.wire.pppoe import Packet

PADI = pppoe.encode(Packet(pppoe.PADI, 0, ((pppoe.SERVICE_NAME, b""), (pppoe.HOST_UNIQ, b"u"))))
OTHER = Place(bytes.fromhex("020000000055"))


def concentrator(**limits):
    return Concentrator(Offer("lac1", **limits), random=random.Random(1).randbytes)


def test_nothing_is_kept_of_padis_from_anywhere():
    ac, dice = concentrator(), random.Random(2)
    for number in range(20_000):
        ac.receive(PADI, Place(b"\2" + dice.randbytes(5)), number / 10_000)
    assert ac.sessions == {}
    assert len(ac._bounds._one) == REMEMBERED
    assert len(ac.outbox()) <= 400 + 2 * 200 + 1  # burst, and the rate for two seconds


def test_one_host_cannot_use_up_what_all_may():
    ac = concentrator()
    for number in range(1000):
        ac.receive(PADI, Place(HOST), number / 1000)
    assert len(ac.outbox()) <= 20 + 10
    ac.receive(PADI, OTHER, 1.0)
    assert len(ac.outbox()) == 1


def test_rates_come_back_with_time():
    bounds = Bounds(rate=2, rate_of_one=1)
    assert [bounds.allow(HOST, now) for now in (0.0, 0.0, 0.0, 1.0, 1.0)] == [True, True, False, True, False]


COOKIES = [
    # baked for, and when; shown by, and when; good
    (Place(HOST), 100.0, Place(HOST), 100.0, True),
    (Place(HOST), 100.0, Place(HOST), 100.0 + LIFETIME, True),
    (Place(HOST), 100.0, Place(HOST), 100.0 + 2 * LIFETIME, False),
    (Place(HOST), 100.0, OTHER, 100.0, False),
    (Place(HOST), 100.0, Place(HOST, vlan=7), 100.0, False),
]


@pytest.mark.parametrize(("baked_for", "at", "shown_by", "then", "good"), COOKIES)
def test_cookies(baked_for, at, shown_by, then, good):
    cookies = Cookies(b"k" * 32)
    assert cookies.accepts(shown_by, cookies.bake(baked_for, at), then) is good
    assert not Cookies(b"x" * 32).accepts(baked_for, cookies.bake(baked_for, at), at)
    assert not cookies.accepts(baked_for, None, at)


def test_a_request_without_a_cookie_of_ours_is_nothing():
    ac = concentrator()
    for cookie in (None, b"", bytes(16)):
        tags = ((pppoe.SERVICE_NAME, b""),) + (((pppoe.AC_COOKIE, cookie),) if cookie is not None else ())
        ac.receive(pppoe.encode(Packet(pppoe.PADR, 0, tags)), Place(HOST), 0.0)
    assert (ac.outbox(), ac.sessions) == ([], {})


def test_sessions_of_one_address_are_bounded():
    ac = concentrator(max_sessions_per_mac=3)
    for number in range(6):
        uniq = (pppoe.HOST_UNIQ, bytes((number,)))
        ac.receive(pppoe.encode(Packet(pppoe.PADI, 0, ((pppoe.SERVICE_NAME, b""), uniq))), Place(HOST), number)
        ((_, pado),) = ac.outbox()
        cookie = (pppoe.AC_COOKIE, pppoe.decode(pado).tag(pppoe.AC_COOKIE))
        ac.receive(pppoe.encode(Packet(pppoe.PADR, 0, ((pppoe.SERVICE_NAME, b""), uniq, cookie))), Place(HOST), number)
        pads = pppoe.decode(ac.outbox()[0][1])
        assert (pads.session == 0) is (number >= 3)
        assert (pads.tag(pppoe.AC_SYSTEM_ERROR) is not None) is (number >= 3)


def test_group_addresses_get_no_answer():
    ac = concentrator()
    ac.receive(PADI, Place(b"\xff" * 6), 0.0)
    ac.stray(7, Place(b"\1\0\0\0\0\0"), 0.0)
    assert ac.outbox() == []


def test_what_has_to_be_repeated_may_leave_no_room():
    ac = concentrator()
    huge = pppoe.encode(Packet(pppoe.PADI, 0, ((pppoe.SERVICE_NAME, b""), (pppoe.HOST_UNIQ, bytes(1470)))))
    ac.receive(huge, Place(HOST), 0.0)
    assert ac.outbox() == []


def test_a_request_that_leaves_no_room_is_refused_without_a_session():
    ac = Concentrator(Offer("lac1" * 20), random=random.Random(1).randbytes)
    ac.receive(PADI, Place(HOST), 0.0)
    cookie = (pppoe.AC_COOKIE, pppoe.decode(ac.outbox()[0][1]).tag(pppoe.AC_COOKIE))
    tags = ((pppoe.SERVICE_NAME, b""), cookie, (pppoe.HOST_UNIQ, bytes(1452)))
    ac.receive(pppoe.encode(Packet(pppoe.PADR, 0, tags)), Place(HOST), 0.0)
    assert (ac.sessions, ac.outbox(), ac.next_event()) == ({}, [], None)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(pppoe.NAMES)), st.binary(max_size=60)), max_size=10))
def test_both_ends_take_any_octets(packets):
    ac = concentrator()
    host = Discovery(Wish(), random=random.Random(3).randbytes)
    host.start(0.0)
    for code, data in packets:
        for octets in (data, bytes((0x11, code, 0, 0)) + len(data).to_bytes(2, "big") + data):
            ac.receive(octets, Place(HOST), 1.0)
            host.receive(octets, OTHER, 1.0)
    assert not ac.sessions


def test_damaged_packets_of_a_real_conversation():
    """Every packet of a transcript, one octet changed at a time, into both ends at every moment."""
    for position in range(60):
        segment = Segment()
        segment.join()
        segment.run(lambda: len(segment.frames) >= 4)  # noqa: B023 - called in this round
        for _, _, data in segment.frames:
            damaged = bytearray(data)
            damaged[position % len(data)] ^= 0xFF
            segment.concentrator.receive(bytes(damaged), Place(HOST), segment.now)
            segment.hosts[HOST].receive(bytes(damaged), OTHER, segment.now)
        assert len(segment.concentrator.sessions) <= 2
