"""python tests/bench/caller.py LNS COUNT PASSWORD: opens lines branch0, branch1, ... to an LNS, without any device.

Says "ready" and waits for a line on its standard input. Prints one JSON object when they are open, or after LIMIT
seconds: `seconds`, `open`, and `grown`, KiB of this process. It holds them until the next line comes.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "collections/ansible_collections/branchline/l2tp/engine"))
from branchline.aio.charon import Charon
from branchline.config import parse
from branchline.datapath.recorded import RecordedDataPath
from branchline.lines.backoff import Patience
from branchline.lines.context import Context
from branchline.lines.host import Host
from branchline.lines.journal import Journal

LIMIT = 120  # seconds


async def call(lns: str, count: int, password: str) -> None:
    """Open the lines and tell how that went."""
    lines: dict[str, Any] = {
        f"branch{number}": {
            "lns": lns, "user": f"branch{number}", "secret": password, "interface": f"branch{number}", "mtu": 1400,
            "auth": ["chap-md5"],
        }
        for number in range(count)
    }  # fmt: skip
    config = parse({"version": 1, "host_name": "bench", "lines": lines})
    print("ready", flush=True)
    sys.stdin.readline()
    own, started = resident(), time.monotonic()
    host = Host(config, Context("bench", None, RecordedDataPath(), Charon(), Journal()), Patience())
    await host.open()
    opened = 0
    while opened < count and time.monotonic() - started < LIMIT:
        await asyncio.sleep(0.1)
        opened = sum(line["state"] == "open" for line in host.status()["lines"])
    told = {"seconds": time.monotonic() - started, "open": opened, "grown": resident() - own}
    print(json.dumps(told), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    os._exit(0)


def resident() -> int:
    """KiB of this process."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())[1])


if __name__ == "__main__":
    asyncio.run(call(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
