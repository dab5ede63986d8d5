"""A lab of its own: our engine on `ours`, foreign implementations on `theirs`, and a server behind each of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "collections/ansible_collections/branchline/l2tp/engine"
TOPOLOGY = Path(__file__).with_name("topology.yml")
sys.path.insert(0, str(ROOT / "tests/system"))

from engine import Engine  # noqa: E402 - beside this file, and needs the path above
from hosts import Host  # noqa: E402 - as above
from l2tpns import L2tpns  # noqa: E402 - as above
from rp_pppoe import RpPppoe  # noqa: E402 - as above
from xl2tpd import Xl2tpd  # noqa: E402 - as above


def lab(verb, state, *options):
    """One command of the lab driver; its progress is shown."""
    words = [sys.executable, "-m", "lab", verb, str(TOPOLOGY), "--state", str(state), *options]
    subprocess.run(words, cwd=ROOT, check=True, timeout=600, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def make_archive(path):
    """Build the engine as a controller does."""
    subprocess.run([sys.executable, str(ENGINE / "build.py"), str(path)], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def hosts(tmp_path_factory):
    """Return the hosts by name, and leave nothing of them behind."""
    if os.geteuid() != 0:
        pytest.skip("namespaces and mounts need root")
    state = tmp_path_factory.mktemp("lab")
    lab("down", state, "--force")
    try:
        lab("up", state)
        yield {name: Host(name, state) for name in ("ours", "theirs", "beyond", "near", "far")}
    finally:
        lab("down", state, "--force")


@pytest.fixture(scope="session")
def archive(tmp_path_factory):
    """Return the engine's archive."""
    path = tmp_path_factory.mktemp("engine") / "branchline.pyz"
    make_archive(path)
    return path


@pytest.fixture(scope="session")
def installed(hosts, archive):
    """Install our engine."""
    engine = Engine(hosts["ours"])
    engine.install(archive)
    engine.run({})
    return engine


@pytest.fixture
def engine(installed):
    """Return our engine, with nothing to do; what a test gave it is taken away in the end."""
    yield installed
    installed.run({})


@pytest.fixture(scope="session")
def second_installed(hosts, archive):
    """Install our engine a second time, on the host near ours."""
    second = Engine(hosts["near"])
    second.install(archive)
    second.run({})
    return second


@pytest.fixture
def second(second_installed):
    """Return our second engine, with nothing to do; what a test gave it is taken away in the end."""
    yield second_installed
    second_installed.run({})


@pytest.fixture
def rp_pppoe(hosts, archive):
    """Return rp-pppoe, not running; what a test started is ended."""
    foreign = RpPppoe(hosts["theirs"])
    foreign.install(archive)
    yield foreign
    foreign.kill()


@pytest.fixture(scope="module")
def l2tpns(hosts):
    """Return l2tpns with FreeRADIUS beside it, as master of its cluster."""
    foreign = L2tpns(hosts["theirs"])
    foreign.install()
    foreign.start()
    yield foreign
    foreign.kill()


@pytest.fixture(scope="session")
def xl2tpd_installed(hosts, archive):
    """Install the program that stands for pppd."""
    foreign = Xl2tpd(hosts["theirs"])
    foreign.install(archive)
    return foreign


@pytest.fixture
def xl2tpd(xl2tpd_installed):
    """Return xl2tpd, not running; what a test started is ended."""
    yield xl2tpd_installed
    xl2tpd_installed.kill()
