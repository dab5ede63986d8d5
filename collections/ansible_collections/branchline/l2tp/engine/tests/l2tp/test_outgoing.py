"""RFC 2661 5.2.2, 6.9 to 6.11, 7.5: the LNS asks the LAC to call out, over a bearer that may not answer."""

from __future__ import annotations

import pytest
from stranger import Stranger, sccrq
from world import LAC_ADDRESS, LNS_ADDRESS, SECRET, Way, World

from branchline.l2tp import results
from branchline.l2tp.call import ASYNCHRONOUS, SYNCHRONOUS, Call
from branchline.l2tp.events import BearerWanted, OutgoingRequested
from branchline.l2tp.outgoing import Connected, OutgoingRequest
from branchline.l2tp.policy import Policy, TunnelProfile
from branchline.wire.avp_values import ResultCode
from branchline.wire.messages import Message, Type

REQUEST = OutgoingRequest(
    "5551234", sub_address="7", minimum_speed=56_000, maximum_speed=128_000, bearer_type=2, framing=ASYNCHRONOUS
)
BUSY = results.for_session(8, message="5551234 is busy")
CONNECTED = Connected(tx_speed=64_000, rx_speed=33_600, framing=SYNCHRONOUS, sequencing=True)


class Dialout(World):
    """A LAC that calls out as its `bearer` says ("answers", "busy", "rings"), and the LNS that asks it to."""

    def __init__(self, bearer="answers", seed=0, way=None, bearers=3):
        super().__init__(seed, way)
        self.bearer = bearer
        stubborn = Policy(retransmit_limit=20)
        lac = {"secrets": {"lns1": SECRET}.get, "bearers": bearers}
        self.lac = self.add(LAC_ADDRESS, "lac1", accept=True, policy=stubborn, **lac)
        self.lns = self.add(LNS_ADDRESS, "lns1", accept=True, policy=stubborn, secrets={"lac1": SECRET}.get)
        self.on_event = self._dial

    def _dial(self, address, event):
        if isinstance(event, OutgoingRequested):
            if event.call.called_number == "barred":
                self.lac.reject_session(event.tunnel, event.session, results.for_session(3, message="barred"), self.now)
            else:
                self.lac.accept_outgoing(event.tunnel, event.session, self.now, physical_channel=9)
        elif isinstance(event, BearerWanted) and self.bearer == "answers":
            self.lac.bearer_answered(event.tunnel, event.session, CONNECTED, self.now)
        elif isinstance(event, BearerWanted) and self.bearer == "busy":
            self.lac.bearer_failed(event.tunnel, event.session, BUSY, self.now)

    def ask(self, request=REQUEST):
        """From the LNS, in a tunnel of its own; return its ids."""
        tunnel = self.lns.connect(LAC_ADDRESS, TunnelProfile(secret=SECRET, peer_host_name="lac1"), self.now)
        return tunnel, self.lns.open_outgoing(tunnel, request, self.now)

    def names(self, address):
        return [type(event).__name__ for event in self.events[address]]

    def last(self, address):
        return self.events[address][-1]


def test_the_facts_of_a_call_reach_both_ends():
    world = Dialout()
    line = world.ask()
    world.run(1)
    assert world.names(LNS_ADDRESS) == ["TunnelOpened", "SessionOpened"]
    assert world.names(LAC_ADDRESS) == ["TunnelOpened", "OutgoingRequested", "BearerWanted", "SessionOpened"]
    serial = world.lns.sessions[line].call.serial
    facts = {"bearer_type": 2, "called_number": "5551234", "sub_address": "7"}
    facts |= {"minimum_speed": 56_000, "maximum_speed": 128_000}
    assert world.events[LAC_ADDRESS][1].call == Call(serial, framing=ASYNCHRONOUS, **facts)
    found = {"physical_channel": 9, "tx_speed": 64_000, "rx_speed": 33_600, "sequencing_required": True}
    assert world.last(LNS_ADDRESS).call == Call(serial, framing=SYNCHRONOUS, **facts, **found)
    assert world.last(LAC_ADDRESS).call == world.last(LNS_ADDRESS).call


@pytest.mark.parametrize("seed", range(20))
def test_on_a_wire_that_loses_a_third(seed):
    world = Dialout(seed=seed, way=Way(loss=0.33, duplication=0.1, jitter=0.05))
    line = world.ask()
    world.run(40)
    assert [world.names(LAC_ADDRESS).count(name) for name in ("BearerWanted", "SessionOpened")] == [1, 1]
    assert world.names(LNS_ADDRESS).count("SessionOpened") == 1
    world.way.loss = 0.0
    far = world.lns.tunnels[line[0]].peer_id, world.lns.sessions[line].peer_id
    world.lns.send_data(*line, b"down", world.now)
    world.lac.send_data(*far, b"up", world.now)
    world.run(1)
    assert [world.last(address).payload for address in (LAC_ADDRESS, LNS_ADDRESS)] == [b"down", b"up"]


def test_in_the_tunnel_that_the_lac_has_opened():
    world = Dialout()
    world.lac.connect(LNS_ADDRESS, TunnelProfile(secret=SECRET), world.now)
    world.run(1)
    tunnel = next(iter(world.lns.tunnels))
    world.lns.open_outgoing(tunnel, REQUEST, world.now)
    world.run(1)
    assert "SessionOpened" in world.names(LNS_ADDRESS)


ENDS = [
    # bearer    request                     the LNS is told                                           after, seconds
    ("busy",    REQUEST,                    ResultCode(8, 0, "5551234 is busy"),                        1),
    ("rings",   REQUEST,                    ResultCode(10, 0, "the call was not connected within 60 s"), 61),
    ("answers", OutgoingRequest("barred"),  ResultCode(3, 0, "barred"),                                 1),
]  # fmt: skip


@pytest.mark.parametrize(("bearer", "request_", "told", "seconds"), ENDS)
def test_a_call_that_does_not_come_about(bearer, request_, told, seconds):
    world = Dialout(bearer)
    world.ask(request_)
    world.run(seconds)
    closed = world.last(LNS_ADDRESS)
    assert (closed.by_peer, closed.result.code, closed.result.message) == (True, told.result, told.message)
    assert not world.lac.sessions
    assert not world.lns.sessions
    assert [tunnel.closed for tunnel in world.lns.tunnels.values()] == [False]


@pytest.mark.parametrize("bearer", ["answers", "rings"])
def test_the_lns_hangs_up(bearer):
    world = Dialout(bearer)
    line = world.ask()
    world.run(1)
    world.lns.close_session(*line, results.for_session(3, message="enough"), world.now)
    world.run(1)
    assert world.names(LAC_ADDRESS)[-1] == "SessionClosed"
    assert world.last(LAC_ADDRESS).result.message == "enough"


def test_the_bearer_drops():
    world = Dialout()
    world.ask()
    world.run(1)
    tunnel, session = next(iter(world.lac.sessions))
    world.lac.bearer_failed(tunnel, session, results.for_session(1, message="hung up"), world.now)
    world.run(1)
    assert (world.last(LNS_ADDRESS).result.code, world.last(LNS_ADDRESS).result.message) == (1, "hung up")


INCAPABLE = [
    # Bearer Capabilities  asked for                                 why not
    (None,                 REQUEST,                                  "lac1 gave no Bearer Capabilities"),
    (1,                    REQUEST,                                  "lac1 has bearers 0x1, not 0x2"),
    (3,                    OutgoingRequest("1", framing=4),          "lac1 has framings 0x3, not 0x4"),
]  # fmt: skip


@pytest.mark.parametrize(("bearers", "request_", "why"), INCAPABLE)
def test_a_lac_is_asked_only_for_what_it_said_it_can(bearers, request_, why):
    world = Dialout(bearers=bearers)
    world.ask(request_)
    world.run(1)
    assert why in str(world.last(LNS_ADDRESS).result)
    assert world.names(LAC_ADDRESS) == ["TunnelOpened"]
    assert not world.lns.sessions


def test_a_silent_lac_is_given_up_after_its_patience_and_ours():
    world = Dialout()
    world.on_event = None
    line = world.ask()
    world.run(59)
    assert line in world.lns.sessions
    world.run(2)
    assert world.last(LNS_ADDRESS).result.message == "the call was not connected within 60 s"


def asked(state):
    """A LAC in a tunnel with the stranger, and a call of it in `state`."""
    world = Dialout("answers" if state == "established" else "rings")
    stranger = Stranger(world, LAC_ADDRESS)
    stranger.say(sccrq(host_name="lns9"))
    ((_, reply),) = stranger.heard()
    stranger.tunnel = reply["assigned_tunnel_id"]
    stranger.say(Message(Type.SCCCN))
    values = {"assigned_session_id": 6, "call_serial_number": 1, "minimum_bps": 1, "maximum_bps": 2}
    stranger.say(Message(Type.OCRQ, {**values, "bearer_type": 1, "framing_type": 1, "called_number": "1"}))
    stranger.heard()
    _, session = next(iter(world.lac.sessions))
    return world, stranger, session


SAID = [
    # state             what the LNS says                                         answer
    ("wait-cs-answer",  Message(Type.OCRP, {"assigned_session_id": 6}),           Type.CDN),
    ("wait-cs-answer",  Message(Type.OCCN, {"tx_connect_speed": 1, "framing_type": 1}), Type.CDN),
    ("wait-cs-answer",  Message(Type.ICRP, {"assigned_session_id": 6}),           Type.CDN),
    ("wait-cs-answer",  Message(Type.CDN, {"assigned_session_id": 6, "result_code": ResultCode(1)}), None),
    ("established",     Message(Type.OCCN, {"tx_connect_speed": 1, "framing_type": 1}), Type.CDN),
    ("established",     Message(Type.OCRP),                                       Type.CDN),
]  # fmt: skip


@pytest.mark.parametrize(("state", "message", "answer"), SAID)
def test_a_lac_refuses_what_is_out_of_order(state, message, answer):
    world, stranger, session = asked(state)
    stranger.say(message, session)
    assert [message.type for _, message in stranger.heard()] == ([answer] if answer else [])
    assert world.names(LAC_ADDRESS)[-1] == "SessionClosed"
    assert not world.lac.sessions
