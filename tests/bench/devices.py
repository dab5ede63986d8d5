"""How long a fleet takes: python tests/bench/devices.py [COUNT] [BATCH]; 100 emulated devices, 20 at a time.

The devices, Cisco IOS XE, run in a process of their own. Two runs: everything new, where one device in twenty refuses
a command, and once more. Prints seconds, seconds of this process's processor time, and its largest memory; fails if a
failure is hidden.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "collections"), str(ROOT / "tests/devices")]

from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet import batch  # noqa: E402 - needs the path above
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.access import Access  # noqa: E402 - as above
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.converge import (  # noqa: E402 - as above
    Device,
    Request,
    converge,
    opener,
)
from emulator.desired import SECRETS, part  # noqa: E402 - as above
from emulator.fleet import PASSWORD, USER  # noqa: E402 - as above

PLATFORM = "cisco_iosxe"


def devices(directory):
    """The devices of a running fleet."""
    ports = json.loads((directory / "ports.json").read_text())
    known = (str(directory / "known_hosts"),)
    for name, port in ports.items():
        reach = Access(name, "127.0.0.1", port, USER, PASSWORD, known_hosts=known)
        yield name, Device(name, PLATFORM, reach, part(PLATFORM), SECRETS)


def run(what, fleet, size):
    """Converge all of them and print what it cost."""
    request = Request("overridden", timeout=60.0)
    started, used = time.monotonic(), time.process_time()
    results = batch.each(fleet, lambda name: converge(fleet[name], request, opener(fleet[name], request)), size, str)
    seconds, cpu = time.monotonic() - started, time.process_time() - used
    changed = sum(one["changed"] for one in results.values())
    failed = [name for name, one in results.items() if one.get("failed")]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{what}: {len(results)} devices, {size} at a time: {seconds:.1f} s, {cpu:.1f} s of processor time, "
        f"{memory} MiB at most; {changed} changed, {len(failed)} failed",
        flush=True,
    )
    for name in failed:
        print(f"  {results[name]['msg']}", flush=True)
    return changed, failed


def main(count, size):
    """Start the devices, run, and check that the numbers are those that they must be."""
    with tempfile.TemporaryDirectory() as place:
        words = [sys.executable, "-m", "emulator", PLATFORM, str(count), place, "20"]
        with subprocess.Popen(
            words, cwd=ROOT / "tests/devices", stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            process.stdout.readline()
            fleet = dict(devices(Path(place)))
            broken = count // 20
            first, again = run("new", fleet, size), run("nothing to do", fleet, size)
            process.stdin.close()
    expected = [(count - broken, broken), (broken, 0)]  # who refused once takes it the second time
    assert [(changed, len(failed)) for changed, failed in (first, again)] == expected, "a failure was hidden"


main(*(int(word) for word in sys.argv[1:] or ("100", "20")))
