"""Two ends of a link and what their owners hear of it (RFC 1661 3)."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from two_ends import BRANCH_END, CLIENT, DNS, GIVEN, LNS, LNS_END, End, Wire, both_open, connect

from branchline.ppp.config import LinkConfig, NetworkConfig, Policy
from branchline.ppp.events import (
    Authenticated,
    AuthFailed,
    EchoRtt,
    Ipv6Up,
    LcpUp,
    LinkDown,
    NetworkDown,
    NetworkUp,
    PeerCredentials,
)
from branchline.ppp.link import Phase

METHODS = ("mschapv2", "chap-md5", "pap")


def kinds(end):
    return [type(event) for event in end.log if not isinstance(event, EchoRtt)]


def test_events_of_a_link_that_opens_and_is_closed():
    wire = connect()
    wire.run(both_open(wire))
    wire.a.link.close("the line is no longer wanted", wire.now)
    wire.run()
    client, lns = wire.a.log, wire.b.log
    assert client[1:] == [
        Authenticated("oslo", "mschapv2", by_peer=False),
        NetworkUp(BRANCH_END, LNS_END, DNS),
        NetworkDown(),
        LinkDown("the line is no longer wanted"),
    ]
    assert (client[0].ours, client[0].theirs) == (lns[0].theirs, lns[0].ours)
    assert client[0].theirs.auth == "mschapv2"
    assert kinds(wire.b) == [LcpUp, PeerCredentials, Authenticated, NetworkUp, NetworkDown, LinkDown]
    assert lns[2:4] == [Authenticated("oslo", "mschapv2", by_peer=True), NetworkUp(LNS_END, BRANCH_END, ())]
    assert wire.b.reason == "the peer ended LCP (the line is no longer wanted)"
    assert wire.a.link.phase is wire.b.link.phase is Phase.DEAD
    assert wire.a.link.next_timeout() is wire.b.link.next_timeout() is None


# What each side allows, and what comes of it: a method, or the reasons of the two ends.
NEGOTIATED = [
    # the LNS demands            the client answers        outcome
    (("mschapv2",),              METHODS,                  "mschapv2"),
    (METHODS,                    METHODS,                  "mschapv2"),
    (METHODS,                    ("pap",),                 "pap"),
    (METHODS,                    ("chap-md5", "pap"),      "chap-md5"),
    (METHODS,                    ("pap", "chap-md5"),      "pap"),       # its hint is in our list
    (("chap-md5", "mschapv2"),   METHODS,                  "chap-md5"),  # the order is the demander's
    (("pap",),                   ("mschapv2", "pap"),      "pap"),
    ((),                         METHODS,                  None),
]  # fmt: skip


@pytest.mark.parametrize(("demand", "answer", "method"), NEGOTIATED)
def test_method_that_is_negotiated(demand, answer, method):
    wire = connect(replace(CLIENT, answer=answer), replace(LNS, demand=demand, network=None if demand else GIVEN))
    wire.run(both_open(wire))
    proven = wire.b.last(Authenticated)
    assert (proven and proven.method) == method
    assert both_open(wire)()


REFUSED = [
    # the LNS demands            the client answers
    (("mschapv2",),              ("chap-md5", "pap"),
     "the peer asks us to prove who we are by mschapv2; we answer only chap-md5, pap",
     "the peer would prove who it is by chap-md5 only, which is not allowed here (mschapv2 is)"),
    (("pap",),                   ("mschapv2", "chap-md5"),
     "the peer asks us to prove who we are by pap; we answer only mschapv2, chap-md5",
     "the peer would prove who it is by mschapv2 only, which is not allowed here (pap is)"),
    (("mschapv2", "chap-md5"),   (),
     "the peer asks us to prove who we are by mschapv2; we have no name and secret for it",
     "the peer refuses to prove who it is (we ask for mschapv2, chap-md5)"),
]  # fmt: skip


@pytest.mark.parametrize(("demand", "answer", "client", "lns"), REFUSED)
def test_methods_that_do_not_meet(demand, answer, client, lns):
    wire = connect(replace(CLIENT, answer=answer), replace(LNS, demand=demand)).run()
    assert (wire.a.reason, wire.b.reason) == (client, lns)
    assert wire.a.last(Authenticated) is wire.b.last(Authenticated) is None


WRONG = [
    ("mschapv2", "the peer refused our name or secret (MS-CHAPv2 E=691, name or secret is wrong)"),
    ("chap-md5", 'the peer refused our name or secret (CHAP: "name or secret is wrong")'),
    ("pap", 'the peer refused our name or secret (PAP: "name or secret is wrong")'),
]


@pytest.mark.parametrize("who", [{"secret": b"guess"}, {"user": "rome"}, {"user": "rome", "secret": b""}])
@pytest.mark.parametrize(("method", "reason"), WRONG)
def test_wrong_name_or_secret(who, method, reason):
    wire = connect(replace(CLIENT, answer=METHODS, **who), replace(LNS, demand=(method,))).run()
    user = who.get("user", "oslo")
    assert wire.a.log[1:] == [AuthFailed(user, method, False, reason), LinkDown(reason)]
    reason = "name or secret of the peer is wrong"
    assert wire.b.log[2:] == [AuthFailed(user, method, True, reason), LinkDown(reason)]
    assert wire.now < 1


@pytest.mark.parametrize("lns_method", METHODS)
@pytest.mark.parametrize("client_method", METHODS)
def test_both_ends_prove_themselves(client_method, lns_method):
    client = replace(CLIENT, answer=(client_method,), demand=(lns_method,))
    lns = replace(LNS, demand=(client_method,), answer=(lns_method,), user="oslo", secret=b"s3cret")
    wire = Wire(End(client, 1, give=None), End(lns, 2)).up()
    wire.run(both_open(wire))
    for end, methods in ((wire.a, (client_method, lns_method)), (wire.b, (lns_method, client_method))):
        proven = {event.by_peer: event.method for event in end.log if isinstance(event, Authenticated)}
        assert (proven[False], proven[True]) == methods
    assert both_open(wire)()


def test_a_name_with_a_domain():
    """RFC 2759 4, as Windows sends it."""
    wire = connect(replace(CLIENT, user="CORP\\oslo"))
    wire.run(both_open(wire))
    assert wire.b.last(Authenticated) == Authenticated("oslo", "mschapv2", by_peer=True)


ADDRESSES = [
    # of the client                              of the LNS                    -> client's, LNS's, or both reasons
    (NetworkConfig(),                            GIVEN,                        BRANCH_END, LNS_END),
    (NetworkConfig(local_address=BRANCH_END),    GIVEN,                        BRANCH_END, LNS_END),
    (NetworkConfig(local_address=BRANCH_END),    replace(GIVEN, peer_address=None), BRANCH_END, LNS_END),
    (NetworkConfig(peer_address=LNS_END),        GIVEN,                        BRANCH_END, LNS_END),
    (NetworkConfig(local_address=IPv4Address("10.9.9.9")), GIVEN,
     "the peer wants us to be 10.20.0.20; 10.9.9.9 is configured",
     "the peer insists on the address 10.9.9.9; it is given 10.20.0.20"),
    (NetworkConfig(peer_address=IPv4Address("10.9.9.9")), GIVEN,
     "the peer insists on the address 10.20.0.1; it is given 10.9.9.9",
     "the peer wants us to be 10.9.9.9; 10.20.0.1 is configured"),
    (NetworkConfig(), replace(GIVEN, peer_address=None),
     "the peer gives us no address", "the peer asks for an address (0.0.0.0) and none is configured for it"),
]  # fmt: skip


@pytest.mark.parametrize(("client", "lns", "ours", "theirs"), ADDRESSES)
def test_addresses(client, lns, ours, theirs):
    wire = Wire(End(replace(CLIENT, network=client), 1), End(LNS, 2, give=lns)).up()
    wire.run(lambda: both_open(wire)() or (wire.a.reason and wire.b.reason))
    if isinstance(ours, str):
        assert ours in (wire.a.reason, wire.b.reason) or theirs in (wire.a.reason, wire.b.reason)
        assert not wire.a.link.network_open
        return
    assert wire.a.last(NetworkUp) == NetworkUp(ours, theirs, ())
    assert wire.b.last(NetworkUp) == NetworkUp(theirs, ours, ())


def test_the_peer_has_no_servers_for_names():
    wire = Wire(End(CLIENT, 1), End(LNS, 2, give=replace(GIVEN, dns=()))).up()
    wire.run(both_open(wire))
    assert wire.a.last(NetworkUp) == NetworkUp(BRANCH_END, LNS_END, ())


def test_ipv6_where_both_want_it():
    ids = [bytes.fromhex("0000000000000001"), bytes.fromhex("0000000000000001")]  # equal: one has to give way
    client = replace(CLIENT, network=NetworkConfig(interface_id=ids[0]))
    wire = Wire(End(client, 1), End(LNS, 2, give=replace(GIVEN, interface_id=ids[1]))).up()
    wire.run(lambda: wire.a.last(Ipv6Up) and wire.b.last(Ipv6Up) and both_open(wire)())
    ours, theirs = wire.a.last(Ipv6Up), wire.b.last(Ipv6Up)
    assert (ours.local_interface, ours.peer_interface) == (theirs.peer_interface, theirs.local_interface)
    assert ours.local_interface != ours.peer_interface


def test_ipv6_where_one_does_not():
    client = replace(CLIENT, network=NetworkConfig(interface_id=b"\2" * 8))
    wire = connect(client).run(limit=100)
    assert both_open(wire)()
    assert wire.a.last(Ipv6Up) is wire.b.last(Ipv6Up) is None


def test_nobody_there():
    end = End(CLIENT, 1)
    wire = Wire(end, End(LNS, 2), loss=1.0)
    end.link.up(0.0)
    wire.run()
    assert end.log == [LinkDown("no reply to 10 LCP Configure-Requests")]
    assert wire.now == 30.0
    assert len(wire.frames) == 10
    assert len(set(wire.frames)) == 1, "a repetition is the same request, so that a late answer counts"


def test_echo_measures_the_round_trip_and_sees_the_peer_die():
    wire = connect(replace(CLIENT, echo=10.0), replace(LNS, echo=0.0))
    wire.run(limit=35)
    assert [event.seconds for event in wire.a.log if isinstance(event, EchoRtt)] == [pytest.approx(0.02)] * 3
    wire.loss = 1.0
    wire.run()
    assert wire.a.reason == "no reply to 3 LCP Echo-Requests"
    assert wire.now < 35 + 4 * 10 + 2 * 3 + 1


def test_a_looped_line_is_seen():
    """RFC 1661 6.4; what the link sends comes back to it."""
    for config in (LinkConfig(), CLIENT, LNS):
        end = End(config, 1)
        end.link.up(0.0)
        for _ in range(100):
            for frame in end.turn(0.0):
                end.link.receive(frame, 0.0)
        assert end.reason == "the line is looped back: our own magic number comes back"


def test_the_session_below_goes():
    wire = connect()
    wire.run(both_open(wire))
    sent = len(wire.frames)
    wire.a.link.down("the L2TP session ended", wire.now)
    assert wire.a.turn(wire.now) == []
    assert wire.a.log[-2:] == [NetworkDown(), LinkDown("the L2TP session ended")]
    assert len(wire.frames) == sent
    assert wire.a.link.next_timeout() is None
    wire.a.link.close("again", wire.now)
    wire.a.link.down("again", wire.now)
    assert wire.a.turn(wire.now) == []
    assert wire.a.log[-1] == LinkDown("the L2TP session ended")


def test_lcp_begins_again():
    """RFC 1661 4.1, RCR in Opened: a peer that starts anew takes the link down and up again."""
    wire = connect()
    wire.run(both_open(wire))
    wire.a = End(CLIENT, 3)
    wire.a.link.up(wire.now)
    wire.run(both_open(wire))
    opening = [LcpUp, PeerCredentials, Authenticated, NetworkUp]
    assert kinds(wire.b) == [*opening, NetworkDown, *opening]


@pytest.mark.parametrize("mru", [128, 1360, 1500, 4000])
def test_mru(mru):
    wire = connect(replace(CLIENT, mru=mru))
    wire.run(both_open(wire))
    assert wire.a.last(LcpUp).ours.mru == wire.b.last(LcpUp).theirs.mru == mru


def test_addresses_are_chosen_too_late():
    wire = Wire(End(CLIENT, 1), End(replace(LNS, policy=Policy(network_limit=20.0)), 2, give=None)).up().run()
    assert wire.b.reason == "no addresses agreed within 20 s of authentication"


def test_addresses_are_chosen_late():
    """A choice of the owner that takes time, from a database for example."""
    wire = Wire(End(CLIENT, 1), End(LNS, 2, give=None)).up()
    wire.run(limit=10.0)
    assert not both_open(wire)()
    wire.b.link.open_network(GIVEN, wire.now)
    wire.run(both_open(wire))
    assert wire.a.last(NetworkUp) == NetworkUp(BRANCH_END, LNS_END, DNS)
