"""The scenario's hosts, reached as an operator reaches them: over ssh, with the lab's ssh_config."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import testinfra

STATE = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "lab"
MANAGED = ("lns1", "alpha", "beta")


def reach(name):
    """One host by its name."""
    return testinfra.get_host(f"ssh://{name}", ssh_config=str(STATE / "ssh_config"))


@pytest.fixture(scope="session", params=MANAGED)
def managed(request):
    """Each host that Branchline manages."""
    return reach(request.param)


@pytest.fixture(scope="session")
def lns():
    return reach("lns1")


@pytest.fixture(scope="session", params=["alpha", "beta"])
def branch(request):
    """Each branch, with its name as `branch.line`."""
    host = reach(request.param)
    host.line = f"{request.param}-lns1"
    return host


@pytest.fixture(scope="session")
def runs():
    """What the engine of each host said after each run of the playbook: {host: [status, ...]}, oldest first."""
    return {host: [json.loads(path.read_text()) for path in sorted(STATE.glob(f"{host}.*.json"))] for host in MANAGED}
