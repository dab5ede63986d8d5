"""python -m lab image|up|down|status TOPOLOGY: the lab from the command line; results are JSON on stdout."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from lab import apt, host, image, lifecycle, topology
from lab.system import LabError


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m lab", description=__doc__)
    verbs = top.add_subparsers(dest="verb", required=True)
    for verb, words in {
        "image": "make the base image and layers that are missing from the cache",
        "up": "make or repair the lab",
        "down": "remove everything that the lab made, but not the cache",
        "status": "tell about each host; exit 1 when one is down",
        "supervise": "stay with one host (started by `up`)",
    }.items():
        one = verbs.add_parser(verb, help=words)
        one.add_argument("topology", type=Path)
        one.add_argument("--state", type=Path, help="folder of ssh_config and keys, instead of the topology's")
        if verb == "down":
            one.add_argument("--force", action="store_true", help="even if the lab is another checkout's")
        if verb == "supervise":
            one.add_argument("host")
    return top


def main(words: list[str]) -> int:
    """Run one verb; returns the exit code."""
    options = parser().parse_args(words)
    lab = topology.load(options.topology)
    if options.state:
        lab = replace(lab, state=options.state.resolve())
    result: dict[str, object] = {}
    if options.verb == "image":
        trees = image.trees(lab, apt.sources())
        result = {name or "base": [str(path) for path in paths] for name, paths in trees.items()}
    elif options.verb == "up":
        result = lifecycle.up(lab)
    elif options.verb == "down":
        result = lifecycle.down(lab, force=options.force)
    elif options.verb == "supervise":
        host.supervise(lab, lab.hosts[options.host])
        return 0
    else:
        result = lifecycle.status(lab)
    print(json.dumps(result, indent=1))
    return int(options.verb == "status" and not result["up"])


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except LabError as problem:
        print(f"lab: {problem}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("lab: interrupted; the same command again goes on from here", file=sys.stderr)
        sys.exit(130)
