"""python -m lab.uml build|run|test: the user-mode kernel from the command line."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from lab import apt, image, topology
from lab.system import LabError
from lab.uml import boot, kernel, suite

TOPOLOGY = boot.ROOT / "tests/kernel/topology.yml"
LAYER = "kernel"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m lab.uml", description=__doc__)
    verbs = top.add_subparsers(dest="verb", required=True)
    verbs.add_parser("build", help="build the kernel that is missing from the cache; its folder on stdout")
    run = verbs.add_parser("run", help="run a command in it, as root, in a copy of the image, with the checkout")
    run.add_argument("--clock", choices=sorted(boot.CLOCKS), default="virtual")
    run.add_argument("--memory", default="768M")
    run.add_argument("--seconds", type=float, default=300.0, help="end it after so many")
    run.add_argument("command", nargs="+")
    test = verbs.add_parser("test", help="run test files of tests/kernel in it, each in a kernel of its own")
    test.add_argument("files", nargs="*", type=Path, help="all of them when left out")
    test.add_argument("-k", dest="chosen", default="", help="as pytest's")
    return top


def machine() -> boot.Machine:
    """What boots: the kernel and the image, made when they are missing."""
    layers = image.trees(topology.load(TOPOLOGY), apt.sources())[LAYER]
    return boot.Machine(kernel.build() / "linux", tuple(layers))


def main(words: list[str]) -> int:
    """Run one verb; returns the exit code."""
    options = parser().parse_args(words)
    if options.verb == "build":
        print(kernel.build())
        return 0
    if options.verb == "test":
        return suite.run(machine(), options.files, options.chosen)
    chosen = replace(machine(), clock=options.clock, memory=options.memory, seconds=options.seconds)
    result = boot.run(chosen, options.command, suite.show)
    if result.code == boot.NO_CODE or result.timed_out:
        print(suite.complaint(result), file=sys.stderr)
    return result.code


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except LabError as problem:
        print(f"lab: {problem}", file=sys.stderr)
        sys.exit(2)
