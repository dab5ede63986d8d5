"""The question whether the peer is ready: RFC 791 and RFC 792 to the octet, by the textbook's checksum."""

from __future__ import annotations

import pytest

from branchline.datapath.readiness import echo

ECHOES = [
    # source       destination   number   packet
    ("10.20.0.20", "10.20.0.1",  0, "4500001c 00000000 4001 66a5 0a140014 0a140001 0800 f7ff 0000 0000"),
    ("10.20.0.20", "10.20.0.1",  5, "4500001c 00000000 4001 66a5 0a140014 0a140001 0800 f7fa 0000 0005"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "destination", "number", "packet"), ECHOES)
def test_an_echo(source, destination, number, packet):
    assert echo(source, destination, number) == bytes.fromhex(packet.replace(" ", ""))
