"""Conversations with implementations that nobody here wrote, replayed: the same octets in, the same octets out.

l2tpns 2.4.1, xl2tpd 1.3.18 and pppd 2.4.9 of Debian 12; `client_*` are xl2tpd and pppd with what the clients of others
say. A change that makes our end say something else is seen here at once; if it is meant, tests/interop/record.py and
tests/kernel/record.py of the repository ask the foreign implementations anew.
"""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path

import pytest
from conversation import Conversation

from branchline.l2tp.events import TunnelOpened
from branchline.ppp.events import Authenticated, EchoRtt, NetworkUp

RECORDED = Path(__file__).with_name("recorded")
CONVERSATIONS = [
    # file               our role        who it is, who authenticates to whom how,
    #                                    our address and theirs
    ("l2tpns_lns",        "lac",          ("theirs", ""), ("oslo", "chap-md5", False),
                                          ("10.20.0.16", "10.20.0.2")),
    ("l2tpns_switch_lns", "switched lac", ("theirs", ""), ("tunnelled", "mschapv2", False),
                                          ("10.20.0.16", "10.20.0.1")),
    ("l2tpns_switch_lac", "lns",          ("theirs", "Linux L2TPNS"), ("tunnelled", "mschapv2", True),
                                          ("10.20.0.1", "10.20.0.16")),
    ("xl2tpd_lns",        "hiding lac",   ("theirs", "xelerance.com"), ("oslo", "chap-md5", False),
                                          ("10.20.0.32", "10.20.0.2")),
    ("xl2tpd_lac",        "lns",          ("theirs", "xelerance.com"), ("oslo", "mschapv2", True),
                                          ("10.20.0.1", "10.20.0.16")),
    ("pppd_lns_mschapv2", "willing lac",  ("theirs", "xelerance.com"), ("oslo", "mschapv2", False),
                                          ("10.20.0.16", "10.20.0.1")),
    ("pppd_lns_chap",     "hiding lac",   ("theirs", "xelerance.com"), ("oslo", "chap-md5", False),
                                          ("10.20.0.16", "10.20.0.1")),
    ("pppd_lac_chap",     "lns",          ("theirs", "xelerance.com"), ("oslo", "chap-md5", True),
                                          ("10.20.0.1", "10.20.0.16")),
    *((f"client_{name}",  "lns",          ("theirs", "xelerance.com"), ("oslo", "mschapv2", True),
                                          ("10.20.0.1", "10.20.0.16"))
      for name in ("windows", "macos", "android", "networkmanager")),
]  # fmt: skip


def calls(name):
    """What was done in the recording, each with what was sent in answer: (time, what, datagrams)."""
    found = []
    for line in (RECORDED / f"{name}.txt").read_text().splitlines():
        time, what, *octets = line.split()
        if what == ">":
            found[-1][2].append(octets[0])
        else:
            found.append((float(time), " ".join((what, *octets)), []))
    return found


def replayed(name, role):
    """Do it all again; the conversation, having compared what is sent with what was; nothing was ignored."""
    conversation = Conversation(role)
    for now, what, sent in calls(name):
        if what == "end":
            assert not conversation.endpoint.drops
        if what.startswith("<"):
            answer = conversation.receive(bytes.fromhex(what[2:]), now)
        else:
            answer = {"begin": conversation.begin, "timeout": conversation.timeout, "end": conversation.end}[what](now)
        assert [datagram.hex() for datagram in answer] == sent, (now, what)
    return conversation


@pytest.mark.parametrize(("name", "role", "peer", "proof", "addresses"), CONVERSATIONS)
def test_every_octet_is_as_it_was(name, role, peer, proof, addresses):
    conversation = replayed(name, role)
    (tunnel,) = (event for event in conversation.said if isinstance(event, TunnelOpened))
    assert (tunnel.host_name, tunnel.vendor_name) == peer
    assert tunnel.authenticated
    assert Authenticated(*proof) in conversation.said
    (network,) = (event for event in conversation.said if isinstance(event, NetworkUp))
    assert (network.local_address, network.peer_address) == tuple(IPv4Address(address) for address in addresses)
    assert any(isinstance(event, EchoRtt) for event in conversation.said)


def test_every_recording_is_replayed():
    assert {path.stem for path in RECORDED.glob("*.txt")} == {row[0] for row in CONVERSATIONS}
