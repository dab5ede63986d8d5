#!/usr/bin/python
# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name; it runs on the controller alone."""

from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: Join both ends' evidence and write the reports
version_added: 0.1.0
description:
  - Joins what M(branchline.l2tp.verify) returned on both ends of every line of the plan, and compares what both ends
    must say alike.
  - A line with several LNSs is proven by the one that carries it, and a note says so if that is a standby.
  - A line is proven if each managed end that was asked has proven it. A host that is unreachable or has failed makes
    its lines fail with the reason; an end outside of the play (C(--limit)) is named and not asked.
  - Writes C(verify.json), C(junit.xml) (a line is a suite, a rung a case), C(report.html) (one self-contained page
    with a drawing of the topology) and C(branchline.prom) (for the textfile collector of Prometheus' node exporter).
  - Shows a table, and fails if a line is not proven.
  - Runs on the controller and connects to no host; run it once.
author:
  - Branchline maintainers (@branchline)
options:
  plan:
    description:
      - The name of the variable in which the play registered the result of M(branchline.l2tp.plan).
    type: str
    default: branchline_plan
  evidence:
    description:
      - The name of the variable in which each host registered the result of M(branchline.l2tp.verify).
    type: str
    default: branchline_verify
  directory:
    description:
      - Directory on the controller for the reports, created when it is missing.
    type: path
    required: true
  standby:
    description:
      - Whether a line that is on another LNS than one that it is meant to be on is proven there (V(accept)) or not at
        all (V(refuse)). LNSs of the lowest preference are meant.
    type: str
    choices: [accept, refuse]
    default: accept
  fail:
    description:
      - Whether a line that is not proven fails the task.
    type: bool
    default: true
requirements:
  - rich == 15.0.0 and junitparser == 5.0.3 in the Python that runs Ansible
attributes:
  check_mode:
    description: Runs in check mode as always, because it changes nothing but the reports.
    support: full
  diff_mode:
    description: Shows what differs in diff mode.
    support: none
seealso:
  - module: branchline.l2tp.verify
"""

EXAMPLES = r"""
- name: Say what is proven
  branchline.l2tp.report:
    directory: "{{ playbook_dir }}/reports"
  run_once: true
"""

RETURN = r"""
summary:
  description: How many lines there are, and how many are proven, failed and not asked;
    C(resting) of them are outside of their hours, where there are such.
  returned: always
  type: dict
  sample: {"lines": 4, "proven": 4, "failed": 0, "not_asked": 0}
files:
  description: The reports that were written.
  returned: always
  type: list
  elements: str
"""
