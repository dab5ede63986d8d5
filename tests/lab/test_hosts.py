"""A real lab of two hosts and a NAT router between: made, repaired, disturbed and removed, from the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAME = "blabt"
HOSTS = ["inner", "nat", "outer"]
TOPOLOGY = f"""
name: {NAME}
state: state
networks: {{mgmt: 192.0.2.1/24, home: 192.168.1.0/24, wan: 203.0.113.0/28}}
certificates: {{outer: [outer.branchline.example]}}
hosts:
  inner: {{nets: {{mgmt: 192.0.2.10, home: 192.168.1.10}}, gateway: 192.168.1.1}}
  nat: {{nets: {{mgmt: 192.0.2.11, home: 192.168.1.1, wan: 203.0.113.1}}, masquerade: wan}}
  outer: {{nets: {{mgmt: 192.0.2.12, wan: 203.0.113.2}}}}
"""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces and mounts need root")


def run(*args, code=0):
    """One command with pipes for its output: a process that kept them open would let this time out."""
    done = subprocess.run(
        args, cwd=ROOT, check=False, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL
    )
    assert done.returncode == code, (args, done.stdout, done.stderr)
    return done


def lab(verb, topology, *options, code=0):
    done = run(sys.executable, "-m", "lab", verb, str(topology), *options, code=code)
    return json.loads(done.stdout) if done.stdout else done.stderr


def command_lines():
    """Of every process of this machine."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            yield path.read_text(errors="replace").replace("\0", " ")


def traces(topology):
    """Everything that a lab of this name has on this machine."""
    mounts = [row.split()[1] for row in Path("/proc/mounts").read_text().splitlines() if f"/{NAME}/" in row]
    places = [*Path("/run/netns").glob(f"{NAME}-*"), *Path("/sys/fs/cgroup").glob(f"**/{NAME}")]
    places += [Path("/run/branchline-lab", NAME), Path("/var/lib/branchline-lab", NAME), topology.parent / "state"]
    words = (f"/{NAME}/", f"{NAME}-sw", str(topology))
    processes = [line for line in command_lines() if any(word in line for word in words)]
    return [*mounts, *(path for path in places if path.exists()), *processes]


@pytest.fixture(scope="module")
def topology(tmp_path_factory):
    path = tmp_path_factory.mktemp("lab") / "topology.yml"
    path.write_text(TOPOLOGY)
    lab("down", path, "--force")
    assert lab("up", path)["booted"] == HOSTS
    yield path
    lab("down", path, "--force")


def killed():
    """Kill what runs in the hosts' cgroups; returns what there was: some die slowly, some were forked just then."""
    found = set()
    for processes in Path("/sys/fs/cgroup").glob(f"**/{NAME}/**/cgroup.procs"):
        with suppress(OSError):  # gone since the walk saw it
            found |= {int(pid) for pid in processes.read_text().split()}
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return found


def ssh(topology, host, command, code=0):
    return run("ssh", "-F", str(topology.parent / "state/ssh_config"), host, command, code=code).stdout.strip()


def wait_for(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_there_is_room_for_many_hosts(topology):
    assert host(topology, "nat")["up"]
    assert int(Path("/proc/sys/fs/inotify/max_user_instances").read_text()) >= 1024


def test_again_changes_nothing(topology):
    found = lab("up", topology)
    assert (found["changed"], found["booted"], found["removed"]) == (False, [], [])


@pytest.mark.parametrize("host", HOSTS)
def test_hosts_are_real_debian_hosts(topology, host):
    words = ssh(topology, host, "hostname; . /etc/os-release; echo $VERSION_CODENAME; cat /proc/1/comm")
    assert words.split()[:3] == [host, "bookworm", "systemd"]
    assert lab("status", topology)["hosts"][host]["state"] == "running"


def test_an_unprivileged_service_may_open_tun_as_on_any_debian(topology):
    ssh(topology, "inner", "runuser -u nobody -- sh -c ': <>/dev/net/tun'")


def test_traffic_goes_through_the_nat(topology):
    ssh(topology, "outer", "timeout 5 tcpdump -i eth1 -c 1 -nn icmp >/tmp/seen 2>/dev/null & sleep 0.5")
    ssh(topology, "inner", "ping -c 2 -W 1 203.0.113.2")
    wait_for(lambda: "203.0.113.1 > 203.0.113.2" in ssh(topology, "outer", "cat /tmp/seen"))
    ssh(topology, "outer", "ping -c 1 -W 1 192.168.1.10", code=2)  # no route back but the NAT's


def test_packages_come_through_the_relay(topology):
    ssh(topology, "inner", "apt-get update -qq && apt-get install -y -qq hello >/dev/null && hello")


def host(topology, name):
    """The driver's word on one host, whether or not all are up."""
    words = [sys.executable, "-m", "lab", "status", str(topology)]
    done = subprocess.run(words, cwd=ROOT, check=False, capture_output=True, text=True, timeout=60)
    return json.loads(done.stdout)["hosts"][name]


def test_a_host_that_stops_its_processes_is_told_of(topology):
    """As systemd-shutdown does before it ends them: nothing that asks may be among them."""
    stops = "for i in $(seq 200); do kill -STOP -1; sleep 0.01; kill -CONT -1; sleep 0.01; done"
    ssh(topology, "nat", f"systemd-run -q sh -c '{stops}'")
    end = time.monotonic() + 5
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(asks, topology, end) for _ in range(4)]
        assert [one.result() for one in asked] == [{"running"}] * 4


def asks(topology, end):
    """Ask again and again; the words for the state of one host."""
    found = set()
    while time.monotonic() < end:
        found.add(host(topology, "nat")["state"])
    return found


def test_a_reboot_keeps_files_and_network(topology):
    ssh(topology, "nat", "touch /root/mark")
    before = host(topology, "nat")["pid"]
    ssh(topology, "nat", "systemd-run -q --on-active=0.1 systemctl reboot")
    wait_for(lambda: host(topology, "nat")["pid"] not in (before, None))
    wait_for(lambda: host(topology, "nat")["state"] == "running")
    assert lab("up", topology)["changed"] is False
    ssh(topology, "nat", "ls /root/mark")
    ssh(topology, "inner", "ping -c 1 -W 2 203.0.113.2")


def test_death_is_found_and_repaired(topology):
    os.kill(host(topology, "inner")["pid"], signal.SIGKILL)
    wait_for(lambda: not host(topology, "inner")["up"])
    assert lab("status", topology, code=1)["up"] is False
    assert lab("up", topology)["booted"] == ["inner"]
    ssh(topology, "inner", "hello")


def test_a_killed_relay_is_repaired(topology):
    os.kill(int(Path(f"/run/branchline-lab/{NAME}/relay0-in.pid").read_text()), signal.SIGKILL)
    assert lab("up", topology)["changed"] is True
    ssh(topology, "inner", "apt-get update -qq")


def test_another_checkout_is_told_whose_the_lab_is(topology, tmp_path):
    other = tmp_path / "topology.yml"
    other.write_text(TOPOLOGY)
    for verb in ("up", "down"):
        words = lab(verb, other, code=2)
        assert str(topology) in words
        assert "FORCE=1" in words


def test_a_host_that_left_the_topology_is_removed(topology):
    kept = [line for line in TOPOLOGY.splitlines() if not line.startswith("  outer")]
    topology.write_text("\n".join(kept))
    assert lab("up", topology)["removed"] == ["outer"]
    assert not Path(f"/run/netns/{NAME}-outer").exists()


def test_a_dead_lab_of_another_checkout_gives_way(topology, tmp_path):
    wait_for(lambda: not killed())
    other = tmp_path / "topology.yml"
    other.write_text(TOPOLOGY)
    assert lab("up", other)["booted"] == HOSTS
    assert lab("down", other)["changed"] is True
    assert lab("up", topology)["booted"] == [name for name in HOSTS if name != "outer"]


def test_down_leaves_nothing(topology):
    assert lab("down", topology)["changed"] is True
    assert traces(topology) == []
    assert lab("down", topology)["changed"] is False
