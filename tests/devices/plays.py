"""Playbooks run for a fleet of emulated devices, as users run them; the LNS of their lines is managed by others."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from emulator.fleet import PASSWORD, USER

ROOT = Path(__file__).resolve().parents[2]
RECAP = re.compile(r"^(\S+) +: ok=\d+ +changed=(\d+) +unreachable=\d+ +failed=(\d+)", re.MULTILINE)
LNS = {
    "branchline_managed": False,
    "branchline_address": "203.0.113.10",
    "branchline_ppp_address": "10.20.0.1",
    "branchline_pools": {"branches": ["10.20.0.2-10.20.3.254"]},
}
DEVICE = {"branchline_platform": "cisco_iosxe", "branchline_outer_interface": "GigabitEthernet0/0"}


@dataclass(frozen=True)
class Outcome:
    """What a play said: (changed, failed) of each host, all of its text, seconds, processor seconds, MiB at most."""

    recap: dict[str, tuple[int, int]]
    text: str
    seconds: float
    cpu: float
    memory: int

    @property
    def changed(self) -> set[str]:
        """The hosts with a change."""
        return {host for host, (changed, _failed) in self.recap.items() if changed}

    @property
    def failed(self) -> set[str]:
        """The hosts that failed."""
        return {host for host, (_changed, failed) in self.recap.items() if failed}


def write_inventory(directory, ports):
    """An inventory of the devices, in a directory that has their known_hosts and gets the store of secrets."""
    login = {"ansible_host": "127.0.0.1", "ansible_user": USER, "ansible_password": PASSWORD}
    common = {**login, **DEVICE, "branchline_known_hosts": str(directory / "known_hosts")}
    branches = {"hosts": {name: {"ansible_port": port} for name, port in ports.items()}, "vars": common}
    path = directory / "hosts.json"
    path.write_text(json.dumps({"lns": {"hosts": {"lns1": LNS}}, "branches": branches}), encoding="utf-8")
    return path


def play(directory, playbook, *options):
    """Run a playbook on the inventory of a directory."""
    words = ["ansible-playbook", "--inventory", str(directory / "hosts.json"), str(ROOT / "playbooks" / playbook)]
    quiet = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_NOCOLOR": "1"}
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [*words, *options],
        cwd=ROOT,
        env={**os.environ, **quiet},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    seconds, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    recap = {host: (int(changed), int(failed)) for host, changed, failed in RECAP.findall(done.stdout)}
    assert recap, done.stdout + done.stderr
    return Outcome(recap, done.stdout + done.stderr, seconds, cpu, after.ru_maxrss // 1024)
