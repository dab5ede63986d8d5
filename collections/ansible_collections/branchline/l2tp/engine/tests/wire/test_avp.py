"""RFC 2661 4.1, 4.4, RFC 3145 and RFC 5515: every attribute both ways, and what is refused."""

from __future__ import annotations

import pytest

from branchline.errors import PeerError
from branchline.wire import avp
from branchline.wire.avp_values import Accm, CallErrors, CauseCode, DisconnectCause, ProtocolVersion, ResultCode

WIRE = [
    ("8008 0000 0000 0001", ("message_type", 1)),
    ("8008 0000 0001 0003", ("result_code", ResultCode(3))),
    ("800a 0000 0001 0002 0006", ("result_code", ResultCode(2, 6))),
    ("800d 0000 0001 0002 0006 c3a92e", ("result_code", ResultCode(2, 6, "é."))),
    ("8008 0000 0002 0100", ("protocol_version", ProtocolVersion(1, 0))),
    ("800a 0000 0003 0000 0003", ("framing_capabilities", 3)),
    ("800a 0000 0004 0000 0002", ("bearer_capabilities", 2)),
    ("000e 0000 0005 0102 0304 0506 0708", ("tie_breaker", bytes(range(1, 9)))),
    ("0008 0000 0006 0690", ("firmware_revision", 0x0690)),
    ("8009 0000 0007 6c6e73", ("host_name", "lns")),
    ("0006 0000 0008", ("vendor_name", "")),
    ("8008 0000 0009 ffff", ("assigned_tunnel_id", 65535)),
    ("8008 0000 000a 0004", ("receive_window_size", 4)),
    ("8007 0000 000b aa", ("challenge", b"\xaa")),
    ("800b 0000 000c 0010 45 6279", ("q931_cause_code", CauseCode(16, 0x45, "by"))),
    ("8016 0000 000d 00112233445566778899aabbccddeeff", ("challenge_response", bytes(range(0, 256, 17)))),
    ("8008 0000 000e 0001", ("assigned_session_id", 1)),
    ("800a 0000 000f 8000 0001", ("call_serial_number", 0x80000001)),
    ("800a 0000 0010 0000 2580", ("minimum_bps", 9600)),
    ("800a 0000 0011 0001 c200", ("maximum_bps", 115200)),
    ("800a 0000 0012 0000 0001", ("bearer_type", 1)),
    ("800a 0000 0013 0000 0002", ("framing_type", 2)),
    ("8009 0000 0015 313233", ("called_number", "123")),
    ("8009 0000 0016 343536", ("calling_number", "456")),
    ("8007 0000 0017 37", ("sub_address", "7")),
    ("800a 0000 0018 3b9a ca00", ("tx_connect_speed", 1_000_000_000)),
    ("000a 0000 0019 0000 0007", ("physical_channel_id", 7)),
    ("000a 0000 001a 0104 05dc", ("initial_received_confreq", bytes.fromhex("010405dc"))),
    ("0006 0000 001b", ("last_sent_confreq", b"")),
    ("0007 0000 001c 05", ("last_received_confreq", b"\5")),
    ("0008 0000 001d 0002", ("proxy_authen_type", 2)),
    ("000a 0000 001e 6f736c6f", ("proxy_authen_name", "oslo")),
    ("0008 0000 001f 1234", ("proxy_authen_challenge", b"\x12\x34")),
    ("0008 0000 0020 0041", ("proxy_authen_id", 0x41)),
    ("0008 0000 0021 7077", ("proxy_authen_response", b"pw")),
    (
        "8020 0000 0022 0000 00000001 00000002 00000003 00000004 00000005 00000006",
        ("call_errors", CallErrors(1, 2, 3, 4, 5, 6)),
    ),
    ("8010 0000 0023 0000 ffffffff 000a0000", ("accm", Accm(0xFFFFFFFF, 0x000A0000))),
    ("8008 0000 0024 abcd", ("random_vector", b"\xab\xcd")),
    ("0008 0000 0025 7667", ("private_group_id", b"vg")),
    ("000a 0000 0026 0000 fa00", ("rx_connect_speed", 64000)),
    ("8006 0000 0027", ("sequencing_required", True)),
    ("000d 0000 002e 0006 c021 01 6f6b", ("disconnect_cause", DisconnectCause(6, 0xC021, 1, "ok"))),
    # RFC 5515: of vendor 3561, the ADSL Forum
    ("000f 0de9 0001 65746820312f303320", ("agent_circuit_id", "eth 1/03 ")),
    ("000a 0de9 0002 686f6d65", ("agent_remote_id", "home")),
    *(
        (f"000e 0de9 {number:04x} 00000000 {number:08x}", (name, number))
        for number, name in (
            (129, "actual_rate_upstream"),
            (130, "actual_rate_downstream"),
            (131, "minimum_rate_upstream"),
            (132, "minimum_rate_downstream"),
            (133, "attainable_rate_upstream"),
            (134, "attainable_rate_downstream"),
            (135, "maximum_rate_upstream"),
            (136, "maximum_rate_downstream"),
            (137, "minimum_rate_upstream_low_power"),
            (138, "minimum_rate_downstream_low_power"),
        )
    ),
    ("000a 0de9 008b 0000 0010", ("maximum_interleaving_delay_upstream", 16)),
    ("000a 0de9 008c 0000 0008", ("actual_interleaving_delay_upstream", 8)),
    ("000a 0de9 008d 0000 0020", ("maximum_interleaving_delay_downstream", 32)),
    ("000a 0de9 008e 0000 0004", ("actual_interleaving_delay_downstream", 4)),
    ("0009 0de9 0090 010203", ("access_loop_encapsulation", b"\1\2\3")),
]


def test_every_attribute_is_here():
    assert {value[0] for _, value in WIRE} == set(avp.BY_NAME)


@pytest.mark.parametrize(("wire", "value"), WIRE)
def test_both_ways(wire, value):
    data = bytes.fromhex(wire)
    (raw,) = avp.split(data)
    spec = raw.known()
    assert (spec.name, avp.decode(spec, raw.value)) == value
    assert avp.encode(*value) == data


# The M and H bits once more, independently: "the M-bit ... MUST be set to 0", "MUST NOT be hidden" (4.4).
OPTIONAL = {5, 6, 8, 25, 26, 27, 28, 29, 30, 31, 32, 33, 37, 38, 46}
NEVER_HIDDEN = {0, 1, 2, 5, 7, 10, 12, 36, 39}


def test_bits():
    assert {spec.type for spec in avp.SPECS if not spec.mandatory} == OPTIONAL
    assert {spec.type for spec in avp.SPECS if not spec.hiding} == NEVER_HIDDEN


MALFORMED = [
    # name, value, error (2: length, 3: value)
    ("message_type", "01", 2),
    ("result_code", "", 2),
    ("result_code", "00", 2),
    ("result_code", "000201", 2),
    ("protocol_version", "01", 2),
    ("framing_capabilities", "0003", 2),
    ("tie_breaker", "00", 2),
    ("host_name", "", 2),
    ("assigned_tunnel_id", "0000", 3),
    ("assigned_tunnel_id", "000001", 2),
    ("receive_window_size", "0000", 3),
    ("challenge", "", 2),
    ("challenge_response", "00" * 15, 2),
    ("challenge_response", "00" * 17, 2),
    ("assigned_session_id", "0000", 3),
    ("q931_cause_code", "0010", 2),
    ("proxy_authen_id", "0141", 3),
    ("call_errors", "00" * 25, 2),
    ("accm", "00" * 11, 2),
    ("sequencing_required", "00", 2),
    ("rx_connect_speed", "fa00", 2),
    ("disconnect_cause", "00060000", 2),
]


@pytest.mark.parametrize(("name", "value", "error"), MALFORMED)
def test_malformed(name, value, error):
    with pytest.raises(PeerError) as caught:
        avp.decode(avp.BY_NAME[name], bytes.fromhex(value))
    assert caught.value.error == error
    assert caught.value.message.startswith(name)


@pytest.mark.parametrize("wire", ["80", "8006 0000 00", "8005 0000 0000", "8009 0000 0000 0001", "8000 0000 0000 0001"])
def test_lengths_that_do_not_add_up(wire):
    with pytest.raises(PeerError) as caught:
        avp.split(bytes.fromhex(wire))
    assert caught.value.error == 2


def test_text_that_is_not_utf8_is_kept_readable():
    assert avp.decode(avp.BY_NAME["host_name"], b"caf\xe9") == "caf\ufffd"


def test_too_long_to_send():
    with pytest.raises(ValueError, match="do not fit"):
        avp.encode("host_name", "x" * 1018)
    assert len(avp.encode("host_name", "x" * 1017)) == 1023


NAMES = [
    ("8008 0000 0007 6161", "host name AVP"),
    ("8008 0000 0063 6161", "AVP 99"),
    ("8008 0009 0007 6161", "vendor 9 AVP 7"),
]


@pytest.mark.parametrize(("wire", "words"), NAMES)
def test_names_for_people(wire, words):
    assert str(avp.split(bytes.fromhex(wire))[0]) == words
