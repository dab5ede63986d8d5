"""AF_PACKET against a real kernel: what comes through to whom, with VLAN tags and without, at the full MTU."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("packet_pair.py")
ENGINE = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def told():
    """What packet_pair.py says, from a network namespace of its own."""
    alone = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
    environment = {**os.environ, "PYTHONPATH": str(ENGINE)}
    run = subprocess.run(
        [*alone, sys.executable, str(SCRIPT)], capture_output=True, check=False, timeout=60, env=environment
    )
    assert run.returncode == 0, run.stderr.decode()
    return json.loads(run.stdout)


LONG, SHORT = (b"\xc0\x21" + bytes(1498)).hex(), "c02101"


def expected(vlan):
    discovery = ["discovery", vlan, "110900000000"]
    return [discovery, discovery, ["session", vlan, LONG], ["session", vlan, SHORT], ["stray", vlan, 8]]


def test_untagged(told):
    talk = told["talks"][0]
    assert talk["far"] == expected(0)
    assert talk["near"] == [["discovery", 0, "110900000000"]]


def test_on_vlans_without_vlan_devices(told):
    """Each keeps its order; what one VLAN says is not heard on another."""
    talk = told["talks"][1]
    assert [heard for heard in talk["far"] if heard[1] == 0] == expected(0)
    assert [heard for heard in talk["far"] if heard[1] == 7] == expected(7)
    assert len(talk["far"]) == 10


DATA, CONTROL, PADI = ["session", 0, "002101"], ["session", 0, "802101"], ["discovery", 0, "110900000000"]


def test_data_that_the_kernel_carries_does_not_come_up_until_a_session_needs_it(told):
    """With VLANs there is always one that does."""
    untagged, tagged = (talk["spared"] for talk in told["talks"])
    assert untagged == [CONTROL, PADI, DATA, CONTROL, PADI]
    assert tagged == [DATA, CONTROL, PADI] * 2


def test_what_the_interface_does_not_take_is_counted(told):
    assert [(talk["refused"], talk["mtu"]) for talk in told["talks"]] == [(1, 1508), (1, 1508)]


def test_an_interface_that_goes(told):
    assert told["there"] == [True, False]
    assert "this host has no such interface" in told["missing"]
    assert "name an Ethernet interface" in told["lo"]
