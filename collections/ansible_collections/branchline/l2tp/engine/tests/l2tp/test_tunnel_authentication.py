"""RFC 2661 4.4.3, 5.1.1: who may open a tunnel, and what the one who may not is told."""

from __future__ import annotations

import pytest
from stranger import Stranger, sccrq
from world import LAC_ADDRESS, LNS_ADDRESS, SECRET, Pair

from branchline.l2tp.policy import Policy, TunnelProfile
from branchline.l2tp.results import Cause
from branchline.wire.avp_values import ProtocolVersion
from branchline.wire.messages import Message, Type

MATRIX = [
    # LAC's secret, LNS's, is required; who ends it, words ("" = open), proven to (LAC, LNS)
    (SECRET, SECRET, True, "", (True, True)),
    (SECRET, SECRET, False, "", (True, True)),
    (None, None, False, "", (False, False)),
    (None, None, True, "no shared secret is configured for 'oslo'", None),
    (SECRET, None, False, "a Challenge came, but there is no shared secret for 'oslo'", None),
    (None, SECRET, False, "a Challenge came, but there is no shared secret for 'lns1'", None),
    (b"wrong", SECRET, False, "the Challenge Response is wrong", None),
]


@pytest.mark.parametrize(("ours", "theirs", "required", "words", "proven"), MATRIX)
def test_matrix(ours, theirs, required, words, proven):
    pair = Pair(profile=TunnelProfile(ours), lns_secret=theirs, lns=Policy(require_secret=required))
    pair.dial()
    pair.run(3)
    if proven:
        assert tuple(pair.events[end][0].authenticated for end in (LAC_ADDRESS, LNS_ADDRESS)) == proven
        return
    assert "TunnelOpened" not in pair.names(LAC_ADDRESS) + pair.names(LNS_ADDRESS)
    results = [event.result for end in pair.events.values() for event in end if hasattr(event, "result")]
    told = [result for result in results if words in result.message]
    assert told
    assert {result.code for result in told if result.scope.value == "tunnel"} == {4}
    assert Cause.NOT_AUTHORIZED in {result.cause for result in told}
    pair.run(60)
    assert not pair.lac.tunnels
    assert not pair.lns.tunnels


def test_a_tunnel_that_should_answer_the_challenge_and_does_not():
    pair = Pair(lns_secret=SECRET)
    stranger = Stranger(pair, LNS_ADDRESS)
    stranger.say(sccrq())
    ((_, reply),) = stranger.heard()
    stranger.tunnel = reply["assigned_tunnel_id"]
    stranger.say(Message(Type.SCCCN))
    ((_, stop),) = stranger.heard()
    assert stop.type is Type.STOPCCN
    assert stop["result_code"][:2] == (4, 0)
    assert "SCCCN answers no Challenge" in stop["result_code"].message
    assert stop["assigned_tunnel_id"] == stranger.tunnel


def test_an_lns_that_should_answer_the_challenge_and_does_not():
    pair = Pair()
    del pair.ends[LNS_ADDRESS]
    pair.lac.connect(LNS_ADDRESS, TunnelProfile(SECRET), 0.0)
    pair.settle()
    lns = Stranger(pair, LAC_ADDRESS, LNS_ADDRESS)
    lns.tunnel, lns.nr = next(iter(pair.lac.tunnels)), 1
    lns.say(Message(Type.SCCRP, sccrq(host_name="lns1").values))
    ((_, stop),) = lns.heard()
    assert "SCCRP answers no Challenge" in stop["result_code"].message
    assert pair.events[LAC_ADDRESS][-1].result.cause is Cause.NOT_AUTHORIZED


def test_the_peer_must_be_who_it_should_be():
    pair = Pair(profile=TunnelProfile(SECRET, peer_host_name="lns2"))
    pair.dial()
    pair.run(1)
    assert "calls itself 'lns1', not 'lns2'" in pair.events[LAC_ADDRESS][-1].result.message
    assert pair.events[LNS_ADDRESS][-1].result.code == 4


@pytest.mark.parametrize("version", [(0, 1), (2, 0), (3, 0)])
def test_other_protocol_versions_are_refused_with_the_highest_of_ours(version):
    pair = Pair()
    stranger = Stranger(pair, LNS_ADDRESS)
    stranger.say(sccrq(protocol_version=ProtocolVersion(*version)))
    ((_, stop),) = stranger.heard()
    assert stop["result_code"][:2] == (5, 0x0100)
    assert not pair.lns.tunnels
    assert "not supported" in str(pair.events[LNS_ADDRESS][-1].result)


def test_a_newer_revision_is_welcome():
    pair = Pair(lns_secret=None)
    Stranger(pair, LNS_ADDRESS).say(sccrq(protocol_version=ProtocolVersion(1, 7)))
    assert len(pair.lns.tunnels) == 1


@pytest.mark.parametrize("lns", [True, False])
@pytest.mark.parametrize("lac", [True, False])
def test_hidden_avps_both_ways(lac, lns):
    pair = Pair(profile=TunnelProfile(SECRET, hide_avps=lac), lns=Policy(hide_avps=lns))
    line = pair.up()
    hidden = {source for _, source, _, datagram in pair.sent if b"\x00\x00\x00\x24" in datagram}  # Random Vector AVP
    assert (LAC_ADDRESS in hidden, LNS_ADDRESS in hidden) == (lac, lac and lns)  # an LNS hides from those who do
    assert pair.lns.sessions[pair.far(line)].call.tx_speed == 1_000_000_000
