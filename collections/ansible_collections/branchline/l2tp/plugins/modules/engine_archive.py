#!/usr/bin/python
# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name; it runs on the controller alone."""

from __future__ import annotations

DOCUMENTATION = r"""
module: engine_archive
short_description: Build the engine's archive on the controller
version_added: 0.1.0
description:
  - Writes the engine and its pinned pure-Python dependencies into one file that a host's Python runs.
  - The same inputs give the same bytes on every controller, so that a host sees a change only when there is one.
  - Runs on the controller and connects to no host.
author:
  - Branchline maintainers (@branchline)
options:
  cache:
    description:
      - Directory on the controller where the archive is written, created when it is missing.
    type: path
    default: ~/.cache/branchline
requirements:
  - pyroute2 == 0.9.7, vici == 6.0.3 and libpass == 1.9.4 in the Python that runs Ansible
attributes:
  check_mode:
    description: Runs in check mode as always, because it changes nothing but the controller's cache.
    support: full
  diff_mode:
    description: Shows what differs in diff mode.
    support: none
"""

EXAMPLES = r"""
- name: Build the engine's archive once
  branchline.l2tp.engine_archive:
  run_once: true
  register: archive

- name: Copy it to the host
  ansible.builtin.copy:
    src: "{{ archive.path }}"
    dest: /usr/local/lib/branchline/branchline.pyz
    mode: "0755"
"""

RETURN = r"""
path:
  description: The archive on the controller.
  returned: success
  type: str
  sample: /root/.cache/branchline/branchline.pyz
sha256:
  description: SHA-256 of the archive.
  returned: success
  type: str
version:
  description: The engine's version.
  returned: success
  type: str
  sample: 0.1.0
"""
