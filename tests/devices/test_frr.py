"""netmiko's mechanics, and what we add to them, at a real command line: FRR's vtysh behind sshd's ForceCommand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import driver
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.access import access
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.errors import DeviceError
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.session import Terminal, open_session

ROOT = Path(__file__).resolve().parents[2]
TOPOLOGY = Path(__file__).with_name("topology.yml")
SETUP = """
useradd --create-home --groups frrvty --shell /bin/bash netop
install -d -m 700 -o netop -g netop /home/netop/.ssh
install -m 600 -o netop -g netop /root/.ssh/authorized_keys /home/netop/.ssh/
printf 'Match User netop\\n  ForceCommand /usr/bin/vtysh\\n' >/etc/ssh/sshd_config.d/netop.conf
systemctl restart ssh
systemctl restart frr
"""


def lab(verb, state):
    """One command of the lab driver."""
    words = [sys.executable, "-m", "lab", verb, str(TOPOLOGY), "--state", str(state)]
    words += ["--force"] if verb == "down" else []
    subprocess.run(words, cwd=ROOT, check=True, timeout=600, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """Make the host, and remove it in the end."""
    if os.geteuid() != 0:
        pytest.skip("namespaces and mounts need root")
    state = tmp_path_factory.mktemp("lab")
    lab("down", state)
    try:
        lab("up", state)
        words = ["ssh", "-F", str(state / "ssh_config"), "router", SETUP]
        subprocess.run(words, check=True, timeout=120, stdin=subprocess.DEVNULL)
        yield state
    finally:
        lab("down", state)


@pytest.fixture
def vtysh(state):
    """Return a session at its command line."""
    reach = access("router", {"branchline_ssh_config": str(state / "ssh_config"), "ansible_user": "netop"})
    session = open_session(reach, Terminal.of(driver.session("cisco_ios")), str, (), 60.0)
    yield session
    session.close()


def test_modes_and_lines_of_configuration(vtysh):
    for command in ("configure terminal", "interface lo", "description branchline a", "exit", "end"):
        vtysh.run(command)
    assert " description branchline a" in vtysh.run("show running-config").splitlines()
    for command in ("configure terminal", "interface lo", "no description", "end"):
        vtysh.run(command)
    assert "branchline" not in vtysh.run("show running-config")


REFUSED = [
    ("show nonsense",  "has no such command"),
    ("show",           "is incomplete"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "said"), REFUSED)
def test_refusals(vtysh, command, said):
    with pytest.raises(DeviceError, match=rf"^router: .*{said} at `{command}`"):
        vtysh.run(command)
    assert "FRRouting" in vtysh.run("show version")


def test_a_long_answer_is_whole(vtysh):
    vtysh.run("configure terminal")
    for number in range(60):
        vtysh.run(f"ip route 10.9.{number}.0/24 Null0")
    vtysh.run("end")
    shown = vtysh.run("show running-config").splitlines()
    assert [f"ip route 10.9.{number}.0/24 Null0" in shown for number in range(60)] == [True] * 60
