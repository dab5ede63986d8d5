"""python -m emulator PLATFORM COUNT DIRECTORY [N]: devices in a process of their own, until their input ends.

Every Nth device refuses a command once. DIRECTORY gets `known_hosts` and `ports.json`; one line is printed when all are
up.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from .fleet import PLATFORMS, Fleet


def main(platform, count, directory, refusing=0):
    """Run until nobody needs them any more."""
    numbers = range(1, int(count) + 1)
    faults = [
        {"refuse": ("^interface Virtual-PPP", 1)} if int(refusing) and number % int(refusing) == 0 else {}
        for number in numbers
    ]
    devices = [PLATFORMS[platform](f"device{number:03}", faults=own) for number, own in zip(numbers, faults)]
    with Fleet(devices) as fleet:
        fleet.write_known_hosts(Path(directory) / "known_hosts")
        (Path(directory) / "ports.json").write_text(json.dumps(fleet.ports), encoding="ascii")
        print("up", flush=True)
        sys.stdin.read()


main(*sys.argv[1:])
