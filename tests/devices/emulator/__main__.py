"""python -m emulator PLATFORM COUNT DIRECTORY: devices in a process of their own, until their standard input ends.

DIRECTORY gets `known_hosts` and `ports.json`; the process prints one line when all are up.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from .fleet import PLATFORMS, Fleet


def main(platform, count, directory):
    """Run until nobody needs them any more."""
    devices = [PLATFORMS[platform](f"device{number:03}") for number in range(1, int(count) + 1)]
    with Fleet(devices) as fleet:
        fleet.write_known_hosts(Path(directory) / "known_hosts")
        (Path(directory) / "ports.json").write_text(json.dumps(fleet.ports), encoding="ascii")
        print("up", flush=True)
        sys.stdin.read()


main(*sys.argv[1:])
