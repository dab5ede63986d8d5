"""Authentication against octets of pppd and of impostors (RFC 1994, RFC 2759, RFC 1334)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from transcripts import PPPD_LNS, Script
from two_ends import CLIENT, GIVEN, LNS

from branchline.ppp.auth import Verdict, check
from branchline.ppp.config import Policy
from branchline.ppp.events import Authenticated, AuthFailed, NetworkUp, PeerCredentials


def lns(policy=None, **change):
    return Script(replace(LNS, demand=("chap-md5",), policy=policy or Policy(), **change)).play("""
< c021 01 01 0013 0305 c22305 0506 11111111 0702 0802
> c021 02 01 0013 0305 c22305 0506 11111111 0702 0802
> c021 01 01 0004
< c021 02 01 0004
< c223 01 12 0019 10 11111111111111111111111111111111 6c6e7331
""")


RESPONSE = "c223 02 12 0019 10 27ddbf7ab4ab3ad3c5db9a3ab0bd6b63 6f736c6f"


def test_the_answer_of_the_owner_may_come_late():
    script = lns()
    script.play("> " + RESPONSE, now=1.0)
    credentials = script.last()
    assert isinstance(credentials, PeerCredentials)
    script.play("> " + RESPONSE, now=9.0)  # repeated while the owner looks the secret up
    assert script.last() is credentials
    script.link.on_timeout(20.0)
    script.play("", now=20.0)
    script.link.answer_credentials(Verdict(True, b"hi"), 30.0)
    script.play("< c223 03 12 0006 6869\n> " + RESPONSE + "\n< c223 03 12 0006 6869", now=31.0)
    assert script.last() == Authenticated("oslo", "chap-md5", by_peer=True)
    script.link.answer_credentials(Verdict(False, b"no"), 32.0)  # nobody waits for it any more
    script.play("")


def test_the_answer_of_the_owner_never_comes():
    script = lns(policy=Policy(auth_limit=20.0))
    script.play("> " + RESPONSE, now=1.0)
    script.link.on_timeout(20.0)
    reason = "no end of authentication within 20 s: its secret was not looked up"
    assert script.last() == AuthFailed("", "chap-md5", True, reason)


def test_the_peer_does_not_respond():
    script = lns()
    for _ in range(10):
        script.link.on_timeout(script.link.next_timeout())
    assert script.take()[:9] == ["ff03c2230112001910" + "11" * 16 + "6c6e7331"] * 9
    assert script.last() == AuthFailed("", "chap-md5", True, "no reply to 10 CHAP Challenges")


def test_the_peer_is_challenged_again():
    """RFC 1994 2; one that is someone else by then is not let in."""
    script = lns(policy=Policy(rechallenge=100.0), echo=0.0, network=GIVEN)
    script.play("> " + RESPONSE)
    script.link.answer_credentials(Verdict(True, b""), 0.0)
    script.link.receive(bytes.fromhex("8021 0201 000a 0306 0a140001"), 0.0)
    script.link.receive(bytes.fromhex("8021 0101 000a 0306 0a140014"), 0.0)
    assert script.take()[-1] == "ff038021" + "0201000a03060a140014"
    assert script.last() == NetworkUp(GIVEN.local_address, GIVEN.peer_address)
    script.link.on_timeout(100.0)
    script.play("< c223 01 13 0019 10 11111111111111111111111111111111 6c6e7331\n"
                "> c223 02 13 0019 10 27ddbf7ab4ab3ad3c5db9a3ab0bd6b63 726f6d65")  # fmt: skip
    assert script.last().name == "rome"
    script.link.answer_credentials(Verdict(True, b""), 101.0)
    script.take()
    assert AuthFailed("rome", "chap-md5", True, "the peer was oslo before") in script.events
    assert not script.link.network_open


def test_our_own_challenge_is_not_answered():
    """A peer without a secret lets us compute the Response that it needs."""
    script = Script(replace(CLIENT, demand=("chap-md5",), answer=("chap-md5",))).play("""
< c021 01 01 0013 0305 c22305 0506 11111111 0702 0802
> c021 02 01 0013 0305 c22305 0506 11111111 0702 0802
> c021 01 01 0009 0305 c22305
< c021 02 01 0009 0305 c22305
< c223 01 12 0019 10 11111111111111111111111111111111 6f736c6f
""")
    script.link.receive(bytes.fromhex("c223 01 12 0019 10 11111111111111111111111111111111 6f736c6f"), 0.0)
    assert [frame[4:8] for frame in script.take()] == ["c021"]
    assert script.last().reason == "the peer sent our own challenge back to us"


CHALLENGE = "> c223 01 05 0019 10 5b5d7c7d7b3f2f3e3c2c602132262628 6c6e7331"


@pytest.mark.parametrize("message", ["S=" + "0" * 40 + " M=welcome", "welcome", ""])
def test_an_impostor_that_lets_everybody_in(message):
    """RFC 2759 5: "If the Authenticator Response is missing or incorrect, the peer MUST end the session"."""
    script = Script(CLIENT).play(PPPD_LNS)
    script.link.receive(bytes.fromhex(CHALLENGE[2:]), 0.0)
    assert len(script.take()) == 1
    size = (4 + len(message)).to_bytes(2, "big")
    script.link.receive(b"\xc2\x23\x03\x05" + size + message.encode(), 0.0)
    reason = "the peer does not know our secret: its MS-CHAPv2 authenticator response is wrong"
    assert script.last() == AuthFailed("oslo", "mschapv2", False, reason)


FAILURES = [
    ("E=691 R=1 C=00112233445566778899AABBCCDDEEFF V=3 M=x", "(MS-CHAPv2 E=691, name or secret is wrong)"),
    ("E=648 R=0", "(MS-CHAPv2 E=648, the password has expired)"),
    ("E=12345", "(MS-CHAPv2 E=12345, of unknown meaning)"),
    ("go away", '(MS-CHAPv2: "go away")'),
    ("", "(MS-CHAPv2)"),
]


@pytest.mark.parametrize(("message", "reason"), FAILURES)
def test_failures_in_plain_words(message, reason):
    script = Script(CLIENT).play(PPPD_LNS)
    script.link.receive(bytes.fromhex(CHALLENGE[2:]), 0.0)
    script.link.receive(b"\xc2\x23\x04\x05" + (4 + len(message)).to_bytes(2, "big") + message.encode(), 0.0)
    assert script.last() == AuthFailed("oslo", "mschapv2", False, f"the peer refused our name or secret {reason}")


def test_no_challenge_comes():
    script = Script(replace(CLIENT, echo=0.0)).play(PPPD_LNS)
    script.link.on_timeout(60.0)
    reason = "no end of authentication within 60 s: the peer sends no CHAP Challenge"
    assert script.last() == AuthFailed("", "mschapv2", False, reason)


def test_pap_is_answered_as_often_as_it_is_asked():
    script = Script(replace(LNS, demand=("pap",), network=GIVEN)).play("""
< c021 01 01 0012 0304 c023 0506 11111111 0702 0802
> c021 02 01 0012 0304 c023 0506 11111111 0702 0802
> c021 01 01 0004
< c021 02 01 0004
> c023 01 01 0010 04 6f736c6f 06 733363726574
> c023 01 02 0010 04 6f736c6f 06 733363726574
""")
    script.link.answer_credentials(check(script.last().credentials, b"s3cret"), 1.0)
    script.play("""
< c023 02 02 000c 07 77656c636f6d65
< 8021 01 01 000a 0306 0a140001
> c023 01 03 0010 04 6f736c6f 06 733363726574
< c023 02 03 000c 07 77656c636f6d65
""")
