# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""References to secrets: the plan names them and says where each one comes from, and never sees one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import PREFIX, Report
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Host

Source = dict[str, Any]
"""`{"var": [host, variable]}` or `{"store": ref}`."""


@dataclass
class References:
    """Gives out references and remembers their sources; `store`: whether the generated store may be used."""

    store: bool
    report: Report
    sources: dict[str, Source] = field(default_factory=dict)

    def get(self, owner: str, kind: str, host: Host, variable: str) -> dict[str, str]:
        """The reference to a secret of `owner` (a line or an LNS) that a variable of `host` gives, or the store."""
        ref = f"{owner}.{kind}.{host.secret_generation}"
        if ref not in self.sources:
            self.sources[ref] = self._source(ref, host, variable)
        return {"$secret": ref}

    def _source(self, ref: str, host: Host, variable: str) -> Source:
        if getattr(host, variable):
            return {"var": [host.name, PREFIX + variable]}
        if not self.store:
            self.report.error(
                host.name, variable, "is missing, and the generated store is off", "set it (ansible-vault)"
            )
        return {"store": ref}

    def private_key(self, host: Host) -> dict[str, str]:
        """The reference to a host's X.509 key, which only its variable can give."""
        ref = f"{host.name}.key.{host.secret_generation}"
        self.sources[ref] = {"var": [host.name, f"{PREFIX}private_key"]}
        return {"$secret": ref}
