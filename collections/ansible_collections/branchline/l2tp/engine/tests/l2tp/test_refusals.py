"""RFC 2661 4.1, 7.1, 7.2.1, 7.4: what a peer must not send, and what it is told: session by CDN, tunnel by StopCCN."""

from __future__ import annotations

import pytest
from stranger import Stranger, sccrq
from world import LAC_ADDRESS, LNS_ADDRESS, Pair

from branchline.l2tp.call import CallRequest
from branchline.l2tp.policy import Policy, TunnelProfile
from branchline.l2tp.results import Cause
from branchline.wire.avp_values import ResultCode
from branchline.wire.messages import Message, Type

UNKNOWN = "8008 0000 0063 0000"
UNKNOWN_OPTIONAL = "0008 0000 0063 0000"
ICRQ = Message(Type.ICRQ, {"assigned_session_id": 6, "call_serial_number": 1})
ICRP = Message(Type.ICRP, {"assigned_session_id": 6})
ICCN = Message(Type.ICCN, {"tx_connect_speed": 1, "framing_type": 1})
OCRQ = Message(
    Type.OCRQ,
    {
        "assigned_session_id": 6,
        "call_serial_number": 1,
        "minimum_bps": 1,
        "maximum_bps": 2,
        "bearer_type": 1,
        "framing_type": 1,
        "called_number": "1",
    },
)


def lns(**policy):
    pair = Pair(lns_secret=None, lns=Policy(**policy))
    return pair, Stranger(pair, LNS_ADDRESS)


SCCRQS = [
    # what, AVPs added, result code, words
    ("unknown mandatory AVP", UNKNOWN, (2, 8), "AVP 99 is unknown and mandatory"),
    ("malformed mandatory AVP", "8009 0000 000a 000001", (2, 2), "receive_window_size AVP"),
    ("window of 0", "8008 0000 000a 0000", (2, 3), "receive_window_size AVP"),
]


@pytest.mark.parametrize(("what", "extra", "code", "words"), SCCRQS, ids=[row[0] for row in SCCRQS])
def test_sccrq_refused_without_keeping_anything(what, extra, code, words):
    pair, stranger = lns()
    for _ in range(3):  # each retransmission is answered anew
        stranger.ns = 0
        stranger.say(sccrq(), extra=extra)
        ((_, stop),) = stranger.heard()
        assert (stop.type, stop["result_code"][:2]) == (Type.STOPCCN, code)
        assert words in stop["result_code"].message
    assert not pair.lns.tunnels
    assert pair.lns.next_timeout() is None
    assert pair.names(LNS_ADDRESS) == ["TunnelRefused"] * 3


def test_what_is_optional_and_unknown_is_ignored_everywhere():
    pair, stranger = lns()
    stranger.say(sccrq(), extra=UNKNOWN_OPTIONAL)
    ((_, reply),) = stranger.heard()
    stranger.tunnel = reply["assigned_tunnel_id"]
    stranger.say(Message(Type.SCCCN), extra=UNKNOWN_OPTIONAL)
    stranger.raw(bytes.fromhex("0008 0000 0000 0063"))  # a whole message
    stranger.say(ICRQ, extra=UNKNOWN_OPTIONAL)
    ((_, reply),) = stranger.heard()
    stranger.say(ICCN, reply["assigned_session_id"], extra=UNKNOWN_OPTIONAL)
    assert pair.names(LNS_ADDRESS)[-1] == "SessionOpened"


TUNNEL_MESSAGES = [
    # what, message or body, what is added; result code
    ("Hello with an unknown mandatory AVP", Message(Type.HELLO), UNKNOWN, (2, 8)),
    ("SCCRQ in established", sccrq(), "", (7, 0)),
    ("SCCRP in established", Message(Type.SCCRP, sccrq().values), "", (7, 0)),
    ("SCCCN in established", Message(Type.SCCCN), "", (7, 0)),
    ("unknown mandatory message type", bytes.fromhex("8008 0000 0000 0063"), "", (2, 3)),
    ("no message type", bytes.fromhex("8008 0000 0009 0063"), "", (2, 3)),
    ("AVP lengths wrong", bytes.fromhex("8008 0000 0000 0006 80"), "", (2, 2)),
]


@pytest.mark.parametrize(("what", "message", "extra", "code"), TUNNEL_MESSAGES, ids=[row[0] for row in TUNNEL_MESSAGES])
def test_the_tunnel_ends(what, message, extra, code):
    pair, stranger = lns()
    stranger.open_tunnel()
    stranger.open_session()
    stranger.heard()
    if isinstance(message, bytes):
        stranger.raw(message)
    else:
        stranger.say(message, extra=extra)
    ((session, stop),) = stranger.heard()
    assert (session, stop.type, stop["result_code"][:2]) == (0, Type.STOPCCN, code)
    assert pair.names(LNS_ADDRESS)[-2:] == ["SessionClosed", "TunnelClosed"]
    assert pair.events[LNS_ADDRESS][-1].result.cause is Cause.PROTOCOL
    assert not pair.lns.sessions


def test_a_call_before_the_tunnel_is_open_ends_it():
    _, stranger = lns()
    stranger.say(sccrq())
    ((_, reply),) = stranger.heard()
    stranger.tunnel = reply["assigned_tunnel_id"]
    stranger.say(ICRQ)
    ((_, stop),) = stranger.heard()
    assert stop["result_code"] == ResultCode(7, 0, "ICRQ received in state wait-ctl-conn")


SESSION_MESSAGES = [
    # what, message, added; result code
    ("WEN with an unknown mandatory AVP", Message(Type.WEN, {"call_errors": (1, 2, 3, 4, 5, 6)}), UNKNOWN, (2, 8)),
    ("SLI without ACCM", Message(Type.SLI), "", (2, 6)),
    ("ICRQ in established", ICRQ, "", (2, 6)),
    ("ICRP in established", ICRP, "", (2, 6)),
    ("ICCN in established", ICCN, "", (2, 6)),
    ("ICCN, malformed, in established", Message(Type.ICCN), "", (2, 6)),
]


@pytest.mark.parametrize(
    ("what", "message", "extra", "code"), SESSION_MESSAGES, ids=[row[0] for row in SESSION_MESSAGES]
)
def test_the_session_ends_and_the_tunnel_does_not(what, message, extra, code):
    pair, stranger = lns()
    stranger.open_tunnel()
    theirs = stranger.open_session(session=6)
    stranger.heard()
    stranger.say(message, theirs, extra=extra)
    ((session, cdn),) = stranger.heard()
    assert (session, cdn.type, cdn["assigned_session_id"]) == (6, Type.CDN, theirs)
    assert cdn["result_code"][:2] == code
    assert not pair.lns.sessions
    assert [tunnel.closed for tunnel in pair.lns.tunnels.values()] == [False]


CALLS = [
    # what, message, added; result code of the CDN (None: no answer), to whom
    ("ICRQ with an unknown mandatory AVP", ICRQ, UNKNOWN, (2, 8)),
    ("ICRQ without serial number", Message(Type.ICRQ, {"assigned_session_id": 6}), "", (2, 6)),
    ("ICRQ that names no session", Message(Type.ICRQ, {"call_serial_number": 6}), "", None),
    ("outgoing call", OCRQ, "", (5, 0)),
    ("reply to no outgoing call", Message(Type.OCRP, {"assigned_session_id": 6}), "", (2, 5)),
    ("connect of no outgoing call", Message(Type.OCCN, ICCN.values), "", None),
    ("ICRP for no session", ICRP, "", (2, 5)),
    ("ICCN for no session", ICCN, "", None),
    ("CDN for no session", Message(Type.CDN, {"assigned_session_id": 6, "result_code": ResultCode(1)}), "", None),
]


@pytest.mark.parametrize(("what", "message", "extra", "code"), CALLS, ids=[row[0] for row in CALLS])
def test_calls_refused(what, message, extra, code):
    pair, stranger = lns()
    stranger.open_tunnel()
    stranger.say(message, 99, extra=extra)
    heard = stranger.heard()
    assert [(session, cdn["result_code"][:2]) for session, cdn in heard] == ([(6, code)] if code else [])
    assert not pair.lns.sessions
    assert "SessionRequested" not in pair.names(LNS_ADDRESS)


def test_a_session_id_that_is_in_use_and_one_session_too_many():
    pair, stranger = lns(session_limit=2)
    stranger.open_tunnel()
    stranger.open_session(6)
    for session, code in ((6, (2, 3)), (7, None), (8, (4, 4))):
        stranger.say(Message(Type.ICRQ, {"assigned_session_id": session, "call_serial_number": 1}))
        ((_, reply),) = stranger.heard()
        assert reply.type is (Type.CDN if code else Type.ICRP)
        assert code is None or reply["result_code"][:2] == code
    assert len(pair.lns.sessions) == 2


@pytest.mark.parametrize("message", [Message(Type.STOPCCN), Message(Type.CDN)], ids=["StopCCN", "CDN"])
def test_an_end_that_cannot_be_read_is_one_all_the_same(message):
    pair, stranger = lns()
    stranger.open_tunnel()
    theirs = stranger.open_session()
    stranger.say(message, theirs)
    closed = pair.events[LNS_ADDRESS][-1]
    assert closed.by_peer
    assert "could not be read" in str(closed.result)
    assert not pair.lns.sessions


def dialled():
    """A client that has a tunnel with the stranger, and a call in wait-reply."""
    pair = Pair()
    del pair.ends[LNS_ADDRESS]
    tunnel = pair.lac.connect(LNS_ADDRESS, TunnelProfile(), 0.0)
    session = pair.lac.open_session(tunnel, CallRequest(), 0.0)
    stranger = Stranger(pair, LAC_ADDRESS, LNS_ADDRESS)
    pair.settle()
    stranger.heard()
    stranger.tunnel = tunnel
    stranger.say(Message(Type.SCCRP, sccrq(host_name="lns1").values))
    stranger.heard()
    return pair, stranger, (tunnel, session)


CLIENTS = [
    # what the LNS sends to a call in wait-reply; what it is told (None: nothing)
    ("ICRP without session id", Message(Type.ICRP), Type.CDN),
    ("ICRQ", ICRQ, Type.CDN),
    ("ICCN", ICCN, None),
]


@pytest.mark.parametrize(("what", "message", "answer"), CLIENTS, ids=[row[0] for row in CLIENTS])
def test_a_client_refuses_what_is_out_of_order(what, message, answer):
    pair, stranger, line = dialled()
    stranger.say(message, line[1])
    assert [message.type for _, message in stranger.heard()] == ([answer] if answer else [])
    assert pair.names(LAC_ADDRESS)[-1] == "SessionClosed"
    assert not pair.lac.sessions


def test_a_client_takes_no_calls():
    pair, stranger, _ = dialled()
    stranger.say(ICRQ)
    ((session, cdn),) = stranger.heard()
    assert (session, cdn["result_code"]) == (6, ResultCode(5, 0, "no calls are accepted here"))
    assert len(pair.lac.sessions) == 1


def test_a_client_takes_no_tunnels():
    pair = Pair()
    Stranger(pair, LAC_ADDRESS).say(sccrq())
    assert not pair.lac.tunnels
    assert not pair.sent
