# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans all lines of the inventory on the controller; see the module of the same name for its documentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.branchline.l2tp.plugins.module_utils import inventory_intent
from ansible_collections.branchline.l2tp.plugins.module_utils.facts_cache import FactsCache
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.compute import Plan, plan
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import PlanErrors
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Intent
from ansible_collections.branchline.l2tp.plugins.module_utils.secret_store import SecretStore, SecretStoreError
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import driver

GROUPS = {name: name for name in inventory_intent.GROUPS}
CONNECTION = (  # how a host was reached last, remembered for when it leaves the inventory; never a password
    "ansible_host", "ansible_port", "ansible_user", "ansible_ssh_common_args", "ansible_ssh_args",
    "ansible_ssh_extra_args", "ansible_ssh_private_key_file", "ansible_python_interpreter",
)  # fmt: skip
ARGUMENTS = {
    "facts": {"type": "dict", "default": {}},
    "facts_cache": {"type": "path"},
    "secret_store": {"type": "path"},
    "generate_secrets": {"type": "bool", "default": True},
    "groups": {"type": "dict"},
}


class ActionModule(ActionBase):
    """Looks at the whole inventory, never at the hosts of the play: --limit must not drop a peer."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the plan, never `changed`; one failure lists every error."""
        variables = task_vars or {}
        result: dict[str, Any] = super().run(tmp, variables)
        _options, arguments = self.validate_argument_spec(argument_spec=ARGUMENTS)
        intent = self._intent(arguments["groups"], variables)
        cache = FactsCache(self._path(arguments, "facts_cache", variables))
        facts = self._facts(cache, arguments["facts"], intent, variables["hostvars"])
        planned = _plan(intent, facts, store=arguments["generate_secrets"])
        drawn = [] if self._task.check_mode else _draw(planned, self._path(arguments, "secret_store", variables))
        left = _left(cache, intent, variables)
        result.update(changed=False, plan=planned.as_dict(), drawn=drawn, left=left, facts_cache=str(cache.directory))
        if planned.warnings:
            result["warnings"] = [*result.get("warnings", []), *planned.warnings]
        return result

    def _intent(self, groups: dict[str, str] | None, variables: dict[str, Any]) -> Intent:
        names = {**GROUPS, **(groups or self._variable("branchline_groups", variables) or {})}
        unknown = sorted(set(names) - set(GROUPS))
        if unknown:
            raise AnsibleActionFail(f"groups: {', '.join(unknown)} is unknown; only {', '.join(GROUPS)} can be named")
        if names["lns"] not in variables["groups"]:
            raise AnsibleActionFail(
                f"the inventory has no group {names['lns']!r}; make it, or name it in branchline_groups"
            )
        hostvars = variables["hostvars"]
        return inventory_intent.read(variables["groups"], names, hostvars, hostvars.raw_get)

    def _facts(self, cache: FactsCache, told: dict[str, Any], intent: Intent, hostvars: Any) -> Mapping[str, Any]:
        """The last known facts under those of this run, which are remembered."""
        fresh = {
            host: {**own, "connection": _connection(hostvars, host)}
            for host, own in told.items()
            if isinstance(own, Mapping)
        }
        known = {**cache.read(intent.hosts), **fresh}
        if not self._task.check_mode:
            try:
                cache.write(fresh)
            except OSError as error:
                raise AnsibleActionFail(f"facts_cache: {error}") from error
        return known

    def _path(self, arguments: dict[str, Any], name: str, variables: dict[str, Any]) -> str:
        """A directory on the controller: of the argument, of the variable, or beside the inventory."""
        default = f"{variables.get('inventory_dir') or '.'}/.{'facts' if name == 'facts_cache' else 'secrets'}"
        return str(arguments[name] or self._variable(f"branchline_{name}", variables) or default)

    def _variable(self, name: str, variables: dict[str, Any]) -> Any:
        return self._templar.template(variables[name]) if name in variables else None


def _connection(hostvars: Any, host: str) -> dict[str, Any]:
    """How to reach a host; a variable that cannot be templated for it is left out."""
    found = hostvars.get(host) or {}
    return {name: found[name] for name in CONNECTION if name in found and found[name] is not None}


def _left(cache: FactsCache, intent: Intent, variables: dict[str, Any]) -> list[dict[str, Any]]:
    """Hosts that had lines once and have none now; of those the inventory no longer has, how they were reached."""
    former = [host for host in cache.hosts() if host not in set(intent.hosts)]
    return [{"name": host, "connection": _last(cache, host, variables["hostvars"])} for host in former]


def _last(cache: FactsCache, host: str, hostvars: Any) -> dict[str, Any]:
    return {} if host in hostvars else cache.read([host]).get(host, {}).get("connection", {})


def _plan(intent: Intent, facts: Mapping[str, Any], *, store: bool) -> Plan:
    try:
        return plan(intent, facts, store=store, platforms=driver.all_capabilities())
    except PlanErrors as errors:
        count = len(errors.errors)
        raise AnsibleActionFail(f"{count} errors in the inventory; nothing was touched:\n{errors}") from errors


def _draw(planned: Plan, directory: str) -> list[str]:
    """Draw the generated secrets that are not in the store yet; their references."""
    try:
        return SecretStore(directory).create_missing(
            source["store"] for source in planned.secrets.values() if "store" in source
        )
    except SecretStoreError as error:
        raise AnsibleActionFail(f"secret_store: {error}") from error
