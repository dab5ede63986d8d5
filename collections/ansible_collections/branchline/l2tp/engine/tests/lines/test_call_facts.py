"""What a status tells of a call (RFC 2661 4.4.4, RFC 5515 3)."""

from __future__ import annotations

import json

import pytest

from branchline.l2tp.call import Call
from branchline.lines.call_facts import shown

LINE = (
    ("agent_circuit_id", "dslam 3/1"),
    ("actual_rate_downstream", 16_000_000),
    ("access_loop_encapsulation", b"\1\2\3"),
)
TOLD = [
    (Call(serial=1), {}),
    (Call(serial=1, called_number="corp", physical_channel=0), {"called_number": "corp"}),
    (Call(serial=1, calling_number="02:00", tx_speed=5, rx_speed=6),
     {"calling_number": "02:00", "tx_speed": 5, "rx_speed": 6}),
    (Call(serial=1, line=LINE), {"line": {
        "agent_circuit_id": "dslam 3/1", "actual_rate_downstream": 16_000_000, "access_loop_encapsulation": "010203",
    }}),
]  # fmt: skip


@pytest.mark.parametrize(("call", "told"), TOLD)
def test_what_is_there_is_told_by_name(call, told):
    assert shown(call) == told
    assert json.loads(json.dumps(shown(call))) == told
