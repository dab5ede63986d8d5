#!/usr/bin/python
# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of a host that decide how its lines can run."""

from __future__ import annotations

DOCUMENTATION = r"""
module: info
short_description: Tell what a host has for L2TP/IPsec lines
version_added: 0.1.0
description:
  - Tries what the host's kernel can do instead of guessing it from versions. Each answer comes with its reason.
  - ESP and AH are tried by adding a state in a network namespace of its own, which goes away at once.
author:
  - Branchline maintainers (@branchline)
options: {}
attributes:
  check_mode:
    description: Changes nothing in any mode; a kernel may load the modules that it is asked for.
    support: full
  diff_mode:
    description: Changes nothing.
    support: none
  platform:
    description: Hosts that it runs on.
    platforms: Linux
    support: full
requirements:
  - root
"""

EXAMPLES = r"""
- name: Ask the host
  branchline.l2tp.info:
  register: host

- name: Say where ESP will be done and why
  ansible.builtin.debug:
    msg: "{{ host.facts.kernel_esp | ternary('kernel', 'user space') }}: {{ host.reasons.kernel_esp }}"
"""

RETURN = r"""
facts:
  description: What the host has.
  returned: success
  type: dict
  contains:
    python:
      description: Version of the host's Python.
      type: str
      sample: 3.11.2
    kernel:
      description: Release of the kernel.
      type: str
    kernel_esp:
      description: Whether the kernel has ESP.
      type: bool
    kernel_ah:
      description: Whether the kernel has AH.
      type: bool
    kernel_l2tp:
      description: Whether the kernel has L2TP for PPP.
      type: bool
    kernel_ppp:
      description: Whether the kernel has PPP units.
      type: bool
    tun:
      description: Whether there are TUN devices.
      type: bool
    strongswan:
      description: Version of the installed strongSwan, null without.
      type: str
    engine:
      description: Version of the running engine, null when none runs.
      type: str
reasons:
  description: Why each fact is as it is.
  returned: success
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.branchline.l2tp.plugins.module_utils.host.facts import gather
from ansible_collections.branchline.l2tp.plugins.module_utils.host.machine import Machine


def main() -> None:
    """Entry point."""
    module = AnsibleModule({}, supports_check_mode=True)
    found = gather(Machine())
    facts = {name: fact.value for name, fact in found.items()}
    module.exit_json(changed=False, facts=facts, reasons={name: fact.reason for name, fact in found.items()})


if __name__ == "__main__":
    main()
