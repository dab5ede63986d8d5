# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command line says when it does not take a command, on any platform: a table of patterns and remedies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SYNTAX = "The device's software may be older or newer than its driver package was written for."
RIGHTS = "Give the user the right to configure (privilege 15, a full group, root)."
VALUE = "Gather its state and compare."
LOCKED = "Wait for them, then run again."
WHOLE = "Its words say which part."
INSTALL = "Install what the driver's page names."
SPACE = "Free its storage, then run again."


@dataclass(frozen=True)
class Answer:
    """A pattern of the device's answer, what it means, what to do."""

    pattern: re.Pattern[str]
    means: str
    remedy: str


ROWS = (
    # pattern, what it means, remedy
    (r"% ?Invalid input detected|^% ?Unrecognized command", "the device does not know this", SYNTAX),
    (r"% ?Ambiguous command|^\s*Ambiguous command", "the command is ambiguous", SYNTAX),
    (r"% ?(?:Incomplete command|Command incomplete)|^\s*Incomplete command", "the command is incomplete", SYNTAX),
    (r"% ?Unknown command|^\s*Invalid command|bad command name", "the device has no such command", SYNTAX),
    (r"expected end of command|syntax error|input does not match", "the device does not know this", SYNTAX),
    (r"^% ?(?:Command )?[Aa]uthorization failed|not enough permissions", "the user may not do this", RIGHTS),
    (r"Permission denied|Operation not permitted", "the user may not do this", RIGHTS),
    (r"^failure: |already have .* such|no such item", "the device refused a value", VALUE),
    (r"is not valid$|Set failed|Value validation failed", "the device refused a value", SYNTAX),
    (r"Commit failed|Failed to generate committed config|commit error", "the device refused the whole", WHOLE),
    (r"[Cc]onfiguration (?:is|was|mode) locked|another user is", "somebody else is configuring it", LOCKED),
    (r"command not found|: not found$|No such file or directory", "a program or file is missing", INSTALL),
    (r"No space left|% ?Error (?:opening|writing)|Read-only file", "the device cannot store this", SPACE),
)

COMMON = tuple(Answer(re.compile(pattern, re.MULTILINE), means, remedy) for pattern, means, remedy in ROWS)


def table(own: Iterable[Mapping[str, str]] = ()) -> tuple[Answer, ...]:
    """A platform's own rows ({match, means, remedy}) before the common ones."""
    rows = (Answer(re.compile(row["match"], re.MULTILINE), row["means"], row.get("remedy", SYNTAX)) for row in own)
    return (*rows, *COMMON)


def refusal(said: str, rows: Iterable[Answer] = COMMON) -> Answer | None:
    """The row that says why the device did not take a command; None when it did."""
    return next((row for row in rows if row.pattern.search(said)), None)
