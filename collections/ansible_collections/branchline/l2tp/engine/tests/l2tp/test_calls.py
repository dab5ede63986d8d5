"""RFC 2661 5.3, 5.4, 6.6, 6.8, 6.13, 6.14: what a call says of itself, its data, and what is told of its link."""

from __future__ import annotations

import pytest
from stranger import Stranger
from world import LAC_ADDRESS, LNS_ADDRESS, Pair, Way

from branchline.l2tp.call import ASYNCHRONOUS, Call, CallRequest, ProxyAuthentication, to_iccn
from branchline.l2tp.events import LinkInfo, SequencingChanged
from branchline.l2tp.results import Cause
from branchline.wire import l2tp
from branchline.wire.messages import Message, Type

PROXY = ProxyAuthentication(
    first_received=b"\x01\x04\x05\xdc",
    last_sent=b"\x05",
    last_received=b"\x06",
    method=2,
    name="caller",
    challenge=b"chal",
    id=7,
    response=b"resp",
)
FULL = CallRequest(
    tx_speed=64_000,
    rx_speed=128_000,
    framing=ASYNCHRONOUS,
    bearer_type=1,
    called_number="5551234",
    calling_number="5554321",
    sub_address="9",
    physical_channel=3,
    private_group=b"vpn1",
    sequencing=True,
    proxy=PROXY,
    line=(("agent_circuit_id", "eth 0/1:7"), ("actual_rate_upstream", 10**7)),
)


def test_all_facts_reach_the_lns():
    pair = Pair()
    line = pair.up(FULL)
    serial = pair.lac.sessions[line].call.serial
    opened = pair.events[LNS_ADDRESS][-1]
    assert opened.call == Call(
        serial, 1, "5551234", "5554321", "9", 3, 64_000, 128_000, ASYNCHRONOUS, b"vpn1", True, PROXY, FULL.line
    )
    assert pair.events[LAC_ADDRESS][-1].call == opened.call
    requested = pair.events[LNS_ADDRESS][-2]
    assert (requested.call.called_number, requested.call.tx_speed, requested.call.proxy) == ("5551234", 0, None)


def test_few_facts_leave_few_avps():
    pair = Pair()
    pair.up()
    call = pair.events[LNS_ADDRESS][-1].call
    assert (call.proxy, call.bearer_type, call.called_number, call.rx_speed) == (None, None, "", call.tx_speed)
    assert not call.sequencing_required


@pytest.mark.parametrize(("wanted", "able", "said"), [(1, 3, 1), (2, 3, 2), (2, 1, 1), (1, 2, 2), (1, 0, 1)])
def test_the_framing_is_one_that_the_lns_is_able_to(wanted, able, said):
    message = to_iccn(CallRequest(framing=wanted), able)
    assert message["framing_type"] == said


def test_serial_numbers_differ():
    pair = Pair()
    lines = [pair.up() for _ in range(3)]
    assert len({pair.lac.sessions[line].call.serial for line in lines}) == 3


def data(pair, address):
    return [event.payload for event in pair.events[address] if type(event).__name__ == "DataReceived"]


def numbered(pair, source):
    """Tell for each data datagram that `source` sent whether it carried Ns."""
    return [
        l2tp.parse_data(datagram)[4] is not None
        for _, sender, _, datagram in pair.sent
        if sender == source and not l2tp.is_control(datagram)
    ]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("by", ["LAC", "LNS"])
def test_sequenced_data_comes_in_order_on_a_wire_that_reorders(by, seed):
    pair = Pair(seed, Way(jitter=0.05), sequencing=by == "LNS")
    line = pair.up(CallRequest(sequencing=by == "LAC"))
    assert pair.lns.data_header(*pair.far(line)) is None
    for number in range(50):
        pair.lac.send_data(*line, b"%d" % number, pair.now)
        pair.lns.send_data(*pair.far(line), b"%d" % number, pair.now)
        pair.run(0.01)
    pair.run(1)
    expected = [b"%d" % number for number in range(50)]
    assert sorted(data(pair, LNS_ADDRESS)) == sorted(expected)
    assert data(pair, LAC_ADDRESS) == expected
    assert all(numbered(pair, LNS_ADDRESS))
    if by == "LAC":
        assert data(pair, LNS_ADDRESS) == expected
        assert all(numbered(pair, LAC_ADDRESS))


def test_a_gap_holds_nothing_up_for_long():
    pair = Pair()
    line = pair.up(CallRequest(sequencing=True))
    pair.way.loss = 1.0
    pair.lac.send_data(*line, b"lost", pair.now)
    pair.settle()
    pair.way.loss = 0.0
    pair.lac.send_data(*line, b"found", pair.now)
    pair.run(0.05)
    assert data(pair, LNS_ADDRESS) == []
    pair.run(0.1)
    assert data(pair, LNS_ADDRESS) == [b"found"]
    assert pair.lns.sessions[pair.far(line)].sequence.reorder.lost == 1


def test_the_lns_turns_sequencing_on_and_off_and_the_lac_follows():
    pair = Pair()
    line = pair.up()
    far = pair.far(line)
    for on in (True, False, True):
        pair.lns.set_sequencing(*far, on=on)
        pair.lns.send_data(*far, b"down", pair.now)
        pair.run(0.1)
        assert pair.events[LAC_ADDRESS][-2] == SequencingChanged(*line, on)
        assert [event for event in pair.events[LNS_ADDRESS] if isinstance(event, SequencingChanged)][-1].on is on
        assert (pair.lac.data_header(*line) is None) is on
        pair.lac.send_data(*line, b"up", pair.now)
        pair.run(0.1)
    assert numbered(pair, LAC_ADDRESS) == numbered(pair, LNS_ADDRESS) == [True, False, True]
    last = [datagram for _, _, _, datagram in pair.sent if not l2tp.is_control(datagram)][-1]
    assert l2tp.parse_data(last)[4] == 1  # "picks up where it left off"


def test_required_sequencing_stays_and_data_without_is_dropped():
    pair = Pair()
    line = pair.up(CallRequest(sequencing=True))
    far = pair.far(line)
    pair.lns.set_sequencing(*far, on=False)
    pair.lns.send_data(*far, b"down", pair.now)
    assert pair.lns.data_header(*far) is None
    pair.inject(l2tp.data_header(*far) + b"bare", LAC_ADDRESS, LNS_ADDRESS)
    assert data(pair, LNS_ADDRESS) == []
    assert pair.lns.sessions[far].sequence.missing == 1


def test_an_lns_that_ignores_required_sequencing_is_told_so():
    pair = Pair()
    line = pair.up(CallRequest(sequencing=True))
    pair.inject(l2tp.data_header(*line) + b"bare", LNS_ADDRESS, LAC_ADDRESS)
    closed = pair.events[LAC_ADDRESS][-1]
    assert (closed.session, closed.result.cause, closed.by_peer) == (line[1], Cause.PROTOCOL, False)
    pair.run(0.1)
    assert "does not number" in str(pair.events[LNS_ADDRESS][-1].result)


def test_the_constant_header_is_that_of_send_data():
    pair = Pair()
    line = pair.up()
    pair.lac.send_data(*line, b"x", pair.now)
    assert pair.lac.outbox() == [(pair.lac.data_header(*line) + b"x", LNS_ADDRESS)]
    assert pair.lac.data_header(line[0], 0) is None


OFFSETS = ["0202 {ids} 0000", "0202 {ids} 0005 0000000000", "4202 {length} {ids} 0002 ffff"]


@pytest.mark.parametrize("form", OFFSETS)
def test_offset_and_length_are_understood(form):
    pair = Pair()
    far = pair.far(pair.up())
    ids = f"{far[0]:04x}{far[1]:04x}"
    length = len(bytes.fromhex(form.format(ids=ids, length="0000"))) + 4
    wire = bytes.fromhex(form.format(ids=ids, length=f"{length:04x}")) + b"data"
    pair.inject(wire, LAC_ADDRESS, LNS_ADDRESS)
    assert data(pair, LNS_ADDRESS) == [b"data"]


def test_link_info_and_wan_errors():
    pair = Pair()
    line = pair.up()
    far = pair.far(line)
    pair.lns.send_link_info(*far, (0xFFFFFFFF, 0), pair.now)
    pair.lac.send_wan_errors(*line, (1, 2, 3, 4, 5, 6), pair.now)
    pair.run(1)
    assert pair.events[LAC_ADDRESS][-1] == LinkInfo(*line, accm=(0xFFFFFFFF, 0))
    assert pair.events[LNS_ADDRESS][-1] == LinkInfo(*far, errors=(1, 2, 3, 4, 5, 6))


def test_data_before_the_call_is_connected_is_dropped():
    pair = Pair(lns_secret=None)
    stranger = Stranger(pair, LNS_ADDRESS)
    stranger.open_tunnel()
    stranger.say(Message(Type.ICRQ, {"assigned_session_id": 6, "call_serial_number": 1}))
    session = next(session for _, session in pair.lns.sessions)
    pair.inject(l2tp.data_header(stranger.tunnel, session) + b"x", stranger.address, LNS_ADDRESS)
    assert pair.lns.drops["data before the session is open"] == 1
    pair.inject(l2tp.data_header(stranger.tunnel, session ^ 1) + b"x", stranger.address, LNS_ADDRESS)
    assert pair.lns.drops["data for no session"] == 1
    assert data(pair, LNS_ADDRESS) == []
