"""Branch, gateway and LNS on a wire that loses, doubles and reorders: both hops tell the same (RFC 2661 5.4, 6)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.l2tp.world import LAC_ADDRESS, LNS_ADDRESS, SECRET, Pair, Way

from branchline.gateway.crossing import Crossing, carried_on, refusal
from branchline.l2tp.call import CallRequest, ProxyAuthentication, onward
from branchline.l2tp.events import DataReceived, LinkInfo, SessionClosed, SessionOpened, SessionRequested
from branchline.l2tp.policy import Policy, TunnelProfile
from branchline.l2tp.results import Cause, for_session

GATEWAY, TRUNK = ("192.0.2.1", 1701), ("192.0.2.2", 40999)
PROXY = ProxyAuthentication(b"\1\4\5\4", b"\5\4\5\4", b"\1\4\5\4", 2, "x@corp.example", b"c" * 16, 7, b"r" * 16)
CALL = CallRequest(
    tx_speed=64_000, rx_speed=32_000, framing=2, bearer_type=1, called_number="5551000", calling_number="5552000",
    sub_address="9", physical_channel=77, private_group=b"corp", proxy=PROXY,
)  # fmt: skip
LOSSY = Way(loss=0.2, duplication=0.1, jitter=0.05)


class EndLeg:
    """A leg over an Endpoint of the world."""

    def __init__(self, world, end, ids) -> None:
        self.world, self.end, self.ids = world, end, ids

    def send(self, frame):
        if self.ids in self.end.sessions:
            self.end.send_data(*self.ids, frame, self.world.now)

    def close(self, result, cause=None):
        if self.ids in self.end.sessions:
            self.end.close_session(*self.ids, result, self.world.now, cause=cause)

    def set_sequencing(self, *, on):
        self.end.set_sequencing(*self.ids, on=on)

    def send_link_info(self, accm):
        self.end.send_link_info(*self.ids, accm, self.world.now)

    def send_wan_errors(self, errors):
        self.end.send_wan_errors(*self.ids, errors, self.world.now)


class Three(Pair):
    """A Pair with a gateway between: its two endpoints are `near` and `far`, its one crossing `crossing`."""

    def __init__(self, seed=0, way=None, *, sequencing=False) -> None:
        super().__init__(seed, way, profile=TunnelProfile(secret=SECRET, peer_host_name="gw1"), sequencing=sequencing)
        self.lns._context.secrets = {"gw1": b"trunk"}.get
        self.near = self.add(GATEWAY, "gw1", accept=True, secrets={"oslo": SECRET}.get)
        self.far = self.add(TRUNK, "gw1", accept=False, policy=Policy())
        self.crossing = None
        self.on_event = self._switch

    def _switch(self, address, event):
        if address == GATEWAY and isinstance(event, SessionRequested):
            self.near.accept_session(event.tunnel, event.session, self.now)
        elif address == GATEWAY and isinstance(event, SessionOpened):
            self.crossing = Crossing(EndLeg(self, self.near, (event.tunnel, event.session)))
            tunnel = self.far.connect(LNS_ADDRESS, TunnelProfile(secret=b"trunk"), self.now)
            self.far.open_session(tunnel, onward(event.call), self.now)
        elif address == TRUNK and isinstance(event, SessionOpened):
            self.crossing.join(EndLeg(self, self.far, (event.tunnel, event.session)))
        elif address == GATEWAY and self.crossing:
            self.crossing.on_near(event)
        elif address == TRUNK and self.crossing:
            self.crossing.on_far(event)
        else:
            self._answer(address, event)

    def call_through(self, call=CALL):
        """Dial the gateway; return the branch's ids and the LNS's once both hops are open."""
        self.lac.open_session(self.lac.connect(GATEWAY, self.profile, self.now), call, self.now)
        self.run(40)
        (opened,) = self.of(LNS_ADDRESS, SessionOpened)
        (dialled,) = self.of(LAC_ADDRESS, SessionOpened)
        return (dialled.tunnel, dialled.session), (opened.tunnel, opened.session), opened.call

    def of(self, address, kind):
        return [event for event in self.events[address] if isinstance(event, kind)]

    def payloads(self, address):
        return [event.payload for event in self.of(address, DataReceived)]


@pytest.mark.parametrize("seed", range(8))
def test_what_the_branch_said_of_its_call_reaches_the_lns(seed):
    world = Three(seed, LOSSY)
    _, _, arrived = world.call_through()
    (left,) = world.of(LAC_ADDRESS, SessionOpened)
    assert arrived == replace(left.call, rx_speed=32_000)
    assert arrived.proxy == PROXY


@pytest.mark.parametrize("seed", range(8))
def test_sequenced_frames_arrive_in_order_and_none_twice(seed):
    world = Three(seed, LOSSY)
    branch, _, arrived = world.call_through(replace(CALL, sequencing=True))
    assert arrived.sequencing_required
    sent = [bytes([number]) * 4 for number in range(60)]
    for frame in sent:
        world.lac.send_data(*branch, frame, world.now)
        world.run(0.01)
    world.run(3)
    got = world.payloads(LNS_ADDRESS)
    assert got == sorted(set(got))
    assert set(got) <= set(sent)
    assert len(got) > len(sent) / 3


def test_frames_that_come_before_the_lns_has_answered_wait():
    world = Three()
    world.lac.open_session(world.lac.connect(GATEWAY, world.profile, 0.0), CALL, 0.0)
    while not world.of(LAC_ADDRESS, SessionOpened):
        world.run(0.005)
    (opened,) = world.of(LAC_ADDRESS, SessionOpened)
    world.lac.send_data(opened.tunnel, opened.session, b"first", world.now)
    world.run(5)
    assert world.payloads(LNS_ADDRESS) == [b"first"]


def test_the_lns_s_choice_of_numbers_is_that_of_both_hops():
    world = Three(sequencing=True)
    branch, lns, _ = world.call_through()
    world.lns.send_data(*lns, b"numbered", world.now)
    world.run(1)
    assert world.lac.sessions[branch].sequence.on
    world.lns.set_sequencing(*lns, world.now, on=False)
    world.lns.send_data(*lns, b"plain", world.now)
    world.run(1)
    assert not world.lac.sessions[branch].sequence.on
    assert world.payloads(LAC_ADDRESS) == [b"numbered", b"plain"]


@pytest.mark.parametrize("way", [Way(), LOSSY])
def test_set_link_info_and_wan_errors_pass(way):
    world = Three(3, way)
    branch, lns, _ = world.call_through()
    world.lns.send_link_info(*lns, (5, 6), world.now)
    world.lac.send_wan_errors(*branch, (1, 2, 3, 4, 5, 6), world.now)
    world.run(30)
    assert [event.accm for event in world.of(LAC_ADDRESS, LinkInfo)] == [(5, 6)]
    assert [event.errors for event in world.of(LNS_ADDRESS, LinkInfo)] == [(1, 2, 3, 4, 5, 6)]


ENDS = [for_session(3, message="maintenance"), for_session(2, 7, "try another"), for_session(8), for_session(1)]


@pytest.mark.parametrize("result", ENDS)
@pytest.mark.parametrize("ender", ["branch", "lns"])
def test_result_and_error_codes_pass(result, ender):
    world = Three()
    branch, lns, _ = world.call_through()
    end, ids, other = (world.lac, branch, LNS_ADDRESS) if ender == "branch" else (world.lns, lns, LAC_ADDRESS)
    end.close_session(*ids, result, world.now, cause=(1, 0xC021, 1, "why"))
    world.run(5)
    (closed,) = world.of(other, SessionClosed)
    assert (closed.result.code, closed.result.error, closed.result.message) == (
        result.code, result.error, result.message,
    )  # fmt: skip
    assert closed.disconnect_cause == (1, 0xC021, 1, "why")
    assert not world.near.sessions
    assert not world.far.sessions


def test_an_lns_that_falls_silent_is_loss_of_carrier_to_the_branch():
    world = Three()
    world.call_through()
    del world.ends[LNS_ADDRESS]
    world.run(200)
    (closed,) = world.of(LAC_ADDRESS, SessionClosed)
    assert closed.result.code == 1
    assert "no answer" in closed.result.message


CARRIED = [
    # what ended one hop                                         what the other is told
    (for_session(3, 0, "m", Cause.PEER), (3, 0, "m")),
    (for_session(1, 0, "its tunnel ended", Cause.PEER), (1, 0, "its tunnel ended")),
    (for_session(10, 0, "slow", Cause.TOO_SLOW), (1, 0, "beyond the gateway: slow")),
]


@pytest.mark.parametrize(("result", "told"), CARRIED)
def test_what_the_other_hop_is_told(result, told):
    carried = carried_on(result)
    assert (carried.code, carried.error, carried.message) == told


def test_a_call_that_nobody_took():
    assert (refusal(None, "dead").code, refusal(None, "dead").error) == (4, 4)
    assert refusal(for_session(5, 0, "", Cause.PEER), "refused") == for_session(5, 0, "refused")
