#!/usr/bin/python
# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network devices through their command lines; the work is done on the controller, by the action plugin."""

from __future__ import annotations

DOCUMENTATION = r"""
module: device_lines
short_description: Bring network devices to their part of the plan, through their command lines
version_added: 0.2.0
description:
  - Looks at what a device has, works out the commands that lead to its part of the plan, and sends them as one
    transaction. A device that is as it should be is only looked at.
  - The device takes a change back by itself unless it is confirmed, and it is confirmed over a fresh session only,
    after the configuration was read again and is what was asked for. How it does so is data of its driver package, for
    example C(configure terminal revert timer), C(reload in), C(commit-confirm) or a scheduled script.
  - Nothing is sent to a device whose ssh host key is not in known_hosts, or whose serial number is another one than
    C(branchline_serial) says.
  - Runs on the controller, with netmiko. With O(fleet) one task serves all devices of the play in threads, and each
    device has a result of its own; a second task with O(of) tells it as that device's.
author:
  - Branchline maintainers (@branchline)
options:
  plan:
    description:
      - Name of the variable in which the play registered the result of M(branchline.l2tp.plan).
    type: str
    default: ""
  desired:
    description:
      - A device's part of a plan, instead of O(plan); it must have no references to secrets.
    type: dict
  state:
    description:
      - V(overridden) makes of what is Branchline's on the device exactly what the plan says.
      - V(merged) adds and updates, and keeps the lines that are not in the plan.
      - V(absent) removes the plan's part; without O(plan) and O(desired) everything of Branchline's.
      - V(gathered) changes nothing and returns the present state.
      - V(parsed) reads O(running_config) and asks no device.
      - V(rendered) asks no device; with O(dest) it writes finished configurations.
      - V(verified) returns the device's evidence about its lines, as M(branchline.l2tp.verify) does of hosts.
    type: str
    choices: [overridden, merged, absent, gathered, rendered, parsed, verified]
    default: overridden
  fleet:
    description:
      - Serve all devices of the play that the plan has, in this one task (C(run_once)), and return RV(devices).
      - With O(state=rendered) all unmanaged devices and clients of the plan.
      - Without O(plan) all hosts of the play whose C(branchline_platform) is a device's.
    type: bool
    default: false
  of:
    description:
      - Name of the variable in which a task with O(fleet) registered its result; this device's part of it is returned.
    type: str
    default: ""
  batch:
    description:
      - How many devices to serve at a time.
    type: int
    default: 20
  timeout:
    description:
      - How many seconds a device may take for one answer.
    type: float
    default: 30.0
  minutes:
    description:
      - After how many minutes a device takes an unconfirmed change back; V(0) is what its driver package says.
    type: int
    default: 0
  wait:
    description:
      - With O(state=verified), how many seconds lines may take to open.
    type: float
    default: 0.0
  platform:
    description:
      - The platform, where neither O(plan) nor the variable C(branchline_platform) says it.
    type: str
    default: ""
  running_config:
    description:
      - For O(state=parsed), the output of each command that shows the configuration, by command.
    type: dict
  secret_store:
    description:
      - Directory that keeps the generated secrets.
      - The default is the variable C(branchline_secret_store), else C(.secrets) beside the inventory.
    type: path
  session_log:
    description:
      - Directory for a transcript of the sessions with each device, secrets masked, readable by its owner alone.
    type: path
  dest:
    description:
      - For O(state=rendered), a directory that gets each finished configuration as a file of mode 0600, with secrets.
    type: path
attributes:
  check_mode:
    description: Looks at the devices and says what would be sent; sends nothing that changes anything.
    support: full
  diff_mode:
    description: Shows the configuration before and after in the device's own words, references in place of secrets.
    support: full
requirements:
  - netmiko, on the controller
"""

EXAMPLES = r"""
- name: Converge all devices of the play, 20 at a time
  branchline.l2tp.device_lines:
    plan: branchline_plan
    fleet: true
  run_once: true
  register: branchline_devices

- name: Tell of each device what became of it
  branchline.l2tp.device_lines:
    of: branchline_devices

- name: What does this device have?
  branchline.l2tp.device_lines:
    state: gathered
"""

RETURN = r"""
devices:
  description: The result of each device, by its name; a failed one has C(failed) and C(msg).
  returned: with O(fleet)
  type: dict
before:
  description: What of the device's configuration is Branchline's, in its own words, as it was.
  returned: when O(state) is V(overridden), V(merged), V(absent) or V(gathered)
  type: str
after:
  description: The same, as it is.
  returned: when O(state) is V(overridden), V(merged) or V(absent)
  type: str
commands:
  description: The commands that lead from one to the other, references in place of secrets.
  returned: when O(state) is V(overridden), V(merged) or V(absent)
  type: list
  elements: str
  sample: [interface Virtual-PPP1, ip mtu 1360, exit]
transaction:
  description: How the device would have taken the change back.
  returned: when something was changed
  type: str
  sample: revert timer
candidate:
  description: The difference that the device itself showed before it took the change, secrets masked.
  returned: when something was changed, and the platform can show it
  type: str
gathered:
  description: What of the device's configuration is Branchline's, as a state.
  returned: when O(state=gathered)
  type: dict
parsed:
  description: The same, of O(running_config).
  returned: when O(state=parsed)
  type: dict
rendered:
  description: Configuration of each device or client, references in place of secrets.
  returned: when O(state=rendered)
  type: dict
lines:
  description: The device's evidence about each line, as M(branchline.l2tp.verify) returns it.
  returned: when O(state=verified)
  type: list
  elements: dict
"""
