"""RFC 1661 4.6: peers that do not listen, and what becomes of the link."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_transcripts import CHAPLESS, PPPD_LNS, Script
from two_ends import CLIENT, GIVEN, LNS

from branchline.ppp.config import NetworkConfig
from branchline.ppp.events import Ipv6Up, LinkDown


def requests(count, options, protocol="c021"):
    """Configure-Requests with one option, each with an identifier of its own."""
    data = bytes.fromhex(options)
    head = bytes.fromhex(protocol)
    return [head + bytes((1, number, 0, 4 + len(data))) + data for number in range(count)]


def answers(script, frames):
    """The codes of what is sent for each of `frames`, one a second."""
    codes = []
    for now, frame in enumerate(frames):
        script.link.receive(frame, float(now))
        codes.append([int(sent[8:10], 16) for sent in script.take()])
    return codes


def expire(script):
    """Let time pass until nothing is left to wait for; returns the reason of the end."""
    for _ in range(100):
        if (deadline := script.link.next_timeout()) is None:
            break
        script.link.on_timeout(deadline)
    assert isinstance(script.last(), LinkDown)
    return script.last().reason


def test_naks_become_a_reject():
    script = Script(CLIENT)
    script.take()
    assert answers(script, requests(7, "0104 0040")) == [[3]] * 5 + [[4]] * 2


def test_an_ack_begins_the_count_anew():
    script = Script(CLIENT)
    script.take()
    frames = [*requests(5, "0104 0040"), *requests(1, "0104 0400"), *requests(6, "0104 0040")]
    assert answers(script, frames) == [[3]] * 5 + [[2]] + [[3]] * 5 + [[4]]


def test_a_repeated_request_is_no_new_nak():
    """Our Nak was lost, nobody insists on anything."""
    script = Script(CLIENT)
    script.take()
    assert answers(script, requests(1, "0104 0040") * 9) == [[3]] * 9


@pytest.mark.parametrize("frames", [requests(1, "0d03 06") * 21, requests(21, "0d03 06")], ids=["repeated", "anew"])
def test_not_for_ever(frames):
    script = Script(CLIENT)
    script.take()
    assert answers(script, frames)[-2:] == [[4], [5]]
    assert expire(script) == "the two ends do not agree about LCP"


def test_a_peer_that_insists_on_a_method():
    script = Script(CLIENT)
    script.take()
    assert answers(script, requests(6, "0304 c023"))[-2:] == [[3], [5]]
    assert expire(script) == "the peer asks us to prove who we are by pap; we answer only mschapv2, chap-md5"


def test_a_peer_that_never_asks_for_its_address_is_told_and_then_let_be():
    script = Script(replace(LNS, demand=(), network=GIVEN)).play("""
< c021 01 01 000e 0506 11111111 0702 0802
> c021 02 01 000e 0506 11111111 0702 0802
> c021 01 01 0004
< c021 02 01 0004
< 8021 01 01 000a 0306 0a140001
> 8021 01 01 0004
< 8021 03 01 000a 0306 0a140014
""")
    assert answers(script, requests(6, "", "8021")[2:]) == [[3]] * 4
    assert answers(script, requests(7, "", "8021")[6:]) == [[2]]


def test_a_peer_that_refuses_what_we_cannot_change():
    """Each Nak makes us ask the same again."""
    script = Script(replace(CLIENT, network=NetworkConfig(local_address=GIVEN.peer_address))).play(
        CHAPLESS.replace("0016 0306 00000000 8106 00000000 8306 00000000", "000a 0306 0a140014")
    )
    for number in range(1, 7):
        script.link.receive(bytes.fromhex("8021 03") + bytes((number,)) + bytes.fromhex("000a 0306 0a090909"), 1.0)
    assert expire(script) == "the peer wants us to be 10.9.9.9; 10.20.0.20 is configured"


SILENCES = [
    # the transcript so far                         what nobody hears afterwards
    ("< c021 01 01 000e 0506 11111111 0702 0802",
     "no reply to 10 LCP Configure-Requests"),
    ("< c021 01 01 000e 0506 11111111 0702 0802\n> c021 01 01 0008 0304 c023\n< c021 03 01 0009 0305 c22381",
     "the peer asks us to prove who we are by pap; we answer only mschapv2, chap-md5"),
    ("< c021 01 01 000e 0506 11111111 0702 0802\n> c021 05 01 000b 676f2061776179\n< c021 06 01 0004",
     "the peer ended LCP (go away)"),
    (CHAPLESS, "no reply to 10 IPCP Configure-Requests"),
    (PPPD_LNS, "no end of authentication within 60 s: the peer sends no CHAP Challenge"),
    (PPPD_LNS.replace("0019", "0018").replace("0305c22381", "0304c023") + """
< c023 01 11 0010 04 6f736c6f 06 733363726574
""", "no reply to 10 PAP Authenticate-Requests"),
    (PPPD_LNS.replace("c22381", "c22305") + """
> c223 01 07 0019 10 11111111111111111111111111111111 6c6e7331
< c223 02 07 0019 10 3f867483cf7ba679a85450150e0356a9 6f736c6f
""", "no reply to 10 CHAP Responses"),
]  # fmt: skip


@pytest.mark.parametrize(("transcript", "reason"), SILENCES)
def test_silence(transcript, reason):
    script = Script(replace(CLIENT, answer=("mschapv2", "chap-md5"), echo=0.0))
    if "c023 01" in transcript:
        script = Script(replace(CLIENT, answer=("pap",), echo=0.0))
    script.play(transcript)
    assert expire(script) == reason


def test_a_peer_that_agrees_to_everything_and_asks_for_nothing():
    """RFC 1661 4.1 alone would go on for ever: each Ack begins the count of requests anew."""
    script = Script(CLIENT)
    for _ in range(40):
        for frame in script.take():
            if frame[8:10] == "01":
                script.link.receive(bytes.fromhex(frame[:8] + "02" + frame[10:]), script.link.next_timeout() - 3.0)
        if (deadline := script.link.next_timeout()) is not None:
            script.link.on_timeout(deadline)
    assert script.last().reason == "LCP did not open within 60 s: the two ends talk past each other"


@pytest.mark.parametrize("refusal", ["8057 04 01 000e 010a 0202020202020202", "c021 08 01 0006 8057"])
def test_ipv4_lives_without_ipv6(refusal):
    network = NetworkConfig(local_address=GIVEN.peer_address, interface_id=b"\2" * 8)
    script = Script(replace(CLIENT, network=network, echo=0.0))
    for frame in ("c021 0201 000e 0506 11111111 0702 0802", "c021 0101 0004", refusal,
                  "8021 0201 000a 0306 0a140014", "8021 0101 000a 0306 0a140001"):  # fmt: skip
        script.link.receive(bytes.fromhex(frame), 0.0)
    script.take()
    script.link.on_timeout(30.0)
    script.take()
    assert script.link.network_open
    assert not [event for event in script.events if isinstance(event, Ipv6Up)]
