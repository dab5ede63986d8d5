"""A control group for each host: the sure list of its processes."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


def hierarchies() -> list[Path]:
    """The trees that systemd wants: the unified one, and on older set-ups the named one besides it."""
    return [ROOT / name for name in ("unified", "systemd") if (ROOT / name).is_dir()] or [ROOT]


def paths(lab: str, host: str) -> list[Path]:
    """The groups of one host."""
    return [top / lab / host for top in hierarchies()]


def processes(lab: str, host: str) -> set[int]:
    """Every process of a host, and its supervisor."""
    found: set[int] = set()
    for path in paths(lab, host):
        for folder, _, _ in os.walk(path):
            with suppress(OSError):  # gone since the walk saw it
                found |= {int(word) for word in (Path(folder) / "cgroup.procs").read_text().split()}
    return found - {0}


def kill(lab: str, host: str, seconds: float = 10.0) -> bool:
    """End every process of a host; True when there was one."""
    end = time.monotonic() + seconds
    victims = processes(lab, host)
    existed = bool(victims)
    while victims and time.monotonic() < end:
        for pid in victims:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
        victims = processes(lab, host)
    return existed


def remove(lab: str, host: str | None = None) -> None:
    """Remove a host's groups, or the lab's own."""
    for top in hierarchies():
        for folder, _, _ in os.walk(top / lab / (host or ""), topdown=False):
            with suppress(OSError):  # not empty: somebody else's too
                Path(folder).rmdir()


def entering(lab: str, host: str, *args: object) -> list[str]:
    """A command that runs `args` inside the host's groups, from its first instruction on."""
    for path in paths(lab, host):
        path.mkdir(parents=True, exist_ok=True)
    files = [str(path / "cgroup.procs") for path in paths(lab, host)]
    join = " && ".join(f"echo 0 > {file}" for file in files)
    return ["sh", "-c", f'{join} && exec "$@"', "sh", *(str(arg) for arg in args)]
