# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong with a device, told so that an operator knows which one, at which command, and what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Trouble:
    """What went wrong in plain words, and the remedy; `device`, `command` and `said` are shown with secrets masked."""

    device: str
    what: str
    remedy: str
    command: str = ""
    said: str = ""

    def __str__(self) -> str:
        at = f" at `{self.command}`" if self.command else ""
        said = f": {_joined(self.said)}" if self.said else ""
        return f"{self.device}: {self.what}{at}{said}. {self.remedy}"


def _joined(said: str) -> str:
    return " / ".join(line.strip() for line in said.splitlines() if line.strip()).rstrip(".")


class DeviceError(Exception):
    """One device did not do as it was asked; `trouble` says it. `after` tells what became of the configuration."""

    def __init__(self, trouble: Trouble, after: str = "") -> None:
        super().__init__(f"{trouble}{f' {after}' if after else ''}")
        self.trouble = trouble
        self.after = after


class RefusedError(DeviceError):
    """The device answered that it does not take a command; the session is still good."""


class CutError(DeviceError):
    """The session ended, or the device went silent, in the middle of something."""


class IdentityError(DeviceError):
    """It is not the device that it should be: nothing was sent."""
