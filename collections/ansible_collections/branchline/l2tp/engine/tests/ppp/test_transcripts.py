"""One link against octets as pppd and others send them: ">" is sent to the link, "<" is what it sends, in order.

The dice of the link always give 11, so its magic number is 11111111 and its first challenge 16 times 11.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from two_ends import CLIENT, GIVEN, LNS

from branchline.ppp.auth import Verdict, check
from branchline.ppp.config import NetworkConfig, Policy
from branchline.ppp.events import Authenticated, AuthFailed, LinkDown, NetworkUp, PeerCredentials
from branchline.ppp.link import Link


class Script:
    def __init__(self, config):
        self.link = Link(config, random=lambda size: b"\x11" * size)
        self.link.up(0.0)
        self.events = []

    def play(self, transcript, now=0.0):
        """Exactly the frames of the transcript must come, hex without blanks; those of the link begin with ff03."""
        wanted, sent = [], self.take()
        for line in filter(None, transcript.splitlines()):
            mark, _, octets = line.partition("#")[0].strip().partition(" ")
            octets = octets.replace(" ", "")
            if mark == ">":
                self.link.receive(bytes.fromhex(octets), now)
                sent += self.take()
            else:
                wanted.append("ff03" + octets)
        assert sent == wanted
        return self

    def take(self):
        while (event := self.link.next_event()) is not None:
            self.events.append(event)
        return [frame.hex() for frame in self.link.outbox()]

    def last(self):
        self.take()
        return self.events[-1]


CLIENT_LCP = """
< c021 01 01 000e 0506 11111111 0702 0802
> ff03 c021 02 01 000e 0506 11111111 0702 0802
"""

PPPD_LNS = (
    CLIENT_LCP
    + """
> ff03 c021 01 01 0019 0206 00000000 0305c22381 0506 a1b2c3d4 0702 0802   # ACCM: taken, and ignored
< c021 02 01 0019 0206 00000000 0305c22381 0506 a1b2c3d4 0702 0802
"""
)

CHAPLESS = (
    CLIENT_LCP
    + """
> ff03 c021 01 01 000a 0506 a1b2c3d4
< c021 02 01 000a 0506 a1b2c3d4
< 8021 01 01 0016 0306 00000000 8106 00000000 8306 00000000
"""
)


def test_pppd_as_lns_that_asks_for_nothing():
    """As pppd does it: no FF 03 after ACFC, one octet of protocol after PFC, CCP, IPV6CP, Echo."""
    script = Script(CLIENT).play(CHAPLESS + """
> c021 09 00 0008 a1b2c3d4                             # Echo-Request
< c021 0a 00 0008 11111111
> 80fd 01 01 000a 1206 00000000                        # CCP with MPPE
< c021 08 01 0010 80fd 01 01 000a 1206 00000000
> 8057 01 01 000e 010a 0000000000000001                # IPV6CP
< c021 08 02 0014 8057 01 01 000e 010a 0000000000000001
> 8021 01 01 0010 0206 002d0f01 0306 0a140001          # IPCP with compression of headers
< 8021 04 01 000a 0206 002d0f01
> 8021 03 01 0016 0306 0a140014 8106 0a0a0035 8306 00000000
< 8021 01 02 0016 0306 0a140014 8106 0a0a0035 8306 00000000
> 8021 04 02 000a 8306 00000000
< 8021 01 03 0010 0306 0a140014 8106 0a0a0035
> 8021 02 03 0010 0306 0a140014 8106 0a0a0035
> 8021 01 02 000a 0306 0a140001
< 8021 02 02 000a 0306 0a140001
> 21 4500                                              # a packet: the data path's
> ff03 c021 0c 00 0008 a1b2c3d4                        # Identification
> ff03 c021 0d 00 0008 a1b2c3d4                        # Time-Remaining
> ff03 c021 0b 00 0008 a1b2c3d4                        # Discard-Request
> ff03 c021 63 07 0004                                 # an unknown code
< c021 07 01 0008 63 07 0004
> 8021 63 07 0004
< 8021 07 01 0008 63 07 0004
""")  # fmt: skip
    assert isinstance(script.last(), NetworkUp)


def test_options_that_are_refused():
    Script(CLIENT).play("""
< c021 01 01 000e 0506 11111111 0702 0802
> ff03 c021 01 01 0011 0104 05dc 0d03 06 1104 05dc 0702       # callback and MRRU
< c021 04 01 000b 0d03 06 1104 05dc
> ff03 c021 01 02 0009 0305 c22380                            # MS-CHAPv1
< c021 03 02 0009 0305 c22381
> ff03 c021 01 03 0008 0304 c227                              # EAP
< c021 03 03 0009 0305 c22381
> ff03 c021 01 04 000a 0506 00000000                          # no magic number at all
< c021 03 04 000a 0506 11111111
> ff03 c021 01 05 0008 0104 0040                              # 64 octets are too few
< c021 03 05 0008 0104 0080
""")  # fmt: skip


def test_our_wishes_are_refused():
    Script(replace(CLIENT, mru=1360)).play("""
< c021 01 01 0012 0104 0550 0506 11111111 0702 0802
> ff03 c021 04 01 0008 0702 0802
< c021 01 02 000e 0104 0550 0506 11111111
> ff03 c021 03 02 000e 0104 0500 0506 00000007                # smaller packets are fine
< c021 01 03 000e 0104 0500 0506 11111111
> ff03 c021 03 03 0008 0104 05dc                              # larger ones are not
< c021 01 04 000e 0104 0500 0506 11111111
> ff03 c021 04 04 0008 0104 0500
< c021 01 05 000a 0506 11111111
> ff03 c021 02 04 000a 0506 11111111                          # the answer to another request
> ff03 c021 63 07 0004                                        # an unknown code meanwhile
< c021 07 01 0008 63 07 0004
> ff03 c021 02 05 000a 0506 22222222                          # not what was asked
> ff03 c021 04 05 000a 0506 22222222                          # the same
> ff03 c021 03 05 0005 01                                     # malformed
> ff03 c021 02 05 000a 0506 11111111
> ff03 c021 02 05 000a 0506 11111111                          # twice: no second answer to one request
> ff03 c021 01 01 0004
< c021 02 01 0004
< 8021 01 01 0016 0306 00000000 8106 00000000 8306 00000000
""")  # fmt: skip


def test_network_frames_before_their_phase_are_discarded():
    Script(CLIENT).play(
        PPPD_LNS
        + """
> ff03 8021 01 01 000a 0306 0a140001
> ff03 80fd 01 01 0004
> ff03 c023 01 01 0004
> ff03 4abb 00
"""
    )


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


ENDINGS = [
    # what comes when the link is open                   LinkDown's reason, at once or after the restart timer
    ("c021 05 09 0004",                                  "the peer ended LCP"),
    ("c021 05 09 0007 627965",                           "the peer ended LCP (bye)"),
    ("c021 05 09 0005 00",                               "the peer ended LCP"),
    ("c021 08 09 0006 c021",                             "the peer rejects LCP"),
    ("c021 07 09 0008 01 01 0004",                       "the peer does not know code 1 of LCP"),
    ("c021 08 09 0006 8021",                             "the peer rejects IPCP"),
    ("8021 05 09 0004",                                  "the peer ended IPCP"),
    ("c021 09 09 0008 11111111",                         "the line is looped back: our own Echo-Request came back"),
]  # fmt: skip


@pytest.mark.parametrize(("frame", "reason"), ENDINGS)
def test_endings(frame, reason):
    script = Script(replace(CLIENT, network=NetworkConfig())).play("""
< c021 01 01 000e 0506 11111111 0702 0802
> c021 02 01 000e 0506 11111111 0702 0802
> c021 01 01 0004
< c021 02 01 0004
< 8021 01 01 000a 0306 00000000
> 8021 03 01 000a 0306 0a140014
< 8021 01 02 000a 0306 0a140014
> 8021 02 02 000a 0306 0a140014
> 8021 01 01 000a 0306 0a140001
< 8021 02 01 000a 0306 0a140001
""")
    script.link.receive(bytes.fromhex(frame), 1.0)
    assert not script.link.network_open
    for now in (4.0, 7.0, 10.0, 13.0):
        script.link.on_timeout(now)
    assert script.last() == LinkDown(reason)


HARMLESS = [
    "c021 08 09 0006 80fd",         # Protocol-Reject of what we never sent
    "c021 08 09 0005 80",           # and one that is cut
    "c021 07 09 0008 0c 01 0004",   # Code-Reject of an Identification
    "c021 07 09 0004",
    "c021 02 01 0004",              # an Ack that nobody waits for
    "c021 06 01 0005",              # longer than it is
    "c021 09 01 0004",              # Echo-Request without a magic number
    "c021 0a 63 0008 a1b2c3d4",     # Echo-Reply to nothing
    "c223 03 01 0004",              # Success for nothing
    "c023 02 01 0004",
    "ff03", "", "c0", "21 45",
]  # fmt: skip


@pytest.mark.parametrize("frame", HARMLESS)
def test_harmless(frame):
    script = Script(CLIENT).play(CHAPLESS)
    before = (script.link.phase, list(script.events))
    script.link.receive(bytes.fromhex(frame), 1.0)
    assert script.take() == []
    assert (script.link.phase, script.events) == before


def test_echo_is_not_asked_of_a_peer_that_does_not_know_it():
    script = Script(CLIENT).play(CHAPLESS)
    script.link.receive(bytes.fromhex("c021 07 09 000c 09 01 0008 11111111"), 1.0)
    script.link.on_timeout(40.0)
    assert not [frame for frame in script.take() if frame.startswith("ff03c02109")]


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
