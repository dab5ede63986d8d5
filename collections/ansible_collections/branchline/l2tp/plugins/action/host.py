# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of M(branchline.l2tp.host): a host gets its own part of the plan, and its own secrets only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.branchline.l2tp.plugins.module_utils.host.secrets import references
from ansible_collections.branchline.l2tp.plugins.module_utils.host.texts import masked_files
from ansible_collections.branchline.l2tp.plugins.module_utils.secret_store import SecretStore, SecretStoreError
from ansible_collections.branchline.l2tp.plugins.module_utils.secrets_resolve import ResolveError, reader, resolve

CONTROLLER_ONLY = ("plan", "secret_store", "dest")


class ActionModule(ActionBase):
    """Takes the host's desired state out of a registered plan, and resolves its secrets right before the module."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Resolve, then run the module."""
        variables = task_vars or {}
        result: dict[str, Any] = super().run(tmp, variables)
        arguments = {name: value for name, value in self._task.args.items() if name not in CONTROLLER_ONLY}
        state = arguments.get("state", "overridden")
        if self._task.args.get("plan") and state in ("overridden", "merged", "rendered"):
            plan = planned(variables, str(self._task.args["plan"]))
            arguments.setdefault("desired", desired(plan, variables["inventory_hostname"], state))
            if state != "rendered":
                arguments["secrets"] = self._secrets(arguments["desired"], plan["secrets"], variables)
        if state == "rendered" and "desired" in arguments:  # no host is touched, nor asked
            return {**result, **self._rendered(arguments["desired"])}
        ran = self._execute_module("branchline.l2tp.host", module_args=arguments, task_vars=variables)
        return {**result, **ran}

    def _rendered(self, wanted: Any) -> dict[str, Any]:
        files = masked_files(wanted, {}, "")
        dest = self._task.args.get("dest")
        changed = bool(dest) and write_rendered(Path(dest).expanduser(), files, check=bool(self._task.check_mode))
        return {"changed": changed, "rendered": files}

    def _secrets(self, wanted: Any, sources: Mapping[str, Any], variables: dict[str, Any]) -> dict[str, str]:
        store = SecretStore(self._store(variables))
        try:
            check = bool(self._task.check_mode)
            return resolve(references(wanted), sources, reader(variables["hostvars"]), store, check=check)
        except (ResolveError, SecretStoreError) as error:
            raise AnsibleActionFail(f"secrets are missing, nothing was changed:\n{error}") from error

    def _store(self, variables: dict[str, Any]) -> str:
        given = self._task.args.get("secret_store") or variables.get("branchline_secret_store")
        return str(self._templar.template(given)) if given else f"{variables.get('inventory_dir') or '.'}/.secrets"


def write_rendered(dest: Path, files: Mapping[str, str], *, check: bool) -> bool:
    """Write the texts below each other into a file of the controller; whether it was not the same already."""
    text = "\n".join(f"##### {path}\n{files[path]}" for path in sorted(files))
    if dest.is_file() and dest.read_text(encoding="utf-8") == text:
        return False
    if not check:
        dest.parent.mkdir(parents=True, exist_ok=True)
        dest.write_text(text, encoding="utf-8")
    return True


def planned(variables: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The plan that a task registered in a variable. It is looked up here, since a template would copy all of it."""
    if name not in variables:
        raise AnsibleActionFail(f"plan: there is no variable {name}; register the result of branchline.l2tp.plan in it")
    plan: Mapping[str, Any] = variables[name].get("plan", variables[name])
    return plan


def desired(plan: Mapping[str, Any], host: str, state: str) -> Any:
    """A host's own part of the plan."""
    hosts = plan["rendered" if state == "rendered" and host in plan["rendered"] else "hosts"]
    if host not in hosts:
        raise AnsibleActionFail(
            f"the plan has nothing for {host}; it has to be in the group of the branches or of the LNSs, and managed"
        )
    return hosts[host]
