"""A host of the lab over ssh, and the playbook."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from scenarios.host import Host as AnyHost  # noqa: E402 - the path above is needed for it
from scenarios.host import Pinging, guard, until  # noqa: E402 - as above

__all__ = ["BRANCHES", "CORP1", "LAB", "LNS1", "ROOT", "Host", "Pinging", "changed", "guard", "play", "recap", "until"]

LAB = ROOT / ".lab"
BRANCHES = ("oslo", "lyon", "rotterdam", "turin")  # with voluntary lines to lns1
CARRIED = {"bergen-lns2": ("bergen", "gw1", "lns2"), "home1-lns1": ("home1", "lac1", "lns1")}  # who carries other lines
MANAGED = tuple(dict.fromkeys(("lns1", *BRANCHES, *(host for hosts in CARRIED.values() for host in hosts))))
CORP1, LNS1 = "10.10.0.10", "203.0.113.10"


class Host(AnyHost):
    """One host of the lab in `state`, reached as an operator reaches it."""

    def __init__(self, name: str, state: Path = LAB) -> None:
        self.name = name
        self._ssh = ["ssh", "-F", str(state / "ssh_config"), name]
        if not (state / "ssh_config").exists():
            raise AssertionError("the lab is not up: run `make lab` first")

    def command(self, command: str) -> list[str]:
        """Return the words that run a shell command on the host."""
        return [*self._ssh, command]


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


def changed(path: Path, **values: Any) -> None:
    """Set variables of a vars file."""
    data = yaml.safe_load(path.read_text()) or {}
    path.write_text(yaml.safe_dump({**data, **values}))
