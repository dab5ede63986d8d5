# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network devices by their command lines, all of a play in one batch of threads; see the module of the same name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.branchline.l2tp.plugins.action.host import planned
from ansible_collections.branchline.l2tp.plugins.module_utils.secret_store import SecretStore, SecretStoreError
from ansible_collections.branchline.l2tp.plugins.module_utils.secrets_resolve import ResolveError, reader, resolve
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import driver
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet import batch, session
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.access import access
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.converge import (
    Device,
    Request,
    converge,
    opener,
    verify,
)

STATES = ("overridden", "merged", "absent", "gathered", "rendered", "parsed", "verified")
ARGUMENTS = {
    "plan": {"type": "str", "default": ""},
    "desired": {"type": "dict"},
    "state": {"type": "str", "choices": STATES, "default": "overridden"},
    "fleet": {"type": "bool", "default": False},
    "of": {"type": "str", "default": ""},
    "batch": {"type": "int", "default": 20},
    "timeout": {"type": "float", "default": 30.0},
    "minutes": {"type": "int", "default": 0},
    "wait": {"type": "float", "default": 0.0},
    "platform": {"type": "str", "default": ""},
    "running_config": {"type": "dict"},
    "secret_store": {"type": "path", "no_log": False},
    "session_log": {"type": "path"},
    "dest": {"type": "path"},
}


class ActionModule(ActionBase):
    """Runs on the controller alone: no connection of Ansible's, no Python on a device."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The result of one device; with `fleet` of all, under `devices`."""
        self._variables = variables = task_vars or {}
        made: dict[str, Any] = super().run(tmp, variables)
        _options, self._arguments = self.validate_argument_spec(argument_spec=ARGUMENTS)
        host, state = variables["inventory_hostname"], self._arguments["state"]
        if self._arguments["of"]:
            return {**made, **told(variables, self._arguments["of"], host)}
        if state == "parsed":
            return {**made, "changed": False, "parsed": self._parsed(host)}
        parts = self._parts(host)
        if state == "rendered":
            return {**made, **self._finished(parts)}
        results = self._batch(parts)
        if self._arguments["fleet"]:
            changed = any(one.get("changed") for one in results.values())
            return {**made, "changed": changed, "devices": results}
        return {**made, **results[host]}

    def _parts(self, host: str) -> dict[str, Any]:
        """The parts of the plan of the devices that this task is about."""
        if self._arguments["desired"] is not None:
            return {host: self._arguments["desired"]}
        if not self._arguments["plan"]:
            wanted = self._fleet() if self._arguments["fleet"] else [host]
            return {name: self._bare(name) for name in wanted}
        plan = planned(self._variables, self._arguments["plan"])
        if self._arguments["state"] == "rendered" and (self._arguments["fleet"] or host in plan["rendered"]):
            wanted = plan["rendered"] if self._arguments["fleet"] else [host]
            return {name: plan["rendered"][name] for name in wanted if "platform" in plan["rendered"][name]}
        devices = plan["devices"]
        if self._arguments["fleet"]:
            return {name: devices[name] for name in self._variables["ansible_play_hosts"] if name in devices}
        if host not in devices:
            raise AnsibleActionFail(f"the plan has no device {host}; set branchline_platform, and put it into a group")
        return {host: devices[host]}

    def _fleet(self) -> list[str]:
        """The hosts of the play that are devices."""
        hosts = self._variables["ansible_play_hosts"]
        return [name for name in hosts if self._said(name) not in ("", "linux")]

    def _said(self, host: str) -> str:
        """What the variables of a host say that it is."""
        return str(self._templar.template(self._variables["hostvars"][host].get("branchline_platform") or ""))

    def _bare(self, host: str) -> dict[str, Any]:
        """Without a plan only what needs none can be asked: everything of Branchline's is gathered, or goes."""
        if self._arguments["state"] not in ("gathered", "absent"):
            raise AnsibleActionFail(f"state {self._arguments['state']} wants plan, or desired")
        return {"host": host, "platform": self._platform(host), "device": None}

    def _platform(self, host: str) -> str:
        platform = self._arguments["platform"] or self._said(host)
        if platform not in driver.platforms():
            known = ", ".join(driver.platforms())
            raise AnsibleActionFail(f"{host}: platform {platform!r} is none of {known}; set branchline_platform")
        return str(platform)

    def _parsed(self, host: str) -> Any:
        if self._arguments["running_config"] is None:
            raise AnsibleActionFail("state parsed wants running_config: {command: its output}")
        return driver.parse(self._platform(host), self._arguments["running_config"], {})

    def _finished(self, parts: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self._rendered(parts)
        except (ResolveError, SecretStoreError, ValueError, OSError) as error:
            raise AnsibleActionFail(f"rendered: {error}") from error

    def _rendered(self, parts: Mapping[str, Any]) -> dict[str, Any]:
        """Texts with placeholders; with `dest` finished files, secrets and all, for their owner alone."""
        shown = {name: driver.text(part["platform"], driver.wanted(part)) for name, part in parts.items()}
        changed = False
        if self._arguments["dest"]:
            for part in parts.values():
                name, text = driver.document(part["platform"], part, self._secrets(part))
                changed |= write_file(Path(self._arguments["dest"]) / name, text, check=bool(self._task.check_mode))
        return {"changed": changed, "rendered": shown}

    def _batch(self, parts: Mapping[str, Any]) -> dict[str, Any]:
        if parts and session.MISSING is not None:
            raise AnsibleActionFail(
                "the Python that runs Ansible lacks netmiko: install what requirements.txt says"
            ) from session.MISSING
        arguments = self._arguments
        request = Request(arguments["state"], bool(self._task.check_mode), arguments["timeout"], arguments["minutes"])
        devices, failed = self._devices(parts)
        values = [secret for device in devices.values() for secret in device.hidden]
        done = batch.each(
            devices,
            lambda name: self._work(devices[name], request),
            arguments["batch"],
            lambda text: hide(text, values),
        )
        return {name: done.get(name) or failed[name] for name in parts}

    def _work(self, device: Device, request: Request) -> dict[str, Any]:
        sessions: list[session.Session] = []
        reach = opener(device, request, sessions)
        try:
            if request.state == "verified":
                wait = 0.0 if request.check else self._arguments["wait"]
                return verify(device, self._lines(device.name), reach, wait)
            return converge(device, request, reach)
        finally:
            if self._arguments["session_log"]:
                write_log(Path(self._arguments["session_log"]) / f"{device.name}.log", sessions)

    def _lines(self, host: str) -> list[Mapping[str, Any]]:
        return [line for line in planned(self._variables, self._arguments["plan"])["lines"] if host in line["ends"]]

    def _devices(self, parts: Mapping[str, Any]) -> tuple[dict[str, Device], dict[str, Any]]:
        """The devices with their secrets and addresses; those that lack one, with the reason, are failures."""
        known: dict[str, Device] = {}
        failed = {}
        for name, part in parts.items():
            found = self._found(name, part)
            if isinstance(found, Device):
                known[name] = found
            else:
                failed[name] = {"failed": True, "changed": False, "msg": found}
        return known, failed

    def _found(self, name: str, part: Mapping[str, Any]) -> Device | str:
        """The device, or why it cannot be had."""
        try:
            return self._device(name, part)
        except (ResolveError, SecretStoreError, KeyError, ValueError, OSError) as error:
            return f"{name}: nothing was changed: {error}"

    def _device(self, name: str, part: Mapping[str, Any]) -> Device:
        hostvars = self._variables["hostvars"]
        reach = access(name, hostvars[name])
        secrets = self._secrets(part) if part.get("device") else {}
        return Device(name, part["platform"], reach, part, secrets)

    def _secrets(self, part: Mapping[str, Any]) -> dict[str, str]:
        wanted = driver.references(part)
        sources = planned(self._variables, self._arguments["plan"])["secrets"] if self._arguments["plan"] else {}
        hostvars = self._variables["hostvars"]
        draws = not self._task.check_mode and self._arguments["state"] != "absent"
        return resolve(wanted, sources, reader(hostvars), SecretStore(self._store()), check=not draws)

    def _store(self) -> str:
        given = self._arguments["secret_store"] or self._variables.get("branchline_secret_store")
        return (
            str(self._templar.template(given)) if given else f"{self._variables.get('inventory_dir') or '.'}/.secrets"
        )


def told(variables: Mapping[str, Any], name: str, host: str) -> dict[str, Any]:
    """A device's own result out of a batch's, which a task registered."""
    if name not in variables or "devices" not in variables[name]:
        raise AnsibleActionFail(f"of: no task with fleet registered its result in {name}")
    devices: Mapping[str, dict[str, Any]] = variables[name]["devices"]
    if host not in devices:
        raise AnsibleActionFail(
            f"{host} was not in the batch that {name} is the result of: it is no device of the plan"
        )
    return dict(devices[host])


def hide(text: str, values: list[str]) -> str:
    """The text without secrets; for errors of which nobody knows where they come from."""
    for value in values:
        text = text.replace(value, "«masked»")
    return text


def write_log(path: Path, sessions: list[session.Session]) -> None:
    """What was said in the sessions with one device."""
    write_file(path, "\n".join(one.told() for one in sessions), check=False)


def write_file(path: Path, text: str, *, check: bool) -> bool:
    """Write a file for its owner alone, unless it is the same already; whether it was not."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    if check:
        return True
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)
        file.write(text)
    return True
