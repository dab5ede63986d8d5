"""Sessions that an LNS sets up per second and their memory: ours in the kernel and in user space, xl2tpd with pppd.

    python -m lab.uml run --clock wall --memory 1200M --seconds 900 -- .venv/bin/python tests/bench/sessions.py [COUNT]

All on one user-mode kernel, each LNS in turn, called by the same client: COUNT lines at once, each a tunnel with one
session, CHAP and an address, by this repository's engine without any device. Memory is what the LNS's processes have
to themselves (anonymous PSS), and what the machine has less, without the client's part.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "collections/ansible_collections/branchline/l2tp/engine"
PYTHON = str(ROOT / ".venv/bin/python")
CALLER = Path(__file__).with_name("caller.py")
LOG = Path("/run/bench/log")
LNS, BRANCH, PASSWORD = "198.51.100.1", "198.51.100.2", "secret"
OURS = {"listen": [{"address": LNS, "port": 1701}], "address": "10.20.0.1", "pools": {"p": ["10.20.4.0-10.20.7.255"]}}
XL2TPD = """\
[global]
listen-addr = {lns}
access control = no
[lns default]
ip range = 10.20.4.0-10.20.7.255
local ip = 10.20.0.1
require chap = yes
refuse pap = yes
require authentication = yes
name = lns1
pppoptfile = /run/bench/options
"""
OPTIONS = """\
name lns1
auth
require-chap
ipcp-accept-remote
noccp
noipv6
mtu 1400
mru 1400
lcp-restart 1
ipcp-restart 1
"""


def run(command: str) -> str:
    """Return what a command prints."""
    return subprocess.run(command, shell=True, check=True, capture_output=True, text=True).stdout


def names(count: int) -> list[str]:
    """The lines."""
    return [f"branch{number}" for number in range(count)]


def ours(datapath: str, count: int) -> list[str]:
    """Write engine.json; the command of our LNS."""
    users = {name: {"line": name, "secret": PASSWORD, "pool": "p"} for name in names(count)}
    config = {"version": 1, "host_name": "lns1", "datapath": datapath, "lns": {**OURS, "users": users}}
    Path("/run/bench/engine.json").write_text(json.dumps(config))
    return [PYTHON, "-m", "branchline", "--control", "/run/bench/c", "daemon", "--config", "/run/bench/engine.json"]


def xl2tpd(count: int) -> list[str]:
    """Write its files; the command of xl2tpd."""
    Path("/run/bench/xl2tpd.conf").write_text(XL2TPD.format(lns=LNS))
    Path("/run/bench/options").write_text(OPTIONS)
    secrets = Path("/etc/ppp/chap-secrets")
    secrets.write_text("".join(f'{name} * "{PASSWORD}" *\n' for name in names(count)))
    secrets.chmod(0o600)
    Path("/run/xl2tpd").mkdir(exist_ok=True)
    return ["xl2tpd", "-D", "-c", "/run/bench/xl2tpd.conf", "-p", "/run/bench/xl2tpd.pid", "-C", "/run/bench/control"]


def pss() -> int:
    """KiB of memory of their own that the processes in the LNS's namespace have, shared copies divided."""
    total = 0
    here = Path("/run/netns/lns").stat().st_ino
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, TypeError):
            if (place / "ns/net").stat().st_ino == here:
                total += int(re.search(r"^Pss_Anon:\s+(\d+)", (place / "smaps_rollup").read_text(), re.MULTILINE)[1])
    return total


def available() -> int:
    """KiB that the machine has."""
    return int(re.search(r"MemAvailable:\s+(\d+)", Path("/proc/meminfo").read_text())[1])


def measured(command: list[str], count: int) -> dict[str, float]:
    """What one LNS does; it is ended afterwards."""
    log = LOG.open("w")
    words = ["ip", "netns", "exec", "lns", *command]
    lns = subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True, cwd=ENGINE)
    words = ["ip", "netns", "exec", "branch", PYTHON, str(CALLER), LNS, str(count), PASSWORD]
    calling = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
    calling.stdout.readline()
    time.sleep(3)
    if lns.poll() is not None:
        sys.exit(f"{command[0]} has ended: {LOG.read_text()}")
    before = (pss(), available())
    calling.stdin.write("\n")
    calling.stdin.flush()
    said = json.loads(calling.stdout.readline())
    time.sleep(2)
    after = (pss(), available())
    calling.communicate("\n")
    os.killpg(lns.pid, 9)
    run("ip netns pids lns | xargs -r kill -9; sleep 3")
    return {
        "open": said["open"],
        "per_second": said["open"] / said["seconds"],
        "process_kib": (after[0] - before[0]) / said["open"],
        "machine_kib": (before[1] - after[1] - said["grown"]) / said["open"],
    }


def rounds(count: int) -> Iterator[tuple[str, dict[str, float]]]:
    """Each LNS with what it does."""
    yield "branchline, kernel", measured(ours("kernel", count), count)
    yield "branchline, user space", measured(ours("tun", count), count)
    yield "xl2tpd and pppd, kernel", measured(xl2tpd(count), count)


def main(count: int) -> None:
    """Print a row for each LNS as it is measured."""
    Path("/run/bench").mkdir()
    for name in ("lns", "branch"):
        run(f"ip netns add {name}; ip -n {name} link set lo up")
    run("ip -n branch link add wan type veth peer name wan netns lns")
    for name, address in (("lns", LNS), ("branch", BRANCH)):
        run(f"ip -n {name} addr add {address}/24 dev wan; ip -n {name} link set wan up")
    print(f"{count} lines at once           open  per second  KiB each: processes  machine")
    for name, row in rounds(count):
        cells = f"{row['open']:4.0f}  {row['per_second']:10.1f}  {row['process_kib']:19.0f}  {row['machine_kib']:7.0f}"
        print(f"{name:27s}  {cells}", flush=True)


if __name__ == "__main__":
    main(int((sys.argv[1:] or ["200"])[0]))
