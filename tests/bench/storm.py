"""python tests/bench/storm.py [COUNT [SPREAD [RETURN]]]: branches that lose their LNS at once, and get it back.

COUNT branches (300) with two LNSs, all in one process over loopback, with recorded data paths and no IPsec; seconds
of `spread` (3) and `return` (60) as in a line's configuration. Prints for each act how many SCCRQs the LNS saw in its
busiest second and in all, the seconds until all lines were open there, how many were left down, and how many were
open at the least. Takes three minutes with the defaults, six at the most.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "collections/ansible_collections/branchline/l2tp/engine"))
from tests.lines.storm import Storm

LIMIT = 120.0  # seconds for each act, besides what is to pass anyway


async def acts(world: Storm) -> dict[str, object]:
    """All are opened, one LNS dies without a word, it comes back."""
    again = next(iter(world.branch["lines"].values()))["failover"]["return"]
    told: dict[str, object] = {"opened": asdict(await world.until_all(None, LIMIT))}
    world.kill("lns1")
    told["lost"] = asdict(await world.until_all("lns2", LIMIT))
    await world.revive("lns1")
    told["returned"] = asdict(await world.until_all(None, LIMIT + 2 * again))
    return told


def main() -> None:
    """Print one JSON object an act."""
    count, spread, again = (float(given or default) for given, default in zip(sys.argv[1:] + [""] * 3, (300, 3, 60)))
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    logging.disable(logging.CRITICAL)
    line = {"failover": {"setup": 6, "dead": 60, "return": again, "spread": spread}}
    with tempfile.TemporaryDirectory() as directory:
        world = Storm(Path(directory), int(count), line)
        world.limit = 3 * LIMIT + 3 * again
        for act, outcome in world.run(acts).items():
            print(json.dumps({"act": act, **outcome}))


if __name__ == "__main__":
    main()
