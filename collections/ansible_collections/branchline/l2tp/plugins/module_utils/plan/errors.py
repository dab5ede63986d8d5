# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with an intent, by name: host, variable, problem, remedy; all of it at once."""

from __future__ import annotations

from dataclasses import dataclass, field

PREFIX = "branchline_"


class BadValueError(ValueError):
    """A value that its kind refuses: the problem, and the remedy in words for whoever wrote the inventory."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}; {remedy}")
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, order=True)
class Finding:
    """One error or warning. `variable` is without the prefix; `more` counts further hosts of which the same is true."""

    host: str
    variable: str
    problem: str
    remedy: str
    more: int = 0

    def __str__(self) -> str:
        others = f" (and on {self.more} more hosts)" if self.more else ""
        return f"{self.host}.{PREFIX}{self.variable}{others}: {self.problem}; {self.remedy}"


class PlanErrors(Exception):  # noqa: N818 (a list of errors, not one)
    """Every contradiction of the intent, sorted by host and variable; `str()` is one bullet line each."""

    def __init__(self, errors: list[Finding]) -> None:
        self.errors = sorted(set(errors))
        super().__init__("\n".join(f"- {error}" for error in self.errors))


@dataclass
class Report:
    """Collects findings while the plan is computed, so that the first error does not hide the others."""

    errors: list[Finding] = field(default_factory=list)
    _warnings: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)

    def error(self, host: str, variable: str, problem: str, remedy: str) -> None:
        """Note a contradiction: no plan comes out of this intent."""
        self.errors.append(Finding(host, variable, problem, remedy))

    def warn(self, host: str, variable: str, problem: str, remedy: str) -> None:
        """Note what works but should not stay; equal warnings of many hosts become one."""
        self._warnings.setdefault((variable, problem, remedy), []).append(host)

    @property
    def warnings(self) -> list[Finding]:
        """The warnings in the order of their host, one for all hosts that share it."""
        return sorted(
            Finding(min(hosts), variable, problem, remedy, len(set(hosts)) - 1)
            for (variable, problem, remedy), hosts in self._warnings.items()
        )

    def raise_errors(self) -> None:
        """Raise PlanErrors if anything was noted."""
        if self.errors:
            raise PlanErrors(self.errors)
