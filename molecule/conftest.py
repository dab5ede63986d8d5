"""What scenarios have in common: hosts over ssh, with the lab's ssh_config, and what their engines say."""

from __future__ import annotations

import json
import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest
import testinfra

ROOT = Path(os.environ["MOLECULE_PROJECT_DIRECTORY"])
STATE = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "lab"


class Hosts:
    """Hosts by name; `line` is a line's entry of a host's status, `until` waits for a condition."""

    def __getitem__(self, name):
        return testinfra.get_host(f"ssh://{name}", ssh_config=str(STATE / "ssh_config"))

    def status(self, name):
        return json.loads(self[name].check_output("branchline status --json"))

    def line(self, name, line):
        return next(each for each in self.status(name)["lines"] if each["line"] == line)

    def until(self, condition, what, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with suppress(AssertionError):  # an engine that starts does not answer yet
                if condition():
                    return
            time.sleep(0.5)
        raise AssertionError(f"not within {seconds} s: {what}")


@pytest.fixture(scope="session")
def hosts():
    return Hosts()


@pytest.fixture(scope="session")
def proven():
    """The lines of the last report, by name."""
    return {line["name"]: line for line in json.loads((STATE / "reports/verify.json").read_text())["lines"]}


@pytest.fixture
def verified(tmp_path):
    """Runs playbooks/verify.yml for some hosts, as they are now; what it finds of the lines, by name."""

    def run(*hosts, **variables):
        options = [f"--extra-vars={name}={value}" for name, value in {"verify_fail": "false", **variables}.items()]
        words = ["ansible-playbook", "playbooks/verify.yml", "-i", "molecule/inventory", "--limit", ":".join(hosts)]
        words += [f"--extra-vars=verify_directory={tmp_path}", *options]
        environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
        done = subprocess.run(
            words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert (tmp_path / "verify.json").exists(), done.stdout + done.stderr
        return {line["name"]: line for line in json.loads((tmp_path / "verify.json").read_text())["lines"]}

    return run
