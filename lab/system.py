"""Running programs and saying what happens."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RUN = Path("/run/branchline-lab")
NETNS = Path("/run/netns")
INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
INSTANCES = 1024  # of this machine's root, whom all hosts share: each systemd has about a dozen, the default is 128


class LabError(Exception):
    """What went wrong and what to do about it, for the person at the terminal."""


def run(*args: object, stdin: str | None = None, check: bool = True) -> str:
    """Run a program and return what it printed; LabError with its words when it fails and `check`."""
    words = [str(arg) for arg in args]
    done = subprocess.run(words, check=False, text=True, capture_output=True, input=stdin or "")
    if check and done.returncode:
        raise LabError(f"{' '.join(words)}: exit {done.returncode}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def spawn(command: list[str], log: Path, cwd: Path = Path("/")) -> int:
    """Start a program that outlives us, and holds nothing of ours: no terminal, no pipe. Returns its process id."""
    with log.open("w") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, cwd=cwd
        )
    process.returncode = 0  # nobody waits for it: no warning when the object goes
    return process.pid


def make_room() -> None:
    """Raise the machine's limit of inotify instances where it is too low for many hosts: they would not boot."""
    if int(INOTIFY.read_text()) < INSTANCES:
        say(f"raising fs.inotify.max_user_instances to {INSTANCES}")
        INOTIFY.write_text(str(INSTANCES))


def say(text: str) -> None:
    """Tell progress on stderr; stdout belongs to the result."""
    print(f"lab: {text}", file=sys.stderr, flush=True)


@contextmanager
def step(text: str, usual: str = "") -> Iterator[None]:
    """Say what begins and how long it usually takes, and at the end how long it took."""
    say(f"{text} ..." + (f" (usually {usual})" if usual else ""))
    begun = time.monotonic()
    yield
    say(f"{text}: done in {time.monotonic() - begun:.1f} s")
