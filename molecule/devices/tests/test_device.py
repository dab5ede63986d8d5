"""The device's line is proven like any other; what somebody changed on it is found, mended, and never half done."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import testinfra

ROOT = Path(os.environ["MOLECULE_PROJECT_DIRECTORY"])
STATE = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "lab"
OPTIONS = "/etc/ppp/options.branchline-delta-lns1"
FILES = f"/etc/xl2tpd/xl2tpd.conf /etc/xl2tpd/l2tp-secrets {OPTIONS} /etc/swanctl/conf.d/branchline.conf"
RECAP = re.compile(r"^delta +: ok=\d+ +changed=(\d+) +unreachable=0 +failed=(\d+)", re.MULTILINE)


@pytest.fixture(scope="module")
def delta():
    """The device, as its owner would look at it."""
    return testinfra.get_host("ssh://delta", ssh_config=str(STATE / "ssh_config"))


def play(*options):
    """Run site.yml for the device's own part; (changed, failed) of the device, and all that was said."""
    return playbook("playbooks/site.yml", "--limit", "delta", "--tags", "lines", *options)


def playbook(*words):
    """Run a playbook; (changed, failed) of the device, and all that was said."""
    words = ["ansible-playbook", *words]
    for inventory in ("molecule/inventory", "molecule/devices/inventory"):
        words += ["-i", inventory]
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_FORCE_COLOR": "0",
        "ANSIBLE_NOCOLOR": "1",
    }
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=600)
    recap = RECAP.search(done.stdout)
    assert recap, done.stdout + done.stderr
    return (int(recap[1]), int(recap[2])), done.stdout


def test_every_line_is_proven_that_of_the_device_too():
    proof = json.loads((STATE / "reports/verify.json").read_text())
    lines = {line["name"]: line for line in proof["lines"]}
    assert [name for name, line in lines.items() if not line["proven"]] == []
    assert all(rung["ok"] for rung in lines["delta-lns1"]["rungs"])


def test_nothing_of_branchline_runs_on_the_device(delta):
    assert not delta.file("/usr/local/bin/branchline").exists
    assert not delta.file("/usr/local/lib/branchline").exists
    assert delta.service("xl2tpd").is_running


def test_traffic_through_the_device_s_line(delta):
    delta.check_output("ping -q -c 3 -i 0.2 -W 5 10.10.0.1")
    assert "dev delta-lns1" in delta.check_output("ip route get 10.10.0.1")


def test_secrets_are_for_root_alone_and_in_no_history(delta):
    assert {delta.file(path).mode for path in FILES.split()} == {0o600}
    secrets = [path.read_text().strip() for path in (STATE / "secrets").glob("delta-*")]
    assert len(secrets) == 3
    left = delta.check_output("cat /root/.*history 2>/dev/null; journalctl --no-pager --output=cat; true")
    assert [secret for secret in secrets if secret in left] == []


def test_a_change_by_hand_is_found_by_check_and_mended(delta):
    before = delta.check_output(f"cat {FILES}")
    delta.check_output(f"sed -i 's/^mtu .*/mtu 1200/' {OPTIONS}")
    drifted = delta.check_output(f"cat {FILES}")
    assert drifted != before
    numbers, said = play("--check", "--diff")
    assert numbers == (1, 0)
    assert "-mtu 1200" in said
    assert delta.check_output(f"cat {FILES}") == drifted
    secrets = [path.read_text().strip() for path in (STATE / "secrets").glob("delta-*")]
    assert [secret for secret in secrets if secret in said] == []
    assert play()[0] == (1, 0)
    assert delta.check_output(f"cat {FILES}") == before
    assert play()[0] == (0, 0)


CUT = """
import sys
sys.path[:0] = [{collections!r}]
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import driver
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet import converge
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.access import access
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.errors import DeviceError

reach = access("delta", {{"branchline_ssh_config": {config!r}}})
device = converge.Device("delta", "linux_ssh", reach, {{"platform": "linux_ssh", "device": None}})
request = converge.Request("absent", timeout=60.0)
opened = []

def open_and_cut_later():
    session = converge.opener(device, request)()
    run = session.run

    def cut(command, shown=""):
        if str(command).startswith("rm -f /etc/ppp/options"):
            session.connection.remote_conn.transport.close()
        return run(command, shown)

    session.run = cut
    return session

try:
    converge.converge(device, request, open_and_cut_later)
except DeviceError as error:
    print(error)
"""


def test_a_cut_session_leaves_the_device_as_it_was(delta):
    """All of Branchline's is to be removed; the session is cut in the middle; time is up when its `sleep` ends."""
    before = delta.check_output(f"cat {FILES}")
    script = CUT.format(collections=str(ROOT / "collections"), config=str(STATE / "ssh_config"))
    words = [sys.executable, "-c", script]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
    assert "delta: the session was cut at `rm -f /etc/ppp/options" in done.stdout, done.stderr
    assert "takes it back within 5 minutes (scheduled script)" in done.stdout
    assert delta.run(f"cat {FILES}").stdout != before
    delta.check_output("kill $(pgrep -x sleep --newest)")
    delta.check_output(
        "for i in $(seq 600); do ls /run/branchline-rollback/ | grep -q . || exit 0; sleep 0.1; done; exit 1"
    )
    assert delta.check_output(f"cat {FILES}") == before
    assert play()[0] == (0, 0)
    delta.check_output("for i in $(seq 60); do ping -q -c 1 -W 1 10.10.0.1 && exit 0; sleep 1; done; exit 1")


def test_decommission_takes_everything_away_and_the_next_run_brings_it_back(delta):
    words = ("playbooks/decommission.yml", "-e", "branchline_remove=delta")
    assert playbook(*words)[0] == (1, 0)
    assert delta.check_output("grep -rlis branchline /etc/xl2tpd /etc/ppp /etc/swanctl /etc/strongswan.d; true") == ""
    assert not delta.interface("delta-lns1").exists
    assert playbook(*words)[0] == (0, 0)
    assert play()[0] == (1, 0)
    delta.check_output("for i in $(seq 60); do ping -q -c 1 -W 1 10.10.0.1 && exit 0; sleep 1; done; exit 1")
