"""Scapy and tshark read what we send: every frame of whole links, with every method, options and an end."""

from __future__ import annotations

import shutil
import struct
import subprocess
from dataclasses import replace

import pytest
from scapy.layers import ppp as scapy_ppp
from scapy.packet import Padding, Raw
from two_ends import CLIENT, GIVEN, LNS, End, Wire

METHODS = ("mschapv2", "chap-md5", "pap")


def conversation():
    frames = []
    for method in METHODS:
        client = replace(CLIENT, mru=1360, echo=10.0, network=replace(CLIENT.network, interface_id=b"\2" * 8))
        lns = End(replace(LNS, demand=METHODS), 2, give=replace(GIVEN, interface_id=b"\1" * 8))
        wire = Wire(End(replace(client, answer=(method,)), 1), lns).up().run(limit=25.0)
        wire.b.link.receive(bytes.fromhex("c021 63 07 0004"), wire.now)
        wire.b.link.receive(bytes.fromhex("80fd 01 07 0004"), wire.now)
        wire.a.link.close("enough", wire.now)
        frames += [frame for _, frame in wire.run().frames]
    return frames


FRAMES = conversation()

WHAT_SCAPY_CALLS = {"c021": "PPP_LCP", "c023": "PPP_PAP", "c223": "PPP_CHAP", "8021": "PPP_IPCP"}


def test_scapy_reads_and_rebuilds_every_frame():
    seen = set()
    for frame in FRAMES:
        protocol = frame[2:4].hex()
        if protocol not in WHAT_SCAPY_CALLS:
            continue
        packet = scapy_ppp.PPP(frame[2:])
        assert type(packet.payload).__name__.startswith(WHAT_SCAPY_CALLS[protocol])
        assert not packet.haslayer(Padding)
        assert not packet.haslayer(Raw) or packet.payload.code in (7, 8)  # whose rejected octets are raw to scapy
        packet.clear_cache()
        assert bytes(packet) == frame[2:]
        seen.add(protocol)
    assert seen == set(WHAT_SCAPY_CALLS)


def test_scapy_reads_the_same_values():
    request = scapy_ppp.PPP(next(frame for frame in FRAMES if frame[2:5] == bytes.fromhex("c02101"))[2:])
    options = {option.type: option for option in request[scapy_ppp.PPP_LCP_Configure].options}
    assert options[1].max_recv_unit == 1360
    given = scapy_ppp.PPP(next(frame for frame in FRAMES if frame[2:5] == bytes.fromhex("802103"))[2:])
    assert [option.data for option in given[scapy_ppp.PPP_IPCP].options if option.type == 3] == ["10.20.0.20"]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What tshark says about each frame: protocols, expert messages, addresses."""
    tshark = shutil.which("tshark")
    assert tshark, "tshark is missing: apt-get install tshark"
    capture = tmp_path_factory.mktemp("capture") / "ppp.pcap"
    records = (struct.pack("<IIII", 0, number, len(frame), len(frame)) + frame for number, frame in enumerate(FRAMES))
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 9)  # 9: LINKTYPE_PPP
    capture.write_bytes(header + b"".join(records))
    fields = ("frame.protocols", "_ws.malformed", "_ws.expert.message", "ipcp.opt.ip_address", "lcp.opt.mru")
    command = [tshark, "-r", str(capture), "-T", "fields", *(word for field in fields for word in ("-e", field))]
    output = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    return [dict(zip(fields, line.split("\t"))) for line in output.splitlines()]


def test_tshark_finds_nothing_malformed(told):
    assert len(told) == len(FRAMES)
    for frame, said in zip(FRAMES, told):
        assert not said["_ws.malformed"], frame.hex()
        assert not said["_ws.expert.message"], (frame.hex(), said)


def test_tshark_knows_every_protocol(told):
    protocols = {said["frame.protocols"].rpartition(":")[2] for said in told}
    assert {"lcp", "pap", "chap", "ipcp", "ipv6cp"} <= protocols


def test_tshark_reads_the_same_values(told):
    assert {"10.20.0.1", "10.20.0.20"} <= {said["ipcp.opt.ip_address"] for said in told}
    assert "1360" in {said["lcp.opt.mru"] for said in told}
