"""Emulated devices on loopback, and what the collection's own code makes of them."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "collections"), str(Path(__file__).parent)]

from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import driver  # noqa: E402 - needs the path above
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.access import Access  # noqa: E402 - as above
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.converge import (  # noqa: E402 - as above
    Device,
    Request,
    converge,
    opener,
)
from emulator.fleet import PASSWORD, PLATFORMS, USER, Fleet  # noqa: E402 - as above

TIMEOUT = 20.0  # seconds for one answer; a slow machine needs some of it, nothing waits for all of it

IPSEC = {
    "version": 2, "auth": "psk", "mode": "transport", "backend": "kernel", "local_id": "bergen", "remote_id": "lns1",
    "secret": {"$secret": "bergen-lns1.psk.1"},
    "proposals": ["aes256-sha256-ecp384"], "esp_proposals": ["aes256-sha256"],
}  # fmt: skip
LINE = {
    "lns": "203.0.113.10", "host_name": "bergen", "user": "bergen", "secret": {"$secret": "bergen-lns1.ppp.1"},
    "tunnel_secret": None, "hide_avps": False, "auth": ["chap-md5"], "mtu": 1360, "mss": 1320,
    "address": None, "routes": ["10.10.0.0/24"], "default_route": False, "hello": 60, "sequencing": False,
    "generation": 1, "ipsec": IPSEC,
}  # fmt: skip
INTERFACES = {"cisco_ios": "Virtual-PPP1", "cisco_iosxe": "Virtual-PPP1", "mikrotik_routeros": "bergen-lns1"}
OUTER = {"cisco_ios": "GigabitEthernet0/0", "cisco_iosxe": "GigabitEthernet0/0", "mikrotik_routeros": None}
LNS = {
    "address": "203.0.113.10", "ppp_address": "10.20.0.1", "host_name": "lns1", "auth": ["mschapv2"], "dns": [],
    "mtu": 1360, "mss": 1320, "hello": 60, "interface": "l2tp", "outer_interface": "eth0",
    "pools": {"branches": ["10.20.0.16-10.20.0.31"]},
    "users": {"oslo": {"secret": {"$secret": "bergen-lns1.ppp.1"}, "address": None, "pool": "branches", "routes": [],
                       "tunnel_secret": None, "line": "oslo-lns1", "generation": 1, "id": None, "key": None}},
    "ipsec": {**IPSEC, "version": 1},
}  # fmt: skip
SECRETS = {"bergen-lns1.psk.1": "psk-of-nobody-else", "bergen-lns1.ppp.1": "ppp-of-nobody-else"}


def part(platform, **changed):
    """A device's part of a plan: one line that it opens; of VyOS, an LNS."""
    own = {"interface": INTERFACES.get(platform, ""), "outer_interface": OUTER.get(platform)}
    lines = {} if platform == "vyos" else {"bergen-lns1": {**LINE, **own, **changed}}
    lns = {**LNS, **changed} if platform == "vyos" else None
    return {"version": 1, "host": "bergen", "platform": platform, "device": {"lines": lines, "lns": lns, "lac": None}}


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


def pytest_configure(config):
    """A device that cuts a session leaves its sockets to the collector of garbage: that is what is tested."""
    for category in ("ResourceWarning", "pytest.PytestUnraisableExceptionWarning"):
        config.addinivalue_line("filterwarnings", f"ignore::{category}")


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


__all__ = ["driver"]
