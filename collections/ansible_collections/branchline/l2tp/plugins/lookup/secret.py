# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lookup of one generated secret; the documentation below is its reference."""

from __future__ import annotations

DOCUMENTATION = r"""
name: secret
short_description: Show a secret of the generated store
version_added: 0.1.0
author:
  - Branchline maintainers (@branchline)
description:
  - Returns a secret that M(branchline.l2tp.plan) has drawn, for somebody who has to type it into a device.
  - Never draws one. What a variable of the inventory gives is not in the store.
options:
  _terms:
    description:
      - Names of lines, for example V(oslo-lns1); with O(kind=ikev1) names of LNSs.
    required: true
  kind:
    description:
      - Which secret of the line, V(psk) for IKEv2, V(ppp) for the PPP password, V(tunnel) for the L2TP tunnel secret.
      - V(ikev1) is the key that all IKEv1 PSK branches of an LNS share.
    type: str
    choices: [psk, ppp, tunnel, ikev1]
    default: psk
  lns:
    description:
      - Of a line with several LNSs (C(branchline_standby)) the LNS whose secret it is.
      - Each has a V(psk) and a V(tunnel) of the line for itself.
      - Without it those of the line's own LNS.
    type: str
    default: ""
  generation:
    description: Generation of the secret, C(branchline_secret_generation) of the branch.
    type: int
    default: 1
  store:
    description:
      - Directory of the store on the controller.
      - The default is C(.secrets) beside the inventory.
    type: path
    vars:
      - name: branchline_secret_store
"""

EXAMPLES = r"""
- name: Show the pre-shared key of a line to whoever configures the partner's device
  ansible.builtin.debug:
    msg: "{{ lookup('branchline.l2tp.secret', 'oslo-lns1', kind='psk') }}"
"""

RETURN = r"""
_raw:
  description: The secrets, one for each term.
  type: list
  elements: str
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.branchline.l2tp.plugins.module_utils.secret_store import (
    SecretStore,
    SecretStoreError,
    kind_at,
    reference,
)


class LookupModule(LookupBase):
    """`lookup('branchline.l2tp.secret', line, kind=...)`."""

    def run(self, terms: list[str], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[str]:
        """The secret of each term; raises AnsibleLookupError for one that was never drawn."""
        self.set_options(var_options=variables, direct=kwargs)
        generation, lns = self.get_option("generation"), self.get_option("lns")
        kind = kind_at(self.get_option("kind"), lns) if lns else self.get_option("kind")
        store = SecretStore(self.get_option("store") or _default((variables or {}).get("inventory_dir")))
        return [_secret(store, reference(str(term), kind, generation)) for term in terms]


def _default(inventory_dir: str | None) -> str:
    if not inventory_dir:
        raise AnsibleLookupError("branchline.l2tp.secret: no inventory directory is known; give store=<directory>")
    return f"{inventory_dir}/.secrets"


def _secret(store: SecretStore, ref: str) -> str:
    try:
        secret = store.get(ref)
    except SecretStoreError as error:
        raise AnsibleLookupError(f"branchline.l2tp.secret: {error}") from error
    if secret is None:
        problem = f"{ref} is not in {store.directory}; the plan draws it, unless a variable of the inventory gives it"
        raise AnsibleLookupError(f"branchline.l2tp.secret: {problem}")
    return secret
