# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of M(branchline.l2tp.verify): each host gets its lines of the plan; devices have answered."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.branchline.l2tp.plugins.action.device_lines import told
from ansible_collections.branchline.l2tp.plugins.action.host import planned


def own_lines(plan: dict[str, Any], host: str) -> list[dict[str, Any]]:
    """The lines that a host is or may be an end of, of a plan or of the registered result that holds it."""
    return [line for line in plan.get("plan", plan).get("lines", []) if _concerns(line, host)]


def _concerns(line: dict[str, Any], host: str) -> bool:
    return host in line["ends"] or any(host in other["ends"] for other in line.get("standby") or ())


class ActionModule(ActionBase):
    """Runs the module with `host` and `lines` filled in."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Fail for a plan that no task registered; else what the module returns."""
        variables = task_vars or {}
        result: dict[str, Any] = super().run(tmp, variables)
        arguments = dict(self._task.args)
        arguments["host"] = arguments.get("host") or variables["inventory_hostname"]
        name = arguments.get("plan")
        if name and not arguments.get("lines"):
            if name not in variables:
                raise AnsibleActionFail(
                    f"plan: there is no variable {name}; register the result of branchline.l2tp.plan in it"
                )
            arguments["lines"] = own_lines(variables[name], arguments["host"])
        devices = arguments.pop("devices", "")
        if devices and name and arguments["host"] in planned(variables, name).get("devices", {}):
            return {**result, **told(variables, devices, arguments["host"])}
        result.update(self._execute_module("branchline.l2tp.verify", module_args=arguments, task_vars=variables))
        return result
