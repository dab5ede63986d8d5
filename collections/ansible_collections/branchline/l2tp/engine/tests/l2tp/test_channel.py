"""RFC 2661 5.8 and Appendix A: delivery in order and once each, windows, back-off, acknowledgements."""

from __future__ import annotations

import random

import pytest

from branchline.l2tp.channel import Channel
from branchline.l2tp.policy import Policy
from branchline.wire.l2tp import ControlHeader, decode_control

PATIENT = Policy(retransmit_limit=40)


class Ends:
    """Two channels; what each sends lies in `a_out`, `b_out` until the test carries it over."""

    def __init__(self, policy=PATIENT):
        self.a_out, self.b_out = [], []
        self.a, self.b = Channel(policy, self.a_out.append), Channel(policy, self.b_out.append)

    def carry(self, now, drop=lambda: False, shuffle=lambda out: None):
        """Bring over what lies there; return what came out at b."""
        got = []
        shuffle(self.a_out)
        for datagram in self.a_out[:]:
            if not drop():
                got += self.b.receive(*decode_control(datagram), now)
        self.a_out.clear()
        for datagram in self.b_out[:]:
            if not drop():
                self.a.receive(*decode_control(datagram), now)
        self.b_out.clear()
        return got


def body(number):
    return b"message %d" % number


def headers(datagrams):
    return [decode_control(datagram)[0] for datagram in datagrams]


@pytest.mark.parametrize("seed", range(40))
def test_everything_arrives_once_and_in_order(seed):
    dice = random.Random(seed)
    ends = Ends()
    for number in range(60):
        ends.a.send(number % 3, body(number), 0.0)
    got, now, steps = [], 0.0, 0
    while not ends.a.idle:
        got += ends.carry(now, lambda: dice.random() < 0.3, dice.shuffle)
        now = min(time for time in (ends.a.next_timeout(), ends.b.next_timeout(), now + 10) if time is not None)
        ends.a.on_timeout(now)
        ends.b.on_timeout(now)
        steps += 1
        assert steps < 2000
    assert got == [(number % 3, body(number)) for number in range(60)]
    assert not ends.a.dead


def test_sequence_numbers_wrap():
    ends = Ends()
    got = []
    for number in range(66_000):
        ends.a.send(0, body(number), 0.0)
        got += ends.carry(0.0)
        ends.b.on_timeout(1.0)
        ends.carry(0.0)
    assert got == [(0, body(number)) for number in range(66_000)]
    assert ends.a.retransmissions == 0


def test_retransmission_backs_off_to_the_cap_and_gives_up():
    sent = []
    channel = Channel(Policy(), sent.append)
    channel.send(0, b"x", 0.0)
    times = [0.0]
    while channel.next_timeout() is not None:
        now, before = channel.next_timeout(), len(sent)
        channel.on_timeout(now)
        times += [now] * (len(sent) > before)
    assert times == [0, 1, 3, 7, 15, 23]
    assert (channel.dead, now) == (True, 31)
    assert now == Policy().retransmission_cycle
    assert len(set(sent)) == 1


def test_a_retransmission_carries_the_newest_nr():
    """5.8: "same Ns value, but the Nr value MUST be updated"."""
    ends = Ends()
    ends.a.send(0, b"lost", 0.0)
    ends.a_out.clear()
    ends.b.send(0, b"news", 0.5)
    ends.carry(0.5)
    ends.a_out.clear()
    ends.a.on_timeout(1.0)
    assert headers(ends.a_out)[-1][2:] == (0, 1)


def test_slow_start_then_congestion_avoidance():
    """Appendix A: CWND 1, 2, 3 ... with each ACK up to SSTHRESH; after a timeout half of it, and 1 again."""
    sent = []
    channel = Channel(Policy(), sent.append)
    channel.set_window(8)
    for number in range(100):
        channel.send(0, body(number), 0.0)
    flights, acked = [], 0
    for _ in range(9):
        flights.append(len(sent) - acked)
        acked = len(sent)
        channel.receive(ControlHeader(0, 0, 0, acked), b"", 0.1)
    assert flights == [1, 2, 3, 4, 5, 6, 7, 8, 8]
    now = channel.next_timeout()
    channel.on_timeout(now)
    assert headers(sent)[-1].ns == acked  # the oldest alone is sent again
    flights = []
    for _ in range(7):
        acked += 1 if not flights else flights[-1]
        before = len(sent)
        channel.receive(ControlHeader(0, 0, 0, acked), b"", now)
        flights.append(len(sent) - before)
    assert flights == [2, 3, 4, 4, 4, 4, 5]  # SSTHRESH is 4: linear from there


@pytest.mark.parametrize("window", [1, 2, 4])
def test_the_peers_window_is_never_exceeded(window):
    sent = []
    channel = Channel(Policy(), sent.append)
    channel.set_window(window)
    for number in range(20):
        channel.send(0, body(number), 0.0)
    acked = 0
    while not channel.idle:
        assert len(sent) - acked <= window
        acked += 1
        channel.receive(ControlHeader(0, 0, 0, acked), b"", 0.1)
    assert len(sent) == 20


def test_an_acknowledgement_waits_for_company_and_goes_alone_if_none_comes():
    ends = Ends(Policy(ack_delay=0.1))
    ends.a.send(0, b"one", 0.0)
    ends.b.receive(*decode_control(ends.a_out[-1]), 0.0)
    assert ends.b.next_timeout() == 0.1
    ends.b.send(0, b"answer", 0.05)
    assert [tuple(header[2:]) for header in headers(ends.b_out)] == [(0, 1)]
    assert ends.b.next_timeout() == pytest.approx(1.05)  # its retransmission, no ZLB

    ends = Ends(Policy(ack_delay=0.1))
    ends.a.send(0, b"one", 0.0)
    ends.b.receive(*decode_control(ends.a_out[-1]), 0.0)
    ends.b.on_timeout(0.1)
    assert [tuple(header[2:]) for header in headers(ends.b_out)] == [(0, 1)]
    assert len(ends.b_out[0]) == 12
    ends.b.send(0, b"later", 1.0)
    assert headers(ends.b_out)[-1].ns == 0  # a ZLB takes no number


def test_a_duplicate_is_acknowledged_and_not_delivered():
    ends = Ends()
    ends.a.send(0, b"one", 0.0)
    datagram = decode_control(ends.a_out[-1])
    assert ends.b.receive(*datagram, 0.0) == [(0, b"one")]
    ends.b.on_timeout(0.05)
    ends.b_out.clear()
    assert ends.b.receive(*datagram, 2.0) == []
    ends.b.on_timeout(ends.b.next_timeout())
    assert [header.nr for header in headers(ends.b_out)] == [1]
    assert ends.b.duplicates == 1


def test_what_is_beyond_the_window_or_never_sent_changes_nothing():
    sent = []
    channel = Channel(Policy(receive_window=4), sent.append)
    assert channel.receive(ControlHeader(0, 0, 4, 0), b"too far", 0.0) == []
    assert channel.receive(ControlHeader(0, 0, 3, 0), b"four", 0.0) == []
    channel.send(0, b"x", 0.0)
    channel.receive(ControlHeader(0, 0, 0, 9), b"", 0.0)  # acknowledges what was never sent
    assert not channel.idle
    channel.receive(ControlHeader(0, 0, 0, 1), b"", 0.0)
    assert channel.idle
    assert channel.receive(ControlHeader(0, 0, 0, 0), b"one", 0.0) == [(0, b"one")]


def test_the_last_message_does_not_wait_for_those_that_were_never_sent():
    sent = []
    channel = Channel(Policy(), sent.append)
    for number in range(5):
        channel.send(0, body(number), 0.0)
    channel.send_last(b"StopCCN", 0.0)
    channel.receive(ControlHeader(0, 0, 0, 1), b"", 0.1)
    assert [decode_control(datagram)[1] for datagram in sent] == [body(0), b"StopCCN"]
    assert headers(sent)[-1].ns == 1
