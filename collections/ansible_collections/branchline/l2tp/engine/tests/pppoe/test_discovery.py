"""RFC 2516 5 and 8, RFC 4638: transcripts of discovery, what each end refuses, loss, and the end of sessions."""

from __future__ import annotations

import pytest
from segment import AC, HOST, Segment

from branchline.pppoe.concentrator import Offer
from branchline.pppoe.events import Place, SessionBegun, SessionEnded
from branchline.pppoe.host import Wish
from branchline.pppoe.states import S
from branchline.wire import pppoe
from branchline.wire.pppoe import LineId, Packet


def opened(segment, mac=HOST):
    segment.run(lambda: segment.hosts[mac].state is S.OPEN)
    return segment


def names(segment):
    return [pppoe.NAMES[pppoe.decode(data).code] for _, _, data in segment.frames]


def test_a_session_in_four_packets():
    segment = Segment()
    segment.join()
    opened(segment)
    assert names(segment) == ["PADI", "PADO", "PADR", "PADS"]
    session = segment.hosts[HOST].session
    assert segment.events[HOST] == [SessionBegun(Place(AC), session, "", 1492, "lac1")]
    assert segment.events[AC] == [SessionBegun(Place(HOST), session, "", 1492, "lac1")]


def test_tags_are_repeated_unchanged():
    """Appendix A: Host-Uniq and Relay-Session-Id in every answer; the cookie by the host."""
    segment = Segment()
    segment.join()
    opened(segment)
    padi, pado, padr, pads = (pppoe.decode(data) for _, _, data in segment.frames)
    assert padi.tag(pppoe.HOST_UNIQ) == pado.tag(pppoe.HOST_UNIQ) == padr.tag(pppoe.HOST_UNIQ)
    assert pads.tag(pppoe.HOST_UNIQ) == padi.tag(pppoe.HOST_UNIQ)
    assert pado.tag(pppoe.AC_COOKIE) == padr.tag(pppoe.AC_COOKIE)
    relayed = Packet(pppoe.PADI, 0, (*padi.tags, (pppoe.RELAY_SESSION_ID, b"relay")))
    segment.concentrator.receive(pppoe.encode(relayed), Place(HOST), segment.now)
    ((_, answer),) = segment.concentrator.outbox()
    assert pppoe.decode(answer).tag(pppoe.RELAY_SESSION_ID) == b"relay"


@pytest.mark.parametrize("seed", range(25))
def test_loss_is_made_good(seed):
    """Three of ten frames are lost, in both directions: both ends agree on one session."""
    segment = Segment(seed=seed, loss=0.3)
    segment.join(Wish(attempts=12, first=0.5))
    opened(segment)
    (begun,) = segment.events[HOST]
    assert begun.session in segment.concentrator.sessions
    assert (
        len(segment.concentrator.sessions) == len([e for e in segment.events[AC] if isinstance(e, SessionBegun)]) == 1
    )


def test_a_repeated_request_opens_no_second_session():
    segment = Segment()
    segment.join()
    opened(segment)
    padr = segment.frames[2][2]
    segment.concentrator.receive(padr, Place(HOST), segment.now)
    segment.collect()
    assert segment.frames[-1][2] == segment.frames[3][2]
    assert len(segment.concentrator.sessions) == 1


AGREED = [
    # host, concentrator, octets of PPP that both may send
    (1492, 1492, 1492),
    (1500, 1500, 1500),
    (1500, 1492, 1492),
    (1492, 1500, 1492),
    (1500, 1496, 1496),
    (1360, 1500, 1360),
]


@pytest.mark.parametrize(("host", "concentrator", "agreed"), AGREED)
def test_max_payload(host, concentrator, agreed):
    """RFC 4638: above 1492 only where both say so; the host's view is never above the concentrator's."""
    segment = Segment(Offer("lac1", max_payload=concentrator))
    segment.join(Wish(max_payload=host))
    opened(segment)
    told = segment.events[HOST][0].max_payload, segment.events[AC][0].max_payload
    assert min(told) == agreed
    assert told[0] <= host
    assert told[1] <= concentrator


NOT_FOUND = [
    # wish, offer, why there is no session
    (Wish(service="gold"), Offer("lac1"), "no answer to 4 PADI packets"),
    (Wish(ac_name="lac9"), Offer("lac1"), "'lac1' answers, not 'lac9'"),
    (Wish(), Offer("lac1", max_sessions=0), "too many sessions are open"),
    (Wish(), Offer("lac1", max_sessions_per_mac=0), "too many sessions are open from that address"),
]


@pytest.mark.parametrize(("wish", "offer", "words"), NOT_FOUND)
def test_why_there_is_no_session(wish, offer, words):
    segment = Segment(offer)
    segment.join(wish)
    segment.run()
    last = segment.events[HOST][-1]
    assert isinstance(last, SessionEnded)
    assert words in last.reason


def test_a_service_by_its_name():
    segment = Segment(Offer("lac1", services=("", "gold")))
    segment.join(Wish(service="gold"))
    opened(segment)
    assert segment.events[AC][0].service == "gold"
    assert pppoe.decode(segment.frames[1][2]).all(pppoe.SERVICE_NAME) == [b"gold", b""]


def test_either_end_hangs_up():
    for by_host in (True, False):
        segment = Segment()
        host = segment.join()
        opened(segment)
        if by_host:
            host.close("enough", segment.now)
        else:
            segment.concentrator.close(host.session, "enough")
        segment.run()
        ends = [segment.events[mac][-1] for mac in (HOST, AC)]
        assert all(isinstance(end, SessionEnded) and "enough" in end.reason for end in ends)
        assert [end.by_peer for end in ends] == [not by_host, by_host]
        assert not segment.concentrator.sessions
        assert host.next_timeout() is None


def test_only_the_host_itself_ends_its_session():
    segment = Segment()
    host = segment.join()
    opened(segment)
    padt = pppoe.encode(Packet(pppoe.PADT, host.session, ()))
    for stranger in (Place(bytes.fromhex("020000000077")), Place(HOST, vlan=5)):
        segment.concentrator.receive(padt, stranger, segment.now)
    host.receive(padt, Place(bytes.fromhex("020000000077")), segment.now)
    assert host.session in segment.concentrator.sessions
    assert host.state is S.OPEN


def test_a_host_is_told_that_its_session_is_gone():
    """As after a restart of the concentrator: the host's next packet is answered with PADT."""
    segment = Segment()
    host = segment.join()
    opened(segment)
    restarted = Segment(seed=9)
    restarted.concentrator.stray(host.session, Place(HOST), 1.0)
    ((place, padt),) = restarted.concentrator.outbox()
    assert place == Place(HOST)
    host.receive(padt, Place(AC), 1.0)
    assert "no such session" in host.next_event().reason
    assert host.state is S.IDLE


def test_a_session_that_is_open_is_no_stray():
    segment = Segment()
    host = segment.join()
    opened(segment)
    segment.concentrator.stray(host.session, Place(HOST), segment.now)
    assert segment.concentrator.outbox() == []


def test_many_hosts_each_get_their_own():
    segment = Segment()
    for number in range(50):
        segment.join(mac=bytes.fromhex("0200000001") + bytes((number,)), seed=number)
    segment.run(lambda: all(host.state is S.OPEN for host in segment.hosts.values()))
    assert len({host.session for host in segment.hosts.values()}) == 50


def test_what_an_access_node_says_of_the_line_is_told():
    segment = Segment()
    segment.join()
    opened(segment)
    padr = pppoe.decode(segment.frames[2][2])
    line = LineId(b"dslam eth 0/1:7", b"home1", ())
    tags = (*padr.tags[:1], (pppoe.HOST_UNIQ, b"other"), *padr.tags[2:])
    marked = Packet(pppoe.PADR, 0, (*tags, (pppoe.VENDOR_SPECIFIC, pppoe.encode_line_id(line))))
    segment.concentrator.receive(pppoe.encode(marked), Place(HOST), segment.now)
    segment.collect()
    assert segment.events[AC][-1].line == line
