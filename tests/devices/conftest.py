"""Emulated devices on loopback, and what the collection's own code makes of them."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "collections"), str(Path(__file__).parent)]

from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.access import Access  # noqa: E402 - needs the path
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.converge import (  # noqa: E402 - as above
    Device,
    Request,
    converge,
    opener,
)
from emulator.desired import SECRETS, part  # noqa: E402 - as above
from emulator.fleet import PASSWORD, PLATFORMS, USER, Fleet  # noqa: E402 - as above

TIMEOUT = 20.0  # seconds for one answer; a slow machine needs some of it, nothing waits for all of it


class Bench:
    """One emulated device and everything by which it is reached."""

    def __init__(self, fleet, platform, known_hosts):
        self.fleet, self.platform, self.known_hosts = fleet, platform, known_hosts
        (self.emulated,) = fleet.devices.values()
        self.sessions = []

    def access(self, **changed):
        """How the device is reached."""
        given = {"user": USER, "password": PASSWORD, "known_hosts": (str(self.known_hosts),), **changed}
        return Access(self.emulated.name, "127.0.0.1", self.fleet.ports[self.emulated.name], **given)

    def device(self, desired=None, **changed):
        """The device as the collection knows it."""
        return Device("bergen", self.platform, self.access(**changed), desired or part(self.platform), SECRETS)

    def open(self, timeout=TIMEOUT, **changed):
        """Open a session."""
        return opener(self.device(**changed), Request("gathered", timeout=timeout), self.sessions)()

    def converge(self, desired=None, state="overridden", check=False, timeout=TIMEOUT):
        """Bring it to a part of a plan."""
        device, request = self.device(desired), Request(state, check=check, timeout=timeout)
        return converge(device, request, opener(device, request, self.sessions))

    def told(self):
        """All that was said in all sessions, as a log would have it."""
        return "".join(session.told() for session in self.sessions)


@pytest.fixture
def bench(tmp_path):
    """Make one device of a platform; `bench("vyos", faults={...})`."""
    fleets = []

    def make(platform="cisco_ios", **options):
        fleet = Fleet([PLATFORMS[platform]("bergen", **options)]).__enter__()
        fleets.append(fleet)
        fleet.write_known_hosts(tmp_path / "known_hosts")
        return Bench(fleet, platform, tmp_path / "known_hosts")

    yield make
    for fleet in fleets:
        fleet.__exit__()


@pytest.fixture(autouse=True)
def quiet():
    """Libraries' logs of lost sessions are what the tests provoke."""
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    logging.getLogger("asyncssh").setLevel(logging.CRITICAL)
