# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One device from what it is to what was asked for: look, tell the difference, change it as one, look again."""

from __future__ import annotations

import re
import secrets as random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import driver
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.access import Access
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.errors import (
    DeviceError,
    IdentityError,
    RefusedError,
    Trouble,
)
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.session import (
    Session,
    Terminal,
    open_session,
)
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.transaction import (
    Conversation,
    Sent,
    Transaction,
    change,
    choose,
    transactions,
)

State = dict[str, Any]
Open = Callable[[], Session]
OPEN = 3  # of the ladder's rungs: the session, with PPP open


@dataclass(frozen=True)
class Device:
    """A device, its part of the plan, the values of its secrets, and how to reach it."""

    name: str
    platform: str
    access: Access
    desired: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def hidden(self) -> tuple[str, ...]:
        """Every value that must not be shown."""
        return (*self.secrets.values(), *self.access.secrets)

    def mask(self, text: str) -> str:
        """The text as it may be shown."""
        return driver.mask(text, self.hidden, self.platform)

    def trouble(self, what: str, remedy: str, said: str = "") -> Trouble:
        """Something that is wrong with this device."""
        return Trouble(self.name, what, remedy, said=said)


@dataclass(frozen=True)
class Request:
    """What is asked of each device: a state; seconds to wait for an answer; minutes to confirm a change."""

    state: str
    check: bool = False
    timeout: float = 30.0
    minutes: int = 0


def opener(device: Device, request: Request, transcripts: list[Session] | None = None) -> Open:
    """What opens a session whose device is the right one: by host key, and by the serial number if one is expected."""

    def reach() -> Session:
        terminal = Terminal.of(driver.session(device.platform))
        session = open_session(device.access, terminal, device.mask, device.hidden, request.timeout)
        if transcripts is not None:
            transcripts.append(session)
        try:
            identify(session, device)
        except DeviceError:
            session.close()
            raise
        return session

    return reach


def identify(session: Conversation, device: Device) -> str:
    """The serial number that the device tells; IdentityError if another one is expected."""
    how, expected = driver.session(device.platform).get("identity"), device.access.serial
    if not how or not expected:
        return ""
    found = re.search(how["match"], session.run(how["command"]), re.MULTILINE)
    serial = found["serial"] if found else ""
    if serial != expected:
        what = f"its serial number is {serial or 'not told'}, the inventory says {expected}"
        raise IdentityError(
            device.trouble(what, "Nothing was changed. Is it another device? Else mend branchline_serial.")
        )
    return serial


def gather(session: Conversation, device: Device) -> State:
    """What of Branchline's the device shows."""
    shown = {command: session.run(command) for command in driver.show_commands(device.platform)}
    return driver.parse(device.platform, shown, device.secrets)


def converge(device: Device, request: Request, reach: Open) -> dict[str, Any]:
    """Bring the device to what is asked; its result. Raises DeviceError, and the error says what was changed."""
    session = reach()
    try:
        before = gather(session, device)
        if request.state == "gathered":
            return {"changed": False, "gathered": before, "before": driver.text(device.platform, before)}
        target = _target(device, request, before)
        commands = driver.difference(device.platform, before, target)
        made = result(device, before, target, commands)
        if not commands or request.check:
            return made
        way = choose(session, _ways(device, request), device.name)
        filled = _filled(device, commands)
        candidate = change(session, filled, way, reach, lambda fresh: _settled(fresh, device, target))
        return {**made, "transaction": way.name, "candidate": device.mask(candidate)}
    finally:
        session.close()


def result(device: Device, before: State, after: State, commands: list[str]) -> dict[str, Any]:
    """What to report, without secrets: the configuration before and after in the device's words, and the commands."""
    texts = [device.mask(driver.text(device.platform, state)) for state in (before, after)]
    diff = {"before_header": device.name, "after_header": device.name, "before": texts[0], "after": texts[1]}
    return {
        "changed": bool(commands),
        "before": texts[0],
        "after": texts[1],
        "commands": [device.mask(command) for command in commands],
        "diff": diff if commands else {},
    }


def _ways(device: Device, request: Request) -> list[Transaction]:
    return transactions(driver.transaction(device.platform), random.token_hex(4), request.minutes)


def _filled(device: Device, commands: list[str]) -> list[Sent]:
    try:
        texts = driver.fill(device.platform, commands, device.secrets)
    except driver.SecretError as error:
        remedy = "Nothing was changed. Set a secret of other characters, or a higher branchline_secret_generation."
        raise RefusedError(device.trouble("a secret cannot be sent", remedy, str(error))) from error
    return [Sent(text, device.mask(command)) for text, command in zip(texts, commands)]


def _target(device: Device, request: Request, before: State) -> State:
    """What the device is to be in the end; without a part of the plan nothing of Branchline's."""
    if not device.desired.get("device"):
        return driver.combined({}, {}, "overridden")
    return driver.combined(before, driver.wanted(device.desired), request.state)


def _settled(session: Conversation, device: Device, target: State) -> None:
    """Look again, over the fresh session: is the device what it was asked to be?"""
    left = driver.difference(device.platform, gather(session, device), target)
    if left:
        what = "it took every command, and yet is not what was asked for; these would still be needed"
        remedy = "The driver does not know this version of the platform: report it with the gathered state."
        raise RefusedError(device.trouble(what, remedy, device.mask("\n".join(left))))


def verify(device: Device, lines: list[Mapping[str, Any]], reach: Open, wait: float) -> dict[str, Any]:
    """The rungs that the device can show, of each of its lines; `wait`: seconds that lines may take to open."""
    session, deadline = reach(), time.monotonic() + wait
    try:
        while True:
            found = [_climbed(session, device, line) for line in lines]
            if all(line["rungs"][OPEN]["ok"] for line in found) or time.monotonic() > deadline:
                return {"changed": False, "lines": found}
            time.sleep(1)
    finally:
        session.close()


def _climbed(session: Conversation, device: Device, line: Mapping[str, Any]) -> Any:
    said: dict[str, str] = {}
    for _turn in range(2):  # what is asked may depend on the first answers
        commands = driver.checks(device.platform, line, device.name, said)
        said |= {key: _shown(session, command) for key, command in commands.items() if key not in said}
    return driver.evidence(device.platform, line, device.name, said)


def _shown(session: Conversation, command: str) -> str:
    """A rung that the device cannot show is a result too."""
    try:
        return session.run(command)
    except RefusedError as error:
        return error.trouble.said
