#!/usr/bin/python
# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Climb the ladder on one host: this end's evidence about each of its lines."""

from __future__ import annotations

DOCUMENTATION = r"""
module: verify
short_description: Prove this host's ends of its lines
version_added: 0.1.0
description:
  - Climbs seven rungs for every line that this host is an end of, and returns what was measured on each of them.
  - The rungs are 1 the daemons, 2 the IKE SA, 3 the child SA, 4 the L2TP session with its PPP link and address,
    5 the routes, 6 traffic up to the line's full MTU with DF, 7 the SA's counters and a capture without cleartext.
  - Waits for lines that a play has just applied. All lines are asked about at once and their traffic flows at the same
    time, so that many lines take about as long as one.
  - Changes nothing. A line that does not hold is a result and not a failure of the task; M(branchline.l2tp.report)
    joins the evidence of both ends and fails.
author:
  - Branchline maintainers (@branchline)
options:
  lines:
    description:
      - The plan's lines that this host is an end of, as M(branchline.l2tp.plan) returns them.
      - The action plugin of this module takes them from O(plan) when they are left out.
    type: list
    elements: dict
    default: []
  plan:
    description:
      - The name of the variable in which a play registered the plan; read on the controller only.
    type: str
    default: ""
  devices:
    description:
      - The name of the variable in which a play registered the evidence of the network devices, of
        M(branchline.l2tp.device_lines) with O(branchline.l2tp.device_lines#module:state=verified); read on the
        controller only. A device has no Python, so that its answer comes from there.
    type: str
    default: ""
  host:
    description:
      - This host's name in the plan. The inventory's name when it is left out.
    type: str
    default: ""
  wait:
    description:
      - How many seconds to wait for all lines to be open before they are judged as they are.
    type: float
    default: 60.0
  pings:
    description:
      - How many ordinary echo requests to send to each target.
    type: int
    default: 5
  sample:
    description:
      - How many lines to send traffic on, V(0) for all. The same lines are chosen in each run.
    type: int
    default: 0
  control_socket:
    description:
      - The engine's control socket.
    type: path
    default: /run/branchline/control.sock
  vici_socket:
    description:
      - The socket at which charon is asked for its security associations.
    type: path
    default: /run/charon.vici
  config:
    description:
      - The engine's configuration, whose digest must be the one that the engine runs with.
    type: path
    default: /etc/branchline/engine.json
requirements:
  - root on the host, for echo requests and the capture
attributes:
  check_mode:
    description: Runs in check mode as always, because it changes nothing.
    support: full
  diff_mode:
    description: Shows what differs in diff mode.
    support: none
seealso:
  - module: branchline.l2tp.report
"""

EXAMPLES = r"""
- name: Plan the lines
  branchline.l2tp.plan:
  run_once: true
  register: branchline_plan

- name: Climb the ladder at this end
  branchline.l2tp.verify:
    plan: branchline_plan
    wait: 30
  register: branchline_verify
"""

RETURN = r"""
lines:
  description: This end's answer for each line.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The line.
      type: str
      sample: oslo-lns1
    end:
      description: This host.
      type: str
      sample: oslo
    role:
      description: Which end it is, V(branch) or V(lns).
      type: str
      sample: branch
    state:
      description: The line's state at the engine.
      type: str
      sample: open
    carried_by:
      description: The LNS that carries the line, as this end knows it; null if it is not open here.
      type: str
      sample: lns1
    because:
      description: Why the line is not on the LNS that it is meant to be on, in the engine's words, or null.
      type: str
    ok:
      description: Whether no rung failed.
      type: bool
    rungs:
      description:
        - Seven entries with RV(ignore:rung), RV(ignore:name), RV(ignore:ok) (null where nothing was asked),
          RV(ignore:evidence), RV(ignore:what) and RV(ignore:remedy).
      type: list
      elements: dict
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.climb import Request, climb
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.observe import Paths

ARGUMENTS: dict[str, dict[str, Any]] = {
    "lines": {"type": "list", "elements": "dict", "default": []},
    "plan": {"type": "str", "default": ""},
    "devices": {"type": "str", "default": ""},
    "host": {"type": "str", "default": ""},
    "wait": {"type": "float", "default": 60.0},
    "pings": {"type": "int", "default": 5},
    "sample": {"type": "int", "default": 0},
    "control_socket": {"type": "path", "default": "/run/branchline/control.sock"},
    "vici_socket": {"type": "path", "default": "/run/charon.vici"},
    "config": {"type": "path", "default": "/etc/branchline/engine.json"},
}


def request(params: dict[str, Any]) -> Request:
    """The module's arguments as the climb wants them."""
    return Request(
        host=params["host"],
        lines=params["lines"],
        wait=params["wait"],
        sample=params["sample"],
        pings=params["pings"],
        paths=Paths(params["control_socket"], params["vici_socket"], params["config"]),
    )


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    if not module.params["lines"]:
        module.exit_json(changed=False, lines=[])
    try:
        lines = climb(request(module.params))
    except (OSError, ValueError, KeyError) as error:
        module.fail_json(msg=f"the lines cannot be verified here: {type(error).__name__}: {error}")
    module.exit_json(changed=False, lines=lines)


if __name__ == "__main__":
    main()
