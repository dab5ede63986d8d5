# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other LNSs of a line, which it turns to while its own is silent: through its gateway, or of the branch itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from ipaddress import IPv4Address

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.choices import Choice
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import Report
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.hops import Hop
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Branch, Lns
from ansible_collections.branchline.l2tp.plugins.module_utils.secret_store import kind_at

STEP = 10
"""From one preference to the next, as branchline_standby names the LNSs in order; the own LNS has the first."""
LINUX_ONLY = "set branchline_via to a gateway, which does it for the branch, or remove it"


@dataclass(frozen=True)
class Further(Hop):
    """A branch's tunnel to another LNS than its line's own; each LNS has a key of the line for itself alone."""

    line: str

    @property
    def owner(self) -> str:
        """The line."""
        return self.line

    def kind(self, secret: str) -> str:
        """A kind of the line's secrets, as this LNS has it."""
        return kind_at(secret, self.lns.name)


@dataclass(frozen=True)
class Standby:
    """Another LNS of a line: it gives an address of its own `pool`; `hop` is the gateway's or the branch's tunnel."""

    server: Lns
    hop: Hop
    pool: str
    fixed_address: IPv4Address | None
    preference: int
    weight: int


def further(one: Hop, line: str) -> Further:
    """The hop as a further tunnel of a line."""
    return Further(line=line, **{field.name: getattr(one, field.name) for field in fields(Hop)})


def wanted(branch: Branch, own: Lns, known: Mapping[str, Lns], report: Report) -> Iterator[tuple[Lns, Choice, int]]:
    """The LNSs that the branch names, each with its preference; what cannot be one is reported and left out."""
    for place, choice in enumerate(branch.standby, 2):
        if choice.lns in known and choice.lns != own.name:
            yield known[choice.lns], choice, STEP * place if choice.preference is None else choice.preference
        else:
            problem = "is the branch's own LNS" if choice.lns == own.name else "is no LNS"
            report.error(branch.name, "standby", f"{choice.lns!r} {problem}", "name other hosts of the group of LNSs")
