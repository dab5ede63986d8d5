# Copyright: Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of charon-systemd for a backend, as a filter."""

from __future__ import annotations

DOCUMENTATION = r"""
name: strongswan_conf
short_description: Write how charon-systemd runs for Branchline
version_added: 0.1.0
description:
  - Gives the text of C(/etc/strongswan.d/branchline.conf), each setting with its reason.
author:
  - Branchline maintainers (@branchline)
positional: _input
options:
  _input:
    description: Where ESP is done, C(libipsec) (user space) or C(kernel).
    type: str
    required: true
  plugins:
    description: Plugins of strongSwan that the host needs for other uses.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Show how charon would run on a kernel without ESP
  ansible.builtin.debug:
    msg: "{{ 'libipsec' | branchline.l2tp.strongswan_conf(plugins=['eap-mschapv2']) }}"
"""

RETURN = r"""
_value:
  description: The text of the file.
  type: str
"""

from collections.abc import Callable, Sequence

from ansible.errors import AnsibleFilterError
from ansible_collections.branchline.l2tp.plugins.module_utils.render.settings import RenderError
from ansible_collections.branchline.l2tp.plugins.module_utils.render.strongswan import render_strongswan


def strongswan_conf(backend: str, plugins: Sequence[str] = ()) -> str:
    """Return the text; an unknown backend or plugin name is a filter error."""
    try:
        return render_strongswan(backend, plugins=tuple(plugins))
    except RenderError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Name the filter."""
        return {"strongswan_conf": strongswan_conf}
