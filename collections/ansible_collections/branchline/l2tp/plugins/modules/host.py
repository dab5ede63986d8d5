#!/usr/bin/python
# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Converges one host; the work is done in module_utils/host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: host
short_description: Bring a host's L2TP/IPsec lines to the desired state
version_added: 0.1.0
description:
  - Observes the host, works out what differs from the desired state, and changes only that, live.
  - Writes the engine's configuration, strongSwan's connections, secrets and certificates, and the guard of the packet
    filter; loads what changed; starts what does not run; and repairs what other hands changed since.
  - The guard comes first and goes last, so that L2TP is never sent or accepted in clear. Lines that did not change keep
    their sessions and their security associations.
  - Has the engine check the configuration before anything is written.
  - The module M(branchline.l2tp.plan) computes the desired state of every host; no secret is in it.
author:
  - Branchline maintainers (@branchline)
options:
  desired:
    description:
      - The desired state of this host as the plan gives it, with references where secrets stand.
      - Required for O(state=overridden), O(state=merged) and O(state=rendered), unless O(plan) is given.
    type: dict
  secrets:
    description:
      - Value of each reference in O(desired). The action plugin of this module fills it in when O(plan) is given.
    type: dict
    default: {}
  plan:
    description:
      - Name of the variable in which the play registered the result of M(branchline.l2tp.plan).
      - O(desired) is then this host's part of it, and O(secrets) are resolved on the controller right before the module
        runs. Used on the controller only.
    type: str
    default: ""
  secret_store:
    description:
      - Directory on the controller that keeps the generated secrets. Used on the controller only.
      - The default is the variable C(branchline_secret_store), else C(.secrets) beside the inventory.
    type: path
  dest:
    description:
      - For O(state=rendered), a file on the controller that the texts are written to, below each other.
    type: path
  state:
    description:
      - V(overridden) makes the host exactly what O(desired) says; lines that are not in it are removed.
      - V(merged) adds and updates, and keeps the lines that are not in O(desired).
      - V(absent) removes the lines named by O(lines), or without names everything that Branchline wrote on the host.
      - V(gathered) changes nothing and returns the present state and what has drifted from it.
      - V(rendered) returns the files as texts with the secrets masked, and touches no host.
    type: str
    choices: [overridden, merged, absent, gathered, rendered]
    default: overridden
  lines:
    description:
      - Names of the lines to remove, for O(state=absent).
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    description: Says what would change and changes nothing; the engine, if it is installed, checks the configuration.
    support: full
  diff_mode:
    description: Shows the files before and after, secrets by reference and fingerprint.
    support: full
  platform:
    description: Hosts that it runs on.
    platforms: Debian 12 or newer
    support: full
requirements:
  - the roles C(branchline.l2tp.engine) and C(branchline.l2tp.ipsec) were applied to the host
  - root
"""

EXAMPLES = r"""
- name: Plan once for the whole inventory
  branchline.l2tp.plan:
  run_once: true
  register: planned

- name: Converge this host
  branchline.l2tp.host:
    plan: planned

- name: Remove one line at once
  branchline.l2tp.host:
    state: absent
    lines: [oslo-lns1]

- name: Has anybody changed something by hand?
  branchline.l2tp.host:
    state: gathered
  register: present
  failed_when: present.gathered.drift | length > 0
"""

RETURN = r"""
changes:
  description: What changed, in plain words, line by line; or what would in check mode.
  returned: when O(state) is V(overridden), V(merged) or V(absent)
  type: list
  elements: str
  sample: ["line oslo-lns1 added", "the guard was not loaded"]
steps:
  description: What was done about it, in order.
  returned: when O(state) is V(overridden), V(merged) or V(absent)
  type: list
  elements: str
  sample: ["writing /etc/branchline/engine.json", "having the engine apply /etc/branchline/engine.json"]
before:
  description: The lines and settings that differ, as they were, secrets by reference and fingerprint.
  returned: when O(state) is V(overridden), V(merged) or V(absent)
  type: dict
after:
  description: The lines and settings that differ, as they are.
  returned: when O(state) is V(overridden), V(merged) or V(absent)
  type: dict
done:
  description: When a step failed, the steps before it, which are in effect.
  returned: failure
  type: list
  elements: str
gathered:
  description: The state that was applied last, its lines, its secrets by fingerprint, and the drift.
  returned: when O(state=gathered)
  type: dict
  contains:
    desired:
      description: The desired state with references; null when nothing was applied.
      type: dict
    lines:
      description: Names of the lines that end here.
      type: list
      elements: str
    secrets:
      description: Fingerprint of each secret, which only this host can compute.
      type: dict
    drift:
      description: What is not as it was applied, in plain words.
      type: list
      elements: str
rendered:
  description: Text of each file by its path, secrets by reference.
  returned: when O(state=rendered)
  type: dict
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.branchline.l2tp.plugins.module_utils.control import EngineAbsentError, EngineError
from ansible_collections.branchline.l2tp.plugins.module_utils.host.apply import StepFailedError
from ansible_collections.branchline.l2tp.plugins.module_utils.host.converge import Request, converge, gather
from ansible_collections.branchline.l2tp.plugins.module_utils.host.machine import CommandError, Machine
from ansible_collections.branchline.l2tp.plugins.module_utils.host.secrets import MissingSecretError
from ansible_collections.branchline.l2tp.plugins.module_utils.host.texts import masked_files

ARGUMENTS = {
    "desired": {"type": "dict"},
    "secrets": {"type": "dict", "default": {}, "no_log": True},
    "plan": {"type": "str", "default": ""},
    "secret_store": {"type": "path", "no_log": False},
    "dest": {"type": "path"},
    "state": {
        "type": "str",
        "choices": ["overridden", "merged", "absent", "gathered", "rendered"],
        "default": "overridden",
    },
    "lines": {"type": "list", "elements": "str", "default": []},
}
NEEDS_DESIRED = [("state", state, ["desired"]) for state in ("overridden", "merged", "rendered")]


def run(module: AnsibleModule) -> dict[str, Any]:
    """The module's result; raises what the layers below raise."""
    params = module.params
    if params["state"] == "rendered":
        return {"changed": False, "rendered": masked_files(params["desired"], {}, "")}
    host = Machine()
    if params["state"] == "gathered":
        return {"changed": False, "gathered": gather(host)}
    request = Request(params["state"], params["desired"], params["secrets"], params["lines"])
    return converge(request, host, check_mode=module.check_mode)


def main() -> None:
    """Entry point."""
    module = AnsibleModule(ARGUMENTS, supports_check_mode=True, required_if=NEEDS_DESIRED)
    try:
        result = run(module)
    except StepFailedError as error:
        module.fail_json(msg=str(error), done=error.done)
    except (CommandError, EngineError, EngineAbsentError) as error:
        module.fail_json(msg=f"nothing was changed: the engine does not accept the configuration: {error}", done=[])
    except (MissingSecretError, ValueError) as error:
        module.fail_json(msg=f"nothing was changed: {error}", done=[])
    for warning in result.pop("warnings", []):
        module.warn(warning)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
