"""A host of either lab, and what tests do with it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any, Callable


class Host:
    """One host; a kind of lab says in `command` how it is reached.

    `run` and what stands on it raise AssertionError with what the command said, unless it succeeds.
    """

    name: str

    def command(self, command: str) -> list[str]:
        """Return the words that run a shell command on the host, with its standard streams."""
        raise NotImplementedError

    def try_(self, command: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a command, whatever comes of it."""
        return subprocess.run(self.command(command), capture_output=True, text=True, timeout=timeout, check=False)

    def run(self, command: str, timeout: float = 120) -> str:
        """Return what a command prints."""
        done = self.try_(command, timeout)
        assert done.returncode == 0, f"{self.name}: {command}: {done.stderr or done.stdout}"
        return done.stdout

    def start(self, command: str) -> subprocess.Popen[str]:
        """Start a command that ends by itself; `communicate` collects it."""
        return subprocess.Popen(self.command(command), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def python(self, program: str, *arguments: str) -> str:
        """Run a Python program on the host."""
        command = self.command(f"python3 - {' '.join(arguments)}")
        done = subprocess.run(command, input=program, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, f"{self.name}: {done.stderr}"
        return done.stdout

    def write(self, path: str, data: bytes, then: str = "true") -> None:
        """Write a file and run a command; a file that exists keeps its owner and mode."""
        command = self.command(f"mkdir -p {Path(path).parent} && cat >{path} && {{ {then}; }}")
        done = subprocess.run(command, input=data, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, f"{self.name}: {path}: {done.stderr.decode()}"

    def reaches(self, address: str, more: str = "") -> bool:
        """Tell whether one ping comes back within a second."""
        return self.try_(f"ping -nq -c1 -W1 {more} {address}").returncode == 0

    def status(self) -> dict[str, Any]:
        """Return the engine's status."""
        return json.loads(self.run("branchline status --json"))

    def line(self, name: str) -> dict[str, Any]:
        """Return one line of the status."""
        return next(line for line in self.status()["lines"] if line["line"] == name)

    def pid(self, unit: str) -> int:
        """Return the main process of a unit, 0 when it does not run."""
        return int(self.run(f"systemctl show --property=MainPID --value {unit}"))


class Pinging:
    """Pings from a host for as long as the body runs; afterwards `lost` and `sent` are known.

    The replies to those that were sent in the last moment were not waited for: they count as neither.
    """

    MOMENT = 0.2  # seconds

    def __init__(self, host: Host, address: str, interval: float = 0.05, more: str = "") -> None:
        self._host, self._address, self._interval, self._more = host, address, interval, more
        self.sent = self.lost = -1

    def __enter__(self) -> Pinging:
        self._file = f"/tmp/ping.{os.getpid()}.{time.monotonic_ns()}"
        words = f"ping -n -i{self._interval} {self._more} {self._address}"
        self._pid = self._host.run(f"setsid {words} >{self._file} 2>&1 </dev/null & echo $!").strip()
        return self

    def __exit__(self, *_why: object) -> None:
        ended = f"for i in $(seq 200); do kill -0 {self._pid} 2>/dev/null || break; sleep 0.05; done"
        text = self._host.run(f"kill -INT {self._pid}; {ended}; cat {self._file}; rm {self._file}")
        answered = {int(number) for number in re.findall(r"icmp_seq=(\d+) ttl", text)}
        self.sent = int(re.search(r"(\d+) packets transmitted", text)[1])
        if self.sent - max(answered, default=0) <= self.MOMENT / self._interval:
            self.sent = max(answered, default=0)
        self.lost = self.sent - len(answered)


def guard(host: Host, counter: str) -> int:
    """Return the packets of one of the guard's counters: passed_in, passed_out, dropped_in, dropped_out."""
    text = host.run(f"nft list counter inet branchline_guard {counter}")
    return int(re.search(r"packets (\d+)", text)[1])


def until(condition: Callable[[], Any], what: str, seconds: float) -> float:
    """Wait for `condition()`; return how many seconds it took, fail with `what` after `seconds`."""
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        if condition():
            return time.monotonic() - started
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")
