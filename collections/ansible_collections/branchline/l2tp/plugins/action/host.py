# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolves the secrets of one host on the controller, right before the module of the same name runs there."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.branchline.l2tp.plugins.module_utils.host.secrets import references
from ansible_collections.branchline.l2tp.plugins.module_utils.secret_store import SecretStore
from ansible_collections.branchline.l2tp.plugins.module_utils.secrets_resolve import ResolveError, reader, resolve

CONTROLLER_ONLY = ("sources", "store")


class ActionModule(ActionBase):
    """Only the secrets that this host's desired state refers to leave the controller."""

    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Resolve, then run the module."""
        task_vars = task_vars or {}
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = {name: value for name, value in self._task.args.items() if name not in CONTROLLER_ONLY}
        if "sources" in self._task.args and arguments.get("state", "overridden") in ("overridden", "merged"):
            arguments["secrets"] = {**self._secrets(task_vars), **(arguments.get("secrets") or {})}
        ran = self._execute_module("branchline.l2tp.host", module_args=arguments, task_vars=task_vars)
        return {**result, **ran}

    def _secrets(self, task_vars: dict[str, Any]) -> dict[str, str]:
        wanted = references(self._task.args.get("desired"))
        check = bool(self._task.check_mode)
        try:
            store = SecretStore(self._store(task_vars))
            return resolve(wanted, self._task.args["sources"], reader(task_vars["hostvars"]), store, check=check)
        except ResolveError as error:
            raise AnsibleActionFail(f"secrets are missing, nothing was changed:\n{error}") from error

    def _store(self, task_vars: dict[str, Any]) -> str:
        given = self._task.args.get("store") or task_vars.get("branchline_secret_store")
        return str(self._templar.template(given)) if given else f"{task_vars['inventory_dir']}/.secrets"
