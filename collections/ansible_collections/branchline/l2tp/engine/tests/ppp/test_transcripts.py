"""What pppd and others send, and what a link makes of it (RFC 1661 3)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from transcripts import CHAPLESS, PPPD_LNS, Script
from two_ends import CLIENT

from branchline.ppp.config import NetworkConfig
from branchline.ppp.events import LinkDown, NetworkUp


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
