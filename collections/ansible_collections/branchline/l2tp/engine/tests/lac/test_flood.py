"""100,000 frames of junk on a real interface: nothing grows, nothing is kept, and hosts are still taken in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("flood_pair.py")
ENGINE = Path(__file__).parents[2]


def test_a_flood_costs_a_constant():
    alone = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
    environment = {**os.environ, "PYTHONPATH": str(ENGINE)}
    command = [*alone, sys.executable, str(SCRIPT)]
    run = subprocess.run(command, capture_output=True, check=False, timeout=180, env=environment)
    assert run.returncode == 0, run.stderr.decode()
    told = json.loads(run.stdout)
    assert told["sessions"] == 0
    assert told["seen"] > 50_000  # the rest was the kernel's to drop, or got one of the few answers
    assert told["grown"] < 4096  # kB
    assert told["seconds"] < 20
