"""How long a fleet takes, as users run it: python tests/bench/devices.py [COUNT] [BATCH]; 100 devices, 20 at a time.

The devices are emulated, Cisco IOS XE, in a process of their own; `ansible-playbook playbooks/site.yml --tags lines`
brings them to the plan. Three runs: everything new, where one device in twenty refuses a command; again, which mends
those; and once more, with nothing to do. Prints seconds, seconds of the controller's processor time, and its largest
process; fails if a failure is hidden.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/devices")]

import plays  # noqa: E402 - needs the path above

EVERY = 20  # which device refuses a command once


def told(what, outcome, count, size):
    """Print what a run cost; how many devices it changed, and which failed."""
    print(
        f"{what}: {count} devices, {size} at a time: {outcome.seconds:.1f} s, {outcome.cpu:.1f} s of processor time, "
        f"{outcome.memory} MiB at most; {len(outcome.changed)} changed, {len(outcome.failed)} failed",
        flush=True,
    )
    return outcome.changed, outcome.failed


def main(count, size):
    """Start the devices, run the play, and check that it says of each device what became of it."""
    with tempfile.TemporaryDirectory() as place:
        words = [sys.executable, "-m", "emulator", "cisco_iosxe", str(count), place, str(EVERY)]
        with subprocess.Popen(
            words, cwd=ROOT / "tests/devices", stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            process.stdout.readline()
            directory = Path(place)
            ports = json.loads((directory / "ports.json").read_text())
            plays.write_inventory(directory, ports)
            options = ("site.yml", "--tags", "lines", "--extra-vars", f"branchline_batch={size}")
            runs = [
                told(what, plays.play(directory, *options), count, size) for what in ("new", "again", "nothing to do")
            ]
            process.stdin.close()
    devices = set(ports)
    broken = {name for number, name in enumerate(sorted(devices), 1) if number % EVERY == 0}
    expected = [(devices - broken, broken), (broken, set()), (set(), set())]
    found = [(changed & devices, failed) for changed, failed in runs]
    assert found == expected, "a failure was hidden"


main(*(int(word) for word in sys.argv[1:] or ("100", "20")))
