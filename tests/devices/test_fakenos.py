"""A second opinion: a device that FakeNOS emulates, with its makers' idea of prompts and answers that they recorded."""

from __future__ import annotations

import contextlib
import socket
import time
from pathlib import Path

import paramiko
import pytest
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import driver, package, readings
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.access import Access
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.errors import DeviceError
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.session import Terminal, open_session
from fakenos import FakeNOS

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # of its own threads


def free_port():
    """A port that nobody listens at, below those from which the kernel gives one to whoever asks for none."""
    ephemeral = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for number in range(ephemeral - 1, 0, -1):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", number)):
            return number
    raise AssertionError("all ports are in use")


@pytest.fixture
def port():
    """Run one of its devices; of our platforms it has the prompts of this one alone as they are."""
    number = free_port()
    host = {"username": "admin", "password": "admin", "port": number, "platform": "cisco_ios"}
    network = FakeNOS(inventory={"hosts": {"device": host}})
    network.start()
    yield number
    network.stop()


@pytest.fixture
def session(port, tmp_path):
    """Return a session at its command line."""
    known = tmp_path / "known_hosts"
    known.write_text(f"[127.0.0.1]:{port} {host_key(port)}\n")
    reach = Access("device", "127.0.0.1", port, "admin", "admin", known_hosts=(str(known),))
    session = open_session(reach, Terminal.of(driver.session("cisco_ios")), str, (), 60.0)
    yield session
    session.close()


SHOWN = [
    # the check of ours, and the command  fields of the line   what is found in FakeNOS's answer
    ("address", "show ip interface brief", {}, {"address": "10.0.1.38"}),
    ("session", "show crypto session detail", {"outer": "192.168.0.1"},
     {"ike_state": "UP-ACTIVE", "ike_version": "1", "remote_id": "SOME_DEVICE1234.1pc.com"}),
    ("session", "show crypto session detail", {"outer": "10.161.255.14"},
     {"ike_state": "DOWN-NEGOTIATING", "ike_version": "1", "remote_id": "(none)"}),
    ("sa", "show crypto ipsec sa detail", {"outer": "2.2.2.2"},
     {"packets_out": "4981028", "packets_in": "4112421", "spis": [("ABCD1234", "1234ABCD")]}),
]  # fmt: skip


def test_a_command_line_that_others_emulate(session):
    """One device for all: its prompts, its refusal, and what our patterns find in answers that others have recorded."""
    assert "Cisco IOS Software" in session.run("show version")
    with pytest.raises(DeviceError, match="the device does not know this at `show nonsense`"):
        session.run("show nonsense")
    own = package.load("cisco_ios")
    for name, command, fields, expected in SHOWN:
        checks = own.verify["client" if name == "address" else "lns"]
        found = readings.read(own, name, checks, fields, session.run(command))
        assert {key: found.get(key) for key in expected} == expected


def host_key(port):
    """The device's host key, as ssh-keyscan would tell it."""
    with connected(port) as plain:
        transport = paramiko.Transport(plain)
        transport.start_client(timeout=30)
        key = transport.get_remote_server_key()
        transport.close()
    return f"{key.get_name()} {key.get_base64()}"


def connected(port):
    """A connection to the device, which takes its time to listen."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(ConnectionRefusedError):
            return socket.create_connection(("127.0.0.1", port), 30)
        time.sleep(0.05)
    raise AssertionError("FakeNOS does not listen")
