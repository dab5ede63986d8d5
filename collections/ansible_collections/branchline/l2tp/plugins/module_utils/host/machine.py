# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host that a module runs on, as named verbs: its files, its commands, charon and the engine. The only file here
that acts; the tests have another one with the same verbs.
"""

from __future__ import annotations

import grp
import os
import pwd
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils import control
from ansible_collections.branchline.l2tp.plugins.module_utils.host.model import File, Sa
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.vici import Vici, ViciError

CHARON = "/run/charon.vici"
COMMAND = "/usr/local/bin/branchline"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
LONGEST = 90  # seconds that a command may take; systemd gives a service as much to start


class CommandError(Exception):
    """A command could not run or failed; the text is its own, which names no secret."""


class Machine:
    """This host."""

    def read(self, path: str) -> File | None:
        """A file with its mode and owner, None when it is not there."""
        try:
            with Path(path).open(encoding="utf-8", errors="replace") as file:
                status = os.fstat(file.fileno())
                return File(file.read(), status.st_mode & 0o7777, _user(status.st_uid), _group(status.st_gid))
        except FileNotFoundError:
            return None

    def write(self, path: str, file: File) -> None:
        """Replace a file atomically; no moment at which it is half written, or readable for others."""
        target = Path(path)
        _make_directory(target.parent)
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                os.fchown(descriptor, pwd.getpwnam(file.owner).pw_uid, grp.getgrnam(file.group).gr_gid)
                os.fchmod(descriptor, file.mode)
                stream.write(file.text)
                stream.flush()
                os.fsync(descriptor)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink()
            raise

    def remove(self, path: str) -> None:
        """Remove a file, if it is there."""
        Path(path).unlink(missing_ok=True)

    def run(self, *command: str) -> str:
        """What a command prints; raises CommandError with what it complained about."""
        environment = {"PATH": PATH, "LC_ALL": "C.UTF-8"}
        try:
            done = subprocess.run(  # noqa: S603 - fixed commands, no shell
                command, capture_output=True, text=True, timeout=LONGEST, env=environment, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CommandError(f"{command[0]}: {error}") from error
        if done.returncode:
            said = done.stderr.strip() or done.stdout.strip() or f"it ended with {done.returncode}"
            raise CommandError(f"{' '.join(command)}: {said}")
        return done.stdout

    def connections(self) -> dict[str, Any] | None:
        """charon's connections by name, None when it does not run."""
        try:
            with Vici(CHARON) as charon:
                return {
                    name: value for event in charon.stream("list-conns", "list-conn") for name, value in event.items()
                }
        except ViciError:
            return None

    def sas(self) -> tuple[Sa, ...]:
        """charon's IKE SAs; none when it does not run."""
        try:
            with Vici(CHARON) as charon:
                events = list(charon.stream("list-sas", "list-sa"))
        except ViciError:
            return ()
        return tuple(
            Sa(name, sa.get("remote-id", ""), sa["uniqueid"]) for event in events for name, sa in event.items()
        )

    def engine(self, method: str, **params: Any) -> Any:
        """Ask the running engine; raises control.EngineAbsentError or control.EngineError."""
        return control.call(method, **params)

    def has_engine(self) -> bool:
        """Whether the engine is installed."""
        return Path(COMMAND).exists()

    def check_file(self, text: str) -> None:
        """Have the installed engine judge a configuration while none runs; raises CommandError with its verdict."""
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:  # 0600, and soon gone
            file.write(text)
            file.flush()
            self.run(COMMAND, "check", file.name)


def _make_directory(directory: Path) -> None:
    if directory.is_dir():
        return
    directory.mkdir(0o750, parents=True)
    if directory == Path("/etc/branchline"):
        os.chown(directory, 0, grp.getgrnam("branchline").gr_gid)
        directory.chmod(0o750)


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
