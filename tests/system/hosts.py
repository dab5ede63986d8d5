"""A lab host over ssh, and what the system tests do with it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any, Callable

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / ".lab"
BRANCHES = ("oslo", "lyon", "rotterdam", "turin")  # with voluntary lines to lns1
CARRIED = {"bergen-lns2": ("bergen", "gw1", "lns2"), "home1-lns1": ("home1", "lac1", "lns1")}  # who carries other lines
MANAGED = tuple(dict.fromkeys(("lns1", *BRANCHES, *(host for hosts in CARRIED.values() for host in hosts))))
CORP1, LNS1 = "10.10.0.10", "203.0.113.10"


class Host:
    """One host of the lab in `state`; `run` raises AssertionError with what the command said unless it succeeds."""

    def __init__(self, name: str, state: Path = LAB) -> None:
        self.name = name
        self._ssh = ["ssh", "-F", str(state / "ssh_config"), name]
        if not (state / "ssh_config").exists():
            raise AssertionError("the lab is not up: run `make lab` first")

    def try_(self, command: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a command, whatever comes of it."""
        return subprocess.run([*self._ssh, command], capture_output=True, text=True, timeout=timeout, check=False)

    def run(self, command: str, timeout: float = 120) -> str:
        """Return what a command prints."""
        done = self.try_(command, timeout)
        assert done.returncode == 0, f"{self.name}: {command}: {done.stderr or done.stdout}"
        return done.stdout

    def start(self, command: str) -> subprocess.Popen[str]:
        """Start a command that ends by itself; `end` collects it."""
        return subprocess.Popen([*self._ssh, command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def python(self, program: str, *arguments: str) -> str:
        """Run a Python program on the host."""
        words = " ".join(arguments)
        command = [*self._ssh, f"python3 - {words}"]
        done = subprocess.run(command, input=program, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, f"{self.name}: {done.stderr}"
        return done.stdout

    def write(self, path: str, data: bytes, then: str = "true") -> None:
        """Write a file and run a command; a file that exists keeps its owner and mode."""
        command = [*self._ssh, f"mkdir -p {Path(path).parent} && cat >{path} && {{ {then}; }}"]
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
        """Return the main process of a unit."""
        return int(self.run(f"systemctl show --property=MainPID --value {unit}"))


class Pinging:
    """Pings from a host for as long as the body runs; afterwards `lost` and `sent` are known.

    The replies to those that were sent in the last moment were not waited for: they count as neither.
    """

    MOMENT = 0.2  # seconds

    def __init__(self, host: Host, address: str, interval: float = 0.05) -> None:
        self._host, self._address, self._interval = host, address, interval
        self.sent = self.lost = -1

    def __enter__(self) -> Pinging:
        self._file = f"/tmp/ping.{os.getpid()}.{time.monotonic_ns()}"
        command = f"setsid ping -n -i{self._interval} {self._address} >{self._file} 2>&1 </dev/null & echo $!"
        self._pid = self._host.run(command).strip()
        return self

    def __exit__(self, *_why: object) -> None:
        text = self._host.run(f"kill -INT {self._pid}; sleep 0.5; cat {self._file}; rm {self._file}")
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


def play(*arguments: str, timeout: float = 600) -> subprocess.CompletedProcess[str]:
    """Run ansible-playbook from the repository's root."""
    command = ["ansible-playbook", *arguments]
    nothing = subprocess.DEVNULL
    return subprocess.run(
        command, cwd=ROOT, stdin=nothing, capture_output=True, text=True, timeout=timeout, check=False
    )


def recap(output: str) -> dict[str, dict[str, int]]:
    """Return the PLAY RECAP: host to {ok, changed, unreachable, failed, ...}."""
    rows = re.findall(r"^(\S+)\s+:((?:\s+\w+=\d+)+)", output.partition("PLAY RECAP")[2], re.MULTILINE)
    return {host: {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", counts)} for host, counts in rows}
