"""RFC 2661 4.4.5: a link that goes on from where a concentrator left off, if that suits it, and begins anew if not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from two_ends import CLIENT, GIVEN, LNS, SECRETS, End, Wire, both_open

from branchline.ppp.config import LinkConfig, NetworkConfig
from branchline.ppp.events import Authenticated, AuthFailed, LcpUp, PeerCredentials
from branchline.ppp.proxy import Proxied

HOST = replace(CLIENT, answer=("mschapv2", "chap-md5", "pap"), ethernet=True, mru=1400)
LAC = LinkConfig(name="lac1", demand=("mschapv2",), ethernet=True, mru=1400)
FAR = replace(LNS, demand=("mschapv2", "chap-md5", "pap"), mru=1400)


class Silent(End):
    """The concentrator: its owner does not answer credentials, but carries them on."""

    def turn(self, now):
        while (event := self.link.next_event()) is not None:
            self.log.append(event)
        return self.link.outbox()


def carried(host=HOST, lac=LAC, **wire):
    """A host and what the concentrator knows of it when it has presented its credentials."""
    near = Wire(End(host, 1), Silent(lac, 2), **wire).up()
    near.run(lambda: near.b.last(PeerCredentials), limit=60)
    return near, near.b.link.proxied


def taken_over(near, proxied, lns=FAR):
    """The LNS in the concentrator's place."""
    far = End(lns, 3)
    wire = Wire(near.a, far)
    wire.now = near.now
    far.link.up(wire.now, proxied)
    return wire.run(both_open(wire), limit=near.now + 100)


def kinds(wire):
    """What the LNS sent, as (protocol, code)."""
    return [(frame[2:4].hex(), frame[4]) for from_host, frame in wire.frames if not from_host]


@pytest.mark.parametrize("method", ["mschapv2", "chap-md5", "pap"])
def test_what_suits_is_not_asked_again(method):
    near, proxied = carried(lac=replace(LAC, demand=(method,)))
    assert proxied.credentials.method == method
    wire = taken_over(near, proxied)
    assert both_open(wire)()
    assert not [kind for kind in kinds(wire) if kind[0] == "c021" and kind[1] == 1]
    assert near.a.last(Authenticated).method == method  # for MS-CHAPv2 the host has checked our proof too
    assert wire.b.last(Authenticated).user == "oslo"
    assert [event for event in near.a.log if isinstance(event, LcpUp)] == [near.a.last(LcpUp)]


RENEGOTIATED = [
    # what the LNS wants, what the concentrator agreed
    (replace(FAR, demand=("mschapv2",)), replace(LAC, demand=("chap-md5",))),
    (replace(FAR, mru=1300), LAC),
    (replace(FAR, demand=()), LAC),
]


@pytest.mark.parametrize(("lns", "lac"), RENEGOTIATED)
def test_what_does_not_suit_begins_anew(lns, lac):
    near, proxied = carried(lac=lac)
    wire = Wire(near.a, End(lns, 3, give=None))
    wire.now = near.now
    wire.b.link.open_network(GIVEN, wire.now)
    wire.b.link.up(wire.now, proxied)
    wire.run(both_open(wire), limit=near.now + 100)
    assert both_open(wire)()
    assert ("c021", 1) in kinds(wire)
    assert wire.b.last(LcpUp).ours.mru == lns.mru
    assert wire.b.last(LcpUp).ours.auth == (lns.demand[0] if lns.demand else None)


def test_nothing_proxied_begins_anew():
    near, _ = carried()
    wire = taken_over(near, None)
    assert both_open(wire)()
    assert ("c021", 1) in kinds(wire)


def test_lcp_without_credentials_is_asked_for_them():
    """Proxy Authen Type 4 (no authentication), or none: LCP is kept, the challenge is the LNS's own."""
    near, proxied = carried()
    wire = taken_over(near, replace(proxied, credentials=None))
    assert both_open(wire)()
    assert ("c021", 1) not in kinds(wire)
    assert ("c223", 1) in kinds(wire)


@pytest.mark.parametrize("method", ["mschapv2", "chap-md5", "pap"])
def test_a_wrong_secret_is_refused_with_the_right_identifier(method):
    near, proxied = carried(replace(HOST, secret=b"wrong"), replace(LAC, demand=(method,)))
    wire = taken_over(near, proxied)
    assert isinstance(wire.b.last(AuthFailed), AuthFailed)
    assert "refused our name or secret" in near.a.last(AuthFailed).reason


DAMAGED = [b"\1", b"\1\1", b"\x05\x06\0\0", b"\x63\x04\0\0", bytes(200), b"\3\4\xc0\x23\3\4\xc0\x23"]


@pytest.mark.parametrize("octets", DAMAGED)
@pytest.mark.parametrize("field", ["last_sent", "last_received"])
def test_damaged_proxy_lcp_begins_anew(octets, field):
    near, proxied = carried()
    wire = taken_over(near, replace(proxied, **{field: octets}))
    assert both_open(wire)()


def test_what_was_proxied_is_good_once():
    """LCP negotiated anew later asks for a new proof."""
    near, proxied = carried()
    wire = taken_over(near, proxied)
    again = bytes.fromhex("ff03 c021 01 63 000a 0506 11223344".replace(" ", ""))
    wire.b.link.receive(again, wire.now)
    wire.b.turn(wire.now)
    assert not wire.b.link.network_open


@pytest.mark.parametrize("seed", range(10))
def test_a_lossy_line_is_carried_too(seed):
    near, proxied = carried(seed=seed, loss=0.2, slow=0.3)
    wire = taken_over(near, proxied)
    assert both_open(wire)()


def test_ethernet_asks_for_no_compression_and_takes_none():
    """RFC 2516 7: ACFC, FCS alternatives and ACCM must not be asked for, and are rejected."""
    near = Wire(End(replace(CLIENT, network=NetworkConfig()), 1), Silent(LAC, 2)).up()
    near.run(lambda: near.b.last(LcpUp), limit=60)
    theirs, ours = near.b.last(LcpUp).theirs, near.b.last(LcpUp).ours
    assert (theirs.pfc, theirs.acfc, ours.pfc, ours.acfc) == (False,) * 4


def test_first_and_last_requests_are_kept_as_they_came():
    """Initial Received, Last Sent and Last Received LCP CONFREQ: octets after the packet's header."""
    near, proxied = carried(replace(HOST, ethernet=False))
    requests = [frame[8:] for from_host, frame in near.frames if from_host and frame[2:5] == b"\xc0\x21\1"]
    sent = [frame[8:] for from_host, frame in near.frames if not from_host and frame[2:5] == b"\xc0\x21\1"]
    assert (proxied.first_received, proxied.last_received) == (requests[0], requests[-1])
    assert requests[0] != requests[-1]  # the first asked for compression
    assert proxied.last_sent == sent[-1]
    assert isinstance(proxied, Proxied)
    assert SECRETS["oslo"] not in proxied.last_sent
