"""A second opinion on prompts: devices that FakeNOS emulates, made by people who know the platforms."""

from __future__ import annotations

import socket
import time

import paramiko
import pytest
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import driver
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.access import Access
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.session import Terminal, open_session
from fakenos import FakeNOS

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # of its own threads

PLATFORMS = [
    # FakeNOS's name  ours         a command       in its answer
    ("cisco_ios",     "cisco_ios", "show version", "Cisco IOS Software"),
]  # fmt: skip


def free_port():
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.fixture
def port(request):
    """Run one of its devices."""
    number = free_port()
    host = {"username": "admin", "password": "admin", "port": number, "platform": request.param}
    network = FakeNOS(inventory={"hosts": {"device": host}})
    network.start()
    yield number
    network.stop()


@pytest.mark.parametrize(("port", "platform", "command", "said"), PLATFORMS, indirect=["port"])
def test_prompts(port, platform, command, said, tmp_path):
    known = tmp_path / "known_hosts"
    known.write_text(f"[127.0.0.1]:{port} {host_key(port)}\n")
    reach = Access("device", "127.0.0.1", port, "admin", "admin", known_hosts=(str(known),))
    session = open_session(reach, Terminal.of(driver.session(platform)), str, (), 60.0)
    assert said in session.run(command)
    session.close()


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
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 30)
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "FakeNOS does not listen"
            time.sleep(0.05)
