# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One session at a device's command line, by netmiko: every answer is looked at, nothing secret is kept or shown."""

from __future__ import annotations

import io
import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

try:
    import paramiko
    from netmiko import NetmikoAuthenticationException, NetmikoTimeoutException, ReadException, ReadTimeout
    from netmiko.ssh_dispatcher import ssh_dispatcher
except ImportError as error:
    MISSING: ImportError | None = error
else:
    MISSING = None

from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet import answers
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.access import Access, host_keys
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.errors import (
    CutError,
    DeviceError,
    IdentityError,
    RefusedError,
    Trouble,
)
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.proxy import reap, safe_to_close

Mask = Callable[[str], str]

POLL = 0.01  # seconds
ECHOED = 30  # characters: of a longer command a device may show a part
QUESTIONS = 8  # about one command; more are one that does not like our answer

LOGIN = "Check ansible_user, ansible_password and ansible_ssh_private_key_file of this host."
REACH = "Check ansible_host and ansible_port, and the path to it; nothing was changed."
ENABLE = "Check ansible_become_password of this host: it is the secret that `enable` asks for."
ASKS = "The driver does not know this question: report it."
SLOW = "Ask the device what it is busy with, or give it more time (timeout)."


def asked(data: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """(pattern, answer) of each question in `asks`."""
    return tuple((ask["expect"], ask["answer"]) for ask in data.get("asks", ()))


@dataclass(frozen=True)
class Terminal:
    """How a platform's command line behaves: netmiko's name for it, its prompts, what begins a session, its errors."""

    netmiko: str
    prompt: str
    setup: tuple[str, ...] = ()
    more: str = r" ?--\s?[Mm]ore\s?--"
    asks: tuple[tuple[str, str], ...] = ()
    answers: tuple[answers.Answer, ...] = answers.COMMON
    echo: bool = True
    enable: bool = False

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Terminal:
        """Out of a driver's `session`."""
        prompts = [data["prompt"], *([data["config_prompt"]] if data.get("config_prompt") else [])]
        return cls(
            netmiko=data["netmiko"],
            prompt="|".join(f"(?:{prompt})" for prompt in prompts),
            setup=tuple(data.get("setup", ())),
            more=data.get("more", cls.more),
            asks=asked(data),
            answers=answers.table(data.get("errors", ())),
            echo=data.get("echo", True),
            enable=data.get("enable", False),
        )


@dataclass(frozen=True)
class Step:
    """A command, and what to answer when the device asks back: (pattern, answer); `refuse`: answers that stop it."""

    send: str
    asks: tuple[tuple[str, str], ...] = ()
    refuse: tuple[answers.Answer, ...] = ()
    ends: bool = False  # the device may end the session instead of answering

    @classmethod
    def of(cls, data: str | Mapping[str, Any]) -> Step:
        """Out of a driver's data: a command, or {send, asks: [{expect, answer}], refuse: [row of errors], ends}."""
        if isinstance(data, str):
            return cls(data)
        own = answers.table(data.get("refuse", ()))[: len(data.get("refuse", ()))]
        return cls(data["send"], asked(data), own, bool(data.get("ends", False)))


@dataclass
class Session:
    """An open session. `run` raises RefusedError for an answer that is an error, CutError when the session is lost."""

    access: Access
    terminal: Terminal
    mask: Mask
    timeout: float
    connection: Any = field(repr=False)
    transcript: io.BytesIO = field(repr=False, default_factory=io.BytesIO)

    def run(self, command: str | Step, shown: str = "") -> str:
        """Send a command and return what the device said. `shown`: the command as it may be told."""
        step = command if isinstance(command, Step) else Step(command)
        shown = shown or self.mask(step.send)
        try:
            said = self._converse(step)
        except (ReadTimeout, ReadException, OSError, EOFError, paramiko.SSHException) as error:
            if step.ends:
                return ""
            raise CutError(self._trouble(_cut(error, self.timeout), SLOW, shown)) from error
        wrong = answers.refusal(said, (*step.refuse, *self.terminal.answers))
        if wrong is not None:
            raise RefusedError(self._trouble(f"{wrong.means}", wrong.remedy, shown, self.mask(said)))
        return said

    def _trouble(self, what: str, remedy: str, command: str = "", said: str = "") -> Trouble:
        return Trouble(self.access.device, what, remedy, command, said)

    def _converse(self, step: Step) -> str:
        """Answer what the device asks back, page by page and question by question, until it prompts."""
        asks = ((self.terminal.more, " "), *step.asks, *self.terminal.asks)
        stops = "|".join([f"(?:{self.terminal.prompt})", *(f"(?:{pattern})" for pattern, _answer in asks)])
        said = self._exchange(step.send, stops, echo=self.terminal.echo and "\n" not in step.send)
        questions = 0
        while ask := next((ask for ask in asks if re.search(rf"(?:{ask[0]})\s*$", said)), None):
            paging = ask[0] == self.terminal.more
            questions += not paging
            if questions > QUESTIONS:
                raise CutError(self._trouble("it asks again and again", ASKS, self.mask(step.send), self.mask(said)))
            said = (_without(said, ask[0]) if paging else said) + self._answer(ask[1], stops, paging=paging)
        return _body(said, step.send, self.terminal.prompt)

    def _exchange(self, text: str, stops: str, *, echo: bool) -> str:
        """Send a line and read to the next prompt or question; where there is an echo, to the one after it."""
        self.connection.read_channel()  # what came unasked
        self.connection.write_channel(self.connection.normalize_cmd(text))
        echoed = rf"{re.escape(text.strip()[:ECHOED])}[^\n]*\n(?:[\s\S]*\n)?[^\n]*(?:{stops})"
        return self._until(echoed if echo else stops)

    def _answer(self, text: str, stops: str, *, paging: bool) -> str:
        self.connection.write_channel(text if paging else text + self.connection.RETURN)
        return self._until(stops)

    def _until(self, pattern: str) -> str:
        """Read until the pattern. netmiko's own reading waits its time out at a session that is gone."""
        said, deadline = "", time.monotonic() + self.timeout
        while True:
            fresh = str(self.connection.read_channel())
            said += fresh
            if fresh and re.search(pattern, said):
                return said
            if not fresh and self.connection.remote_conn.closed:
                raise ReadException("the session is gone")
            if time.monotonic() > deadline:
                raise ReadTimeout(f"no prompt within {self.timeout:g} s")
            time.sleep(POLL)

    def close(self) -> None:
        """End the session; whatever state it is in."""
        self.connection.disconnect()

    def told(self) -> str:
        """The session's transcript, secrets masked."""
        return self.mask(self.transcript.getvalue().decode(errors="replace"))


def open_session(wanted: Access, terminal: Terminal, mask: Mask, secrets: Iterable[str], timeout: float) -> Session:
    """Log in at a device whose host key is the known one. Raises DeviceError; nothing was sent then."""
    transcript = io.BytesIO()
    hidden = {str(number): secret for number, secret in enumerate((*secrets, *wanted.secrets)) if secret}
    logging.getLogger("netmiko").setLevel(logging.WARNING)  # below that it tells all that is said
    keys = host_keys(wanted)
    try:
        connection = _strict(terminal.netmiko, _first_prompt(terminal), keys)(
            **_arguments(wanted, terminal, timeout, transcript)
        )
    except Exception as error:  # netmiko and paramiko raise of every kind while connecting
        raise _not_connected(wanted, error, mask) from error
    connection.session_log.no_log = hidden
    connection._secrets_filter.no_log = hidden  # what the constructor is given is the password alone
    session = Session(wanted, terminal, mask, timeout, connection, transcript)
    try:
        if terminal.enable:
            _enable(session)
        for command in terminal.setup:
            session.run(command)
    except DeviceError:
        session.close()
        raise
    return session


def _enable(session: Session) -> None:
    """Become who may configure, if the login alone does not make one that."""
    try:
        session.connection.enable()
    except (ValueError, ReadTimeout, ReadException, OSError) as error:
        what = "it does not let us configure"
        raise DeviceError(Trouble(session.access.device, what, ENABLE, "enable")) from error


def _strict(platform: str, prompt: str, keys: Any) -> Any:
    """Netmiko's class for a platform, which knows these host keys and refuses every other."""
    base = ssh_dispatcher(platform)

    class Strict(base):  # type: ignore[misc, valid-type]  # the class is found by name
        _proxy: Any = None  # the ProxyCommand of an ssh_config

        def _test_channel_read(self, count: int = 40, pattern: str = "") -> Any:
            """Wait for the prompt, and not for seconds of silence."""
            return super()._test_channel_read(count, pattern or prompt)

        def check_config_mode(self, *_words: Any, **_named: Any) -> bool:
            """Whether a mode is to be left before the session is closed; netmiko waits two seconds to know that."""
            return False

        def _build_ssh_client(self) -> Any:
            client = self._get_ssh_client_instance()
            client.get_host_keys().update(keys)
            client.set_missing_host_key_policy(paramiko.RejectPolicy())
            return client

        def _use_ssh_config(self, wanted: dict[str, Any]) -> dict[str, Any]:
            found: dict[str, Any] = super()._use_ssh_config(wanted)
            self._proxy = safe_to_close(found.get("sock"))
            return found

        def paramiko_cleanup(self) -> None:
            """Close the session, and have the program that it went through end."""
            transport = self.remote_conn_pre.get_transport() if self.remote_conn_pre is not None else None
            try:
                super().paramiko_cleanup()
            finally:
                reap(self._proxy, transport)

    return Strict


def _first_prompt(terminal: Terminal) -> str:
    """What a session begins with; where `setup` makes a prompt of its own, netmiko knows the one before."""
    return "" if terminal.setup else terminal.prompt


def _arguments(wanted: Access, terminal: Terminal, timeout: float, transcript: io.BytesIO) -> dict[str, Any]:
    return {
        "device_type": terminal.netmiko,
        "host": wanted.host,
        "port": wanted.port,
        "username": wanted.user,
        "password": wanted.password or None,
        "secret": wanted.enable,
        "use_keys": bool(wanted.key_file),
        "key_file": wanted.key_file or None,
        "allow_agent": not wanted.password and not wanted.key_file,
        "ssh_config_file": wanted.ssh_config or None,
        "conn_timeout": timeout,
        "auth_timeout": timeout,
        "banner_timeout": timeout,
        "session_log": transcript,
    }


def _not_connected(wanted: Access, error: Exception, mask: Mask) -> DeviceError:
    cause = error.__context__ if isinstance(error, NetmikoTimeoutException) else error
    if isinstance(cause, paramiko.BadHostKeyException):
        what = "the host key is another one than known_hosts has: another device, or somebody in between"
        return IdentityError(Trouble(wanted.device, what, "Nothing was sent. Compare its key at the device's console."))
    if isinstance(error, NetmikoAuthenticationException):
        return DeviceError(Trouble(wanted.device, f"it does not let {wanted.user or 'us'} in", LOGIN))
    said = mask(str(cause or error)).strip().splitlines()
    what = f"it cannot be reached at {wanted.host} port {wanted.port}"
    return DeviceError(Trouble(wanted.device, what, REACH, said=said[0] if said else type(error).__name__))


def _cut(error: Exception, timeout: float) -> str:
    return f"no answer within {timeout:g} s" if isinstance(error, ReadTimeout) else "the session was cut"


def _without(said: str, pattern: str) -> str:
    return re.sub(rf"(?:{pattern})\s*$", "", said)


def _body(said: str, command: str, prompt: str) -> str:
    """What was said between the command's echo and the prompt."""
    text = re.sub(r"\x08+ *\x08+|[\x08\r]", "", said).replace("\x1b[K", "")  # a page's mark is wiped out
    text = re.sub(rf"(?:{prompt})\s*$", "", text)
    first, _, rest = text.partition("\n")
    return rest if first.strip() == command.strip() and command.strip() else text
