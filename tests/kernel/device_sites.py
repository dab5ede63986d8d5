"""A site with devices: what playbooks/site.yml does of them, over ssh, by the code of the module `device_lines`.

    site = DeviceSite(hosts, variables, {"lns1": LiveVyos(hosts["lns1"])})
    site.apply(); site.prove()

The devices' command lines listen in the namespaces of their hosts, at their addresses of the management network.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import namespaces
from ansible_collections.branchline.l2tp.plugins.module_utils.report.evidence_join import Answer
from ansible_collections.branchline.l2tp.plugins.module_utils.secret_store import SecretStore
from ansible_collections.branchline.l2tp.plugins.module_utils.secrets_resolve import reader, resolve
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import driver
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet import batch, session
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.access import Access
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.converge import (
    Device,
    Request,
    converge,
    opener,
    verify,
)
from devices.emulator.fleet import PASSWORD, USER, Fleet
from lane import TOPOLOGY, Host
from lines import STORE, Site

from lab.system import run

session.POLL = 0.2  # seconds, which cost nothing here, where looking does
MANAGEMENT = "mgmt"
TIMEOUT = 120.0  # seconds for one answer, some of which is a ping or a restart of daemons


class DeviceSite(Site):
    """Hosts, some of which are devices: `devices` by host, emulated; their variables say branchline_platform."""

    platforms = driver.all_capabilities()

    def __init__(self, hosts: dict[str, Host], variables: dict[str, dict[str, Any]], devices: dict[str, Any]) -> None:
        super().__init__(hosts, variables)
        run("ip", "address", "replace", str(TOPOLOGY.networks[MANAGEMENT]), "dev", MANAGEMENT)
        self.devices, self.sessions = devices, []
        self.fleets = {name: self._listening(hosts[name], device) for name, device in devices.items()}
        self.known_hosts = Path(tempfile.mkdtemp()) / "known_hosts"
        with self.known_hosts.open("a") as known:
            for fleet in self.fleets.values():
                fleet.write_known_hosts(self.known_hosts.with_suffix(".one"))
                known.write(self.known_hosts.with_suffix(".one").read_text())

    @staticmethod
    def _listening(host: Host, device: Any) -> Fleet:
        namespace = f"/proc/{host.leader}/ns/net"
        return Fleet([device], host.address[MANAGEMENT], lambda: namespaces.enter(namespace)).__enter__()

    def close(self) -> None:
        """Have nobody listen any more."""
        for fleet in self.fleets.values():
            fleet.__exit__()

    @property
    def managed(self) -> dict[str, Host]:
        """The hosts that have Python, and facts."""
        return {name: host for name, host in super().managed.items() if name not in self.devices}

    def device(self, name: str) -> Device:
        """A device with its part of the plan and its secrets, as the module knows it."""
        fleet, part = self.fleets[name], self.planned().devices[name]
        store = SecretStore(STORE)
        store.create_missing(source["store"] for source in self.plan.secrets.values() if "store" in source)
        secrets = resolve(driver.references(part), self.plan.secrets, reader(self.variables), store)
        known = (str(self.known_hosts),)
        reach = Access(name, fleet.address, fleet.ports[name], USER, PASSWORD, known_hosts=known)
        return Device(name, part["platform"], reach, part, secrets)

    def session(self, name: str) -> session.Session:
        """A session at a device's command line."""
        return opener(self.device(name), Request("gathered", timeout=TIMEOUT), self.sessions)()

    def converge(self, name: str, state: str = "overridden", *, check: bool = False) -> dict[str, Any]:
        """What `device_lines` does of one device."""
        device, request = self.device(name), Request(state, check=check, timeout=TIMEOUT)
        return converge(device, request, opener(device, request, self.sessions))

    def apply(self) -> dict[str, Any]:
        """Bring the devices, some at a time, and every host to its part of the plan; what changed, by host."""
        done = batch.each(self.devices, self.converge, 20, str)
        failed = [one["msg"] for one in done.values() if one.get("failed")]
        assert not failed, "\n".join(failed)
        return {**super().apply(), **{name: one["commands"] for name, one in done.items()}}

    def answers(self, wait: float) -> dict[str, Answer]:
        """What each host says of its lines, and what each device shows of them."""
        answers = super().answers(wait)
        for name in self.devices:
            device, request = self.device(name), Request("verified", timeout=TIMEOUT)
            lines = [line for line in self.plan.lines if name in line["ends"] and set(line["ends"]) <= {*self.hosts}]
            shown = verify(device, lines, opener(device, request, self.sessions), wait)["lines"]
            answers[name] = Answer(lines={line["name"]: line for line in shown})
        return answers

    def verify(self, wait: float = 60.0) -> list[dict[str, Any]]:
        """The lines whose ends are both here."""
        self.planned()
        return [line for line in super().verify(wait) if set(line["ends"]) <= {*self.hosts}]

    def told(self) -> str:
        """All that was said in all sessions, as a log would have it."""
        return "".join(session.told() for session in self.sessions)
