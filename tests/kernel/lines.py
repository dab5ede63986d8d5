"""From an intent to proven lines, by the collection's own code: facts, plan, secrets, files, converge, ladder.

    site = Site(up("isp", "lns1", "corp1", "oslo"), {"lns1": LNS, "oslo": {"branchline_pool": "branches"}})
    site.apply()                      # what playbooks/site.yml does, without Ansible
    site.prove()                      # what playbooks/verify.yml does: every rung of every line, or AssertionError

What the roles put on a host (units, settings, the engine's archive) is taken from the roles' own files.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.host.converge import Request, converge
from ansible_collections.branchline.l2tp.plugins.module_utils.host.facts import gather
from ansible_collections.branchline.l2tp.plugins.module_utils.host.machine import Machine
from ansible_collections.branchline.l2tp.plugins.module_utils.host.secrets import references
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder import climb
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.compute import Plan, plan
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Intent
from ansible_collections.branchline.l2tp.plugins.module_utils.render.strongswan import render_strongswan
from ansible_collections.branchline.l2tp.plugins.module_utils.report.evidence_join import Answer, join
from ansible_collections.branchline.l2tp.plugins.module_utils.secret_store import SecretStore
from ansible_collections.branchline.l2tp.plugins.module_utils.secrets_resolve import reader, resolve
from lane import HERE, ROOT, TOPOLOGY, Host

from lab import ca

COLLECTION = ROOT / "collections/ansible_collections/branchline/l2tp"
ROLES = COLLECTION / "roles"
CA = Path("/root/ca")
STORE = Path("/root/secrets")
ARCHIVE = Path("/root/branchline.pyz")
CHARON_LOG = """\
charon-systemd { filelog { lane {
  path = /var/log/charon.log
  default = 1
  flush_line = yes
  time_format = %T
} } }
"""
LNS = {
    "branchline_address": "203.0.113.10",
    "branchline_ppp_address": "10.20.0.1",
    "branchline_pools": {"branches": ["10.20.0.16-10.20.0.127"]},
    "branchline_lans": ["10.10.0.0/24"],
    "branchline_probe": "10.10.0.10",
}


def certificate(host: str) -> dict[str, str]:
    """The variables that give a host its certificate; the first of its names in the topology is its identity."""
    ca.write(CA, TOPOLOGY.name, TOPOLOGY.certificates)
    return {
        "branchline_id": TOPOLOGY.certificates[host][0],
        "branchline_certificate": (CA / f"{host}.crt").read_text(),
        "branchline_private_key": (CA / f"{host}.key").read_text(),
        "branchline_ca": (CA / "ca.crt").read_text(),
    }


@cache
def archive() -> bytes:
    """The engine's archive, built once a kernel."""
    spec = importlib.util.spec_from_file_location("engine_build", COLLECTION / "engine/build.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    module.build(ARCHIVE)
    return ARCHIVE.read_bytes()


def install(host: Host, backend: str) -> None:
    """What the roles `engine` and `ipsec` do."""
    units = "/etc/systemd/system"
    files = {
        "/usr/local/lib/branchline/branchline.pyz": archive(),
        f"{units}/branchline.service": (ROLES / "engine/files/branchline.service").read_bytes(),
        f"{units}/branchline-guard.service": (ROLES / "ipsec/files/branchline-guard.service").read_bytes(),
        f"{units}/strongswan.service.d/branchline.conf": (ROLES / "ipsec/files/strongswan.conf").read_bytes(),
        "/etc/sysctl.d/60-branchline-ipsec.conf": (ROLES / "ipsec/files/sysctl.conf").read_bytes(),
        "/etc/branchline/guard.nft": (ROLES / "ipsec/files/guard.nft").read_bytes(),
        "/etc/strongswan.d/branchline.conf": render_strongswan(backend).encode(),
        "/etc/strongswan.d/lane.conf": CHARON_LOG.encode(),
        "/usr/local/bin/systemctl": (HERE / "systemctl").read_bytes(),
    }
    host.call(write, files)
    host.run(PREPARE)


PREPARE = """\
getent passwd branchline >/dev/null ||
  useradd --system --user-group --home /nonexistent --no-create-home --shell /usr/sbin/nologin branchline
chmod 755 /usr/local/lib/branchline/branchline.pyz /usr/local/bin/systemctl
ln -sf /usr/local/lib/branchline/branchline.pyz /usr/local/bin/branchline
chmod 600 /etc/branchline/guard.nft
systemctl start branchline-guard strongswan
"""


def write(files: dict[str, bytes]) -> None:
    """Write files, on the host that it is called on."""
    for path, data in files.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(data)


def facts() -> dict[str, Any]:
    """What the module `info` tells of the host that it is called on."""
    return {name: fact.value for name, fact in gather(Machine()).items()}


def converged(desired: dict[str, Any], secrets: dict[str, str]) -> dict[str, Any]:
    """What the module `host` does on the host that it is called on."""
    return converge(Request("overridden", desired, secrets, []), Machine(), check_mode=False)


class Site:
    """Hosts and what an inventory says of them: `variables` by host.

    A host is an LNS if it has branchline_address, else a branch, unless it is in one of the `groups` of the Intent:
    gateways, lacs, remotes.
    """

    platforms: Mapping[str, Any] | None = None  # what the platforms of devices can do

    def __init__(self, hosts: dict[str, Host], variables: dict[str, dict[str, Any]], **groups: list[str]) -> None:
        self.hosts, self.variables, self.groups = hosts, variables, groups
        self.facts: dict[str, dict[str, Any]] = {}
        self.backends: dict[str, str] = {}
        self.plan: Plan | None = None

    @property
    def managed(self) -> dict[str, Host]:
        """The hosts that are ends of lines."""
        return {name: host for name, host in self.hosts.items() if name in self.variables}

    def planned(self) -> Plan:
        """The plan of all lines, from what the hosts' kernels have."""
        for name, host in self.managed.items():
            self.facts[name] = self.facts.get(name) or host.call(facts)
        others = [name for name in self.variables if name not in {*chain(*self.groups.values())}]
        lns = [name for name in others if "branchline_address" in self.variables[name]]
        branches = [name for name in others if name not in lns]
        self.plan = plan(Intent(lns, branches, self.variables, **self.groups), self.facts, platforms=self.platforms)
        return self.plan

    def _callers_last(self, names: Iterable[str]) -> list[str]:
        """LNSs, then what carries lines on to them, then those that open lines."""
        between = self.groups.get("gateways", []) + self.groups.get("lacs", [])
        calls = {name: "branchline_address" not in self.variables[name] for name in names}
        return sorted(calls, key=lambda name: 1 if name in between else 2 * calls[name])

    def apply(self) -> dict[str, list[str]]:
        """Bring every host to its part of the plan, the LNSs first; what changed, by host."""
        planned = self.planned()
        store = SecretStore(STORE)
        store.create_missing(source["store"] for source in planned.secrets.values() if "store" in source)
        changes = {}
        for name in self._callers_last(planned.hosts):
            desired = planned.hosts[name]
            self._install(name, desired["ipsec"]["backend"])
            secrets = resolve(references(desired), planned.secrets, reader(self.variables), store)
            changes[name] = self.hosts[name].call(converged, desired, secrets)["changes"]
        return changes

    def _install(self, name: str, wanted: str) -> None:
        """What the play does before it converges a host: the roles' part, and another charon for another backend."""
        backend, before = "libipsec" if wanted == "none" else wanted, self.backends.get(name)
        if before != backend:
            install(self.hosts[name], backend)
            self.backends[name] = backend
        if before not in (None, backend):
            self.hosts[name].run("systemctl restart strongswan")

    def answers(self, wait: float) -> dict[str, Answer]:
        """What each host says of its lines; the branches first: it is they who open lines."""
        lines, answers = self.plan.lines, {}
        for name in reversed(self._callers_last(self.plan.hosts)):
            own = [line for line in lines if name in line["ends"]]
            found = self.hosts[name].call(climb.climb, climb.Request(name, own, wait=wait))
            answers[name] = Answer(lines={line["name"]: line for line in found})
        return answers

    def verify(self, wait: float = 60.0) -> list[dict[str, Any]]:
        """Every line with both ends' evidence, as verify.json has it."""
        return join(self.plan.lines, self.answers(wait))

    def prove(self, wait: float = 60.0) -> dict[str, dict[str, Any]]:
        """Each line by name with its evidence; AssertionError with that of every rung that is not proven."""
        lines = self.verify(wait)
        wrong = [
            f"{line['name']}: {json.dumps(rung, indent=1)}"
            for line in lines
            for rung in line["rungs"]
            if not line["proven"] and not rung["ok"]
        ]
        assert not wrong, "\n".join(wrong)
        return {line["name"]: line for line in lines}
