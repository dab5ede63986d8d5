# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ladder's vocabulary: what each rung is called, and what an end of a line says about one of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

NAMES = {
    1: "engine and charon run, configuration loaded",
    2: "IKE SA established with the expected identity and proposal",
    3: "child SA installed, selectors cover udp/1701",
    4: "L2TP tunnel and session, PPP open, expected address from the expected pool",
    5: "routes both ways",
    6: "traffic both ways, and at the line's full MTU with DF",
    7: "SA counters rose, capture saw no cleartext",
}

CANNOT_SHOW = "the device cannot show it"
"""What a rung says that is not judged since the platform has no command for it."""


@dataclass(frozen=True)
class Rung:
    """One end's answer for one rung; `ok` is None where nobody asked (a line outside of the sample).

    `what` says what is wrong (or, for a passed rung, what a reader should know); `remedy` says what to do about it.
    """

    rung: int
    ok: bool | None
    evidence: dict[str, Any] = field(default_factory=dict)
    what: str = ""
    remedy: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The form of the module's result."""
        return {"name": NAMES[self.rung], **asdict(self)}


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, and the remedy for it."""

    what: str
    remedy: str


def judged(number: int, evidence: dict[str, Any], faults: list[Fault]) -> Rung:
    """A rung that holds when nothing is wrong; all faults are told, the first one's remedy comes first."""
    remedies = list(dict.fromkeys(fault.remedy for fault in faults))
    return Rung(number, not faults, evidence, "; ".join(fault.what for fault in faults), "; ".join(remedies))
