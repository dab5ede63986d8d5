"""RFC 2661 4.1, 4.3, 4.4.1, 6, 7.1: messages, what they must hold, and what is forgiven."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from branchline.errors import PeerError
from branchline.wire import avp, hidden, messages
from branchline.wire.avp_values import CallErrors, ProtocolVersion, ResultCode
from branchline.wire.messages import Message, Type

# Section 6, transcribed once more: attribute numbers that "MUST be present" beside Message Type.
MUST = {
    Type.SCCRQ: {2, 7, 3, 9},
    Type.SCCRP: {2, 3, 7, 9},
    Type.SCCCN: set(),
    Type.STOPCCN: {9, 1},
    Type.HELLO: set(),
    Type.ICRQ: {14, 15},
    Type.ICRP: {14},
    Type.ICCN: {24, 19},
    Type.OCRQ: {14, 15, 16, 17, 18, 19, 21},
    Type.OCRP: {14},
    Type.OCCN: {24, 19},
    Type.CDN: {1, 14},
    Type.WEN: {34},
    Type.SLI: {35},
}
MAY = {
    Type.SCCRQ: {4, 10, 11, 5, 6, 8},
    Type.SCCRP: {4, 6, 8, 10, 11, 13},
    Type.SCCCN: {13},
    Type.STOPCCN: set(),
    Type.HELLO: set(),
    Type.ICRQ: {18, 25, 22, 21, 23},
    Type.ICRP: set(),
    Type.ICCN: {26, 27, 28, 29, 30, 31, 32, 33, 37, 38, 39},
    Type.OCRQ: {23},
    Type.OCRP: {25},
    Type.OCCN: {38, 39},
    Type.CDN: {12, 46},
    Type.WEN: set(),
    Type.SLI: set(),
}
SCCRQ = Message(
    Type.SCCRQ,
    {
        "protocol_version": ProtocolVersion(),
        "host_name": "oslo",
        "framing_capabilities": 3,
        "assigned_tunnel_id": 77,
        "challenge": b"c" * 16,
    },
)
SAMPLES = {
    "protocol_version": ProtocolVersion(),
    "result_code": ResultCode(1),
    "call_errors": CallErrors(),
    "accm": (1, 2),
    "host_name": "h",
    "called_number": "1",
}


@pytest.mark.parametrize("kind", Type)
def test_layouts_are_the_rfcs(kind):
    layout = messages.LAYOUT[kind]
    assert {avp.BY_NAME[name].type for name in layout.required} == MUST[kind]
    assert {avp.BY_NAME[name].type for name in layout.optional} == MAY[kind]


@pytest.mark.parametrize("kind", Type)
def test_each_required_avp_is_missed(kind):
    values = {name: SAMPLES.get(name, 1) for name in messages.LAYOUT[kind].required}
    assert messages.decode(messages.encode(Message(kind, values))).type is kind
    for name in values:
        rest = {other: value for other, value in values.items() if other != name}
        with pytest.raises(PeerError, match=f"{kind.name} lacks its {name.replace('_', ' ')} AVP"):
            messages.decode(messages.encode(Message(kind, rest)))


def test_both_ways_in_clear_and_hidden():
    assert messages.decode(messages.encode(SCCRQ)) == SCCRQ
    wire = messages.encode(SCCRQ, secret=b"s", random=lambda count: b"r" * count)
    raws = avp.split(wire)
    assert [raw.type for raw in raws[:2]] == [0, 36]  # Random Vector before the first hidden AVP
    assert {raw.type for raw in raws if raw.hidden} == {3, 9, 11}
    assert all(len(raw.value) % 16 == 0 for raw in raws if raw.hidden)  # lengths tell nothing
    assert messages.decode(wire, b"s") == SCCRQ
    for secret, words in ((None, "no shared secret"), (b"other", "decipher|lacks|octets|range")):
        with pytest.raises(PeerError, match=words):
            messages.decode(wire, secret)


HELLO = "8008 0000 0000 0006"
CASES = [
    # what follows Message Type HELLO; error, or None if it is forgiven
    ("unknown, optional", "0008 0000 0063 6161", None),
    ("unknown, mandatory", "8008 0000 0063 6161", 8),
    ("a vendor's, optional", "0008 0009 0001 6161", None),
    ("a vendor's, mandatory", "8008 0009 0001 6161", 8),
    ("reserved bit, optional", "0408 0000 0006 0001", None),
    ("reserved bit, mandatory", "8408 0000 0009 0001", 8),
    ("malformed, optional (7.1's own example)", "0008 0000 0026 fa00", None),
    ("malformed, mandatory", "8009 0000 0009 000001", 2),
    ("out of range, mandatory", "8008 0000 0009 0000", 3),
    ("hidden, no Random Vector, mandatory", "c00a 0000 0009 00000000", 3),
    ("hidden, no Random Vector, optional", "400a 0000 0006 00000000", None),
    ("hidden, that must not be", "8008 0000 0024 aaaa c00a 0000 0007 00000000", 3),
    ("two of a kind", "8009 0000 0007 6c6e73 8009 0000 0007 6c6e74", None),
]


@pytest.mark.parametrize(("what", "wire", "error"), CASES, ids=[case[0] for case in CASES])
def test_what_is_forgiven(what, wire, error):
    body = bytes.fromhex(HELLO + wire)
    if error is None:
        message = messages.decode(body, b"secret")
        assert dict(message.values) in ({}, {"host_name": "lns"})
        return
    with pytest.raises(PeerError) as caught:
        messages.decode(body, b"secret")
    assert (caught.value.result, caught.value.error) == (2, error)


TYPES = [
    ("8008 0000 0000 0063", "message type 99 is unknown"),
    ("8008 0000 0000 0005", "message type 5 is unknown"),  # reserved
    ("8008 0000 0007 6161", "does not begin with a Message Type"),
    ("c008 0000 0000 0006", "does not begin with a Message Type"),  # hidden
    ("8009 0000 0000 000006", "does not begin with a Message Type"),
    ("8008 0009 0000 0006", "does not begin with a Message Type"),
    ("", "does not begin with a Message Type"),
]


@pytest.mark.parametrize(("wire", "words"), TYPES)
def test_message_types_refused(wire, words):
    with pytest.raises(PeerError, match=words):
        messages.decode(bytes.fromhex(wire))


def test_unknown_type_without_the_m_bit_is_ignored():
    assert messages.decode(bytes.fromhex("0008 0000 0000 0063")) is None


def test_a_later_random_vector_counts_from_there_on():
    """4.4.1: "a hidden AVP uses the Random Vector AVP most closely preceding it"."""
    body = avp.encode("message_type", Type.ICRQ)
    for name, value, vector in (("assigned_session_id", 7, b"one"), ("call_serial_number", 9, b"two")):
        spec = avp.BY_NAME[name]
        body += avp.encode("random_vector", vector)
        body += avp.frame(spec, hidden.hide(spec.type, spec.codec.encode(value), b"s", vector), hidden=True)
    assert messages.decode(body, b"s").values == {"assigned_session_id": 7, "call_serial_number": 9}


@given(body=st.binary(max_size=200))
def test_any_bytes(body):
    messages.peek_type(body)
    messages.peek(body, "host_name")
    with suppress(PeerError):
        messages.decode(body, b"s")


WHOLE = messages.encode(SCCRQ, secret=b"s", random=bytes)


@given(at=st.integers(0, len(WHOLE) - 1), bits=st.integers(1, 255), cut=st.integers(0, len(WHOLE)))
def test_damaged_messages(at, bits, cut):
    body = bytearray(WHOLE)
    body[at] ^= bits
    for damaged in (bytes(body), bytes(body[:cut])):
        with suppress(PeerError):
            messages.decode(damaged, b"s")
