"""The test files of the kernel lane: each in a kernel of its own, some at a time; what they say, and if all are good.

A file may say at its top level what it needs: CLOCK ("virtual" or "wall"), MEMORY, SECONDS. Those on the wall's clock,
which measure, run one after the other when the others are done.
"""

from __future__ import annotations

import ast
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from typing import Any

from lab.uml import boot

FOLDER = boot.ROOT / "tests/kernel"
NEEDS = {"CLOCK": "clock", "MEMORY": "memory", "SECONDS": "seconds"}
NONE_CHOSEN = 5  # pytest's exit code when -k takes none of a file's tests
# No test has a bound of its own in there, where time may be virtual: SECONDS is the file's.
PYTEST = (".venv/bin/python", "-m", "pytest", "-p", "no:cacheprovider", "--timeout=0", "--tb=short", "--color=no")


def needs(machine: boot.Machine, path: Path) -> boot.Machine:
    """The machine as a test file wants it."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign):
            machine = replace(machine, **_said(node.targets[0], node.value))
    return machine


def _said(target: ast.expr, value: ast.expr) -> dict[str, Any]:
    """What an assignment, to one name or to several, says of the machine."""
    names = target.elts if isinstance(target, ast.Tuple) else [target]
    values = value.elts if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) else [value]
    pairs = {name.id: each for name, each in zip(names, values) if isinstance(name, ast.Name)}
    return {NEEDS[name]: ast.literal_eval(each) for name, each in pairs.items() if name in NEEDS}


def show(piece: bytes) -> None:
    """Hand on what a command printed."""
    sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def complaint(result: boot.Result) -> str:
    """Why a kernel gave no result, with the end of its console."""
    why = "it did not end in time" if result.timed_out else "the kernel ended without the command's exit code"
    if result.stuck:
        why = f"the kernel stood still:\n{result.stuck}\n"
    return f"{why}; its console:\n{result.console[-8000:]}"


def one(machine: boot.Machine, path: Path, chosen: str) -> tuple[int, str]:
    """Run one file; its exit code and what it said."""
    command = [*PYTEST, str(path.relative_to(boot.ROOT)), *(["-k", chosen] if chosen else [])]
    text = ""
    for _attempt in range(2):
        said: list[bytes] = []
        result = boot.run(machine, command, said.append)
        text += b"".join(said).decode(errors="replace")
        if not result.stuck:
            break
        text += f"{complaint(result)}\nin another kernel:\n"
    if result.code == boot.NO_CODE or result.timed_out:
        return boot.NO_CODE, text + complaint(result)
    return result.code, text


def run(machine: boot.Machine, files: list[Path], chosen: str = "") -> int:
    """Run test files, all for none; 0 when every one is good. A kernel that does not boot is a failure."""
    paths = sorted(path.resolve() for path in files) or sorted(FOLDER.glob("test_*.py"))
    wanted = [(path, needs(machine, path)) for path in paths]
    begun, failed = time.monotonic(), []
    for clock, width in (("virtual", os.cpu_count() or 1), ("wall", 1)):
        failed += _some([(path, own) for path, own in wanted if own.clock == clock], width, chosen)
    print(f"kernel: {f'FAILED: {failed}' if failed else 'all good'}, {time.monotonic() - begun:.0f} s")
    return 1 if failed else 0


def _some(wanted: list[tuple[Path, boot.Machine]], width: int, chosen: str) -> list[str]:
    """Run these, `width` at a time, and show each when it is done; the names of those that failed."""
    failed = []
    with ThreadPoolExecutor(width) as pool:
        running = {pool.submit(one, own, path, chosen): path for path, own in wanted}
        for future in as_completed(running):
            (code, text), name = future.result(), running[future].name
            good = code == 0 or (bool(chosen) and code == NONE_CHOSEN)
            failed += [] if good else [name]
            print(f"kernel: {name}: {'good' if good else f'FAILED, exit {code}'}\n{text}", flush=True)
    return failed
