"""The lab that `make lab` has brought up, reached over ssh as an operator reaches it. No test leaves a line down."""

from __future__ import annotations

import shutil

import pytest
from hosts import BRANCHES, MANAGED, ROOT, Host, until


@pytest.fixture(scope="session")
def hosts():
    """Return the lab's hosts by name; fails with the remedy where the lab is not up."""
    names = ("isp", "corp1", "oslo-pc", "nat1", "nat2", *MANAGED)
    return {name: Host(name) for name in names}


@pytest.fixture(scope="session")
def lns(hosts):
    return hosts["lns1"]


@pytest.fixture
def inventory():
    """Return a copy of the lab's inventory, to be changed: a sibling, so that its relative paths hold."""
    copy = ROOT / "inventory" / "lab-under-test"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(ROOT / "inventory/lab", copy)
    yield copy
    shutil.rmtree(copy)


@pytest.fixture(autouse=True)
def _lines_are_open(hosts):
    """Every test begins and ends with all four lines open and carrying packets."""
    all_open(hosts)
    yield
    all_open(hosts)


def all_open(hosts):
    """Wait until each branch reaches the corporate server through its line."""
    for branch in BRANCHES:
        until(lambda branch=branch: hosts[branch].reaches("10.10.0.10"), f"{branch} reaches corp1", 90)
