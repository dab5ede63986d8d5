"""Our messages as others read them: tshark all of them, scapy the data headers."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess

from scapy.layers.l2tp import L2TP

from branchline.wire import avp, l2tp, messages
from branchline.wire.avp_values import Accm, CallErrors, CauseCode, DisconnectCause, ProtocolVersion, ResultCode
from branchline.wire.messages import Message, Type

SECRET = b"tunnel secret"
VALUES = {
    "protocol_version": ProtocolVersion(),
    "host_name": "oslo",
    "vendor_name": "Branchline",
    "result_code": ResultCode(2, 6, "because"),
    "call_errors": CallErrors(1, 2, 3, 4, 5, 6),
    "accm": Accm(),
    "tie_breaker": bytes(8),
    "challenge": b"c" * 16,
    "challenge_response": b"r" * 16,
    "q931_cause_code": CauseCode(16, 0x45, "bye"),
    "disconnect_cause": DisconnectCause(6, 0xC021, 1, "ok"),
    "called_number": "5551234",
    "calling_number": "5554321",
    "sub_address": "7",
    "initial_received_confreq": bytes.fromhex("010405dc"),
    "last_sent_confreq": bytes.fromhex("010405dc"),
    "last_received_confreq": bytes.fromhex("010405dc"),
    "proxy_authen_name": "oslo",
    "proxy_authen_challenge": b"challenge",
    "proxy_authen_response": b"response",
    "private_group_id": b"group",
    "sequencing_required": True,
    "proxy_authen_type": 2,
    "tx_connect_speed": 1_000_000_000,
    "assigned_tunnel_id": 4711,
    "assigned_session_id": 4712,
}


def whole(kind):
    layout = messages.LAYOUT[kind]
    return Message(kind, {name: VALUES.get(name, 3) for name in (*layout.required, *layout.optional)})


def pcap(datagrams):
    """Ethernet, IPv4, UDP 1701 around each, as plain struct."""
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for number, datagram in enumerate(datagrams):
        udp = struct.pack("!HHHH", 1701, 1701, 8 + len(datagram), 0) + datagram
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, b"\xc0\0\2\1", b"\xc0\0\2\2")
        frame = bytes(12) + b"\x08\x00" + ip + udp
        out += struct.pack("<IIII", number, 0, len(frame), len(frame)) + frame
    return out


def tshark(datagrams, tmp_path):
    program = shutil.which("tshark")
    assert program, "tshark is not installed: apt install tshark"
    path = tmp_path / "ours.pcap"
    path.write_bytes(pcap(datagrams))
    command = [program, "-r", str(path), "-T", "json", "--no-duplicate-keys"]
    run = subprocess.run(command, capture_output=True, check=True, timeout=60)
    return [packet["_source"]["layers"] for packet in json.loads(run.stdout)]


def flat(tree):
    """All (key, value) pairs of tshark's tree."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from flat(value)
        yield key, value


READ = {
    "assigned_tunnel_id": ("l2tp.avp.assigned_tunnel_id", "4711"),
    "assigned_session_id": ("l2tp.avp.assigned_session_id", "4712"),
    "host_name": ("l2tp.avp.host_name", "oslo"),
    "vendor_name": ("l2tp.avp.vendor_name", "Branchline"),
    "called_number": ("l2tp.avp.called_number", "5551234"),
    "proxy_authen_name": ("l2tp.avp.proxy_authen_name", "oslo"),
}


def control(bodies):
    return [l2tp.encode_control(l2tp.ControlHeader(9, 8, n, n + 1), body) for n, body in enumerate(bodies)]


def test_tshark_reads_every_message_and_avp(tmp_path):
    packets = tshark(control(messages.encode(whole(kind)) for kind in Type), tmp_path)
    for number, (kind, layers) in enumerate(zip(Type, packets)):
        pairs = list(flat(layers["l2tp"]))
        values = dict(pairs)
        assert "_ws.malformed" not in values
        assert (values["l2tp.tunnel"], values["l2tp.session"]) == ("9", "8")
        assert (values["l2tp.Ns"], values["l2tp.Nr"]) == (str(number), str(number + 1))
        assert values["l2tp.avp.message_type"] == str(int(kind))
        seen = {int(value) for key, value in pairs if key == "l2tp.avp.type"}
        assert seen == {avp.BY_NAME[name].type for name in whole(kind).values} | {0}
        for name in set(READ) & set(whole(kind).values):
            field, value = READ[name]
            assert values[field] == value


LINE = {
    # name: value, and what tshark makes of it
    "agent_circuit_id": ("lac1 eth 0/1:7", ("l2tp.broadband.agent_circuit_id", "lac1 eth 0/1:7")),
    "agent_remote_id": ("home1", ("l2tp.broadband.agent_remote_id", "home1")),
    "actual_rate_upstream": (10_000_000, ("l2tp.broadband.actual_dr_up", "10000000")),
    "maximum_rate_downstream": (5 * 10**9, ("l2tp.broadband.maximum_dr_down", "5000000000")),
}


def test_tshark_reads_what_is_said_of_a_hosts_line(tmp_path):
    values = {"assigned_session_id": 1, "call_serial_number": 2, **{name: value for name, (value, _) in LINE.items()}}
    (layers,) = tshark(control([messages.encode(Message(Type.ICRQ, values))]), tmp_path)
    read = dict(flat(layers["l2tp"]))
    assert "_ws.malformed" not in read
    assert {field: read.get(field) for _, (field, _) in LINE.values()} == dict(said for _, said in LINE.values())


def test_tshark_sees_that_avps_are_hidden_and_nothing_in_them(tmp_path):
    """It deciphers those of L2TPv2 no more than anyone: names, bits and lengths are what it can confirm."""
    bodies = [messages.encode(whole(kind), secret=SECRET, random=bytes) for kind in Type]
    for kind, layers in zip(Type, tshark(control(bodies), tmp_path)):
        pairs = list(flat(layers["l2tp"]))
        hidden = [value for key, value in pairs if key == "l2tp.avp.hidden" and value in ("1", True)]
        assert "_ws.malformed" not in dict(pairs)
        assert len(hidden) == sum(avp.BY_NAME[name].hiding for name in whole(kind).values)
        if kind is Type.ICCN:
            assert "oslo" not in json.dumps(layers)


def test_scapy_reads_data_headers():
    plain = L2TP(l2tp.data_header(7, 8) + b"\xff\x03payload")
    assert (plain.tunnel_id, plain.session_id, plain.ns, bytes(plain.payload)[-7:]) == (7, 8, None, b"payload")
    numbered = L2TP(l2tp.sequenced_header(7, 8, 513) + b"\xff\x03payload")
    assert (numbered.tunnel_id, numbered.session_id, numbered.ns, numbered.nr) == (7, 8, 513, 0)


def test_scapys_data_messages_are_read():
    wire = bytes(L2TP(hdr="length+sequence+offset", tunnel_id=7, session_id=8, ns=9, nr=0, offset=0)) + b"payload"
    wire = wire[:2] + struct.pack("!H", len(wire)) + wire[4:]
    tunnel, session, start, end, ns = l2tp.parse_data(wire)
    assert (tunnel, session, ns, wire[start:end][-7:]) == (7, 8, 9, b"payload")
