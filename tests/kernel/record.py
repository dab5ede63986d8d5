"""python tests/kernel/record.py [NAME ...]: record conversations with pppd, over xl2tpd, for the engine's own tests.

It starts itself inside the user-mode kernel, on the wall's clock. See tests/interop/record.py for the rest, and when.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ENGINE = ROOT / "collections/ansible_collections/branchline/l2tp/engine"
RECORDED = ENGINE / "tests/l2tp/recorded"
SPEAKER = ROOT / "tests/interop/speaker.py"
ARCHIVE = "/usr/local/lib/branchline/branchline.pyz"
SPEAK = f"PYTHONPATH={ENGINE}/tests/l2tp python3 -B {SPEAKER}"
MARK = "=== "
OPTIONS = ("challenge = yes", "hidden bit = yes", "length bit = yes")
SERVERS = {
    # file               our role, what pppd demands
    "pppd_lns_mschapv2": ("willing-lac", "require-mschap-v2"),
    "pppd_lns_chap":     ("hiding-lac", "require-chap"),
}  # fmt: skip
WITHOUT_MSCHAPV2 = ("refuse-pap", "refuse-eap", "refuse-mschap", "refuse-mschap-v2")


def inside(chosen: list[str]) -> None:
    """Record these, or all; print each after a line that names it."""
    sys.path[:0] = [str(HERE), str(ROOT), str(ROOT / "tests"), str(ROOT / "collections")]
    from clients import CLIENTS  # noqa: PLC0415 - only inside is the lane there
    from foreign import Ppp, Xl2tpd  # noqa: PLC0415 - as above
    from lane import up  # noqa: PLC0415 - as above
    from lines import archive, write  # noqa: PLC0415 - as above
    from scenarios.host import until  # noqa: PLC0415 - as above

    hosts = up("isp", "lns1", "oslo")
    for name in ("lns1", "oslo"):
        hosts[name].call(write, {ARCHIVE: archive()})
    client, server = Xl2tpd(hosts["oslo"]), Xl2tpd(hosts["lns1"])
    words = {f"client_{each.name}": each.pppd for each in CLIENTS} | {"pppd_lac_chap": WITHOUT_MSCHAPV2}
    for name, ppp in wanted(words, chosen):
        speaking = hosts["lns1"].start(f"{SPEAK} lns 4")
        until(lambda: hosts["lns1"].try_("ss -lun | grep -q :1701").returncode == 0, "our end listens", 30)
        client.dial("203.0.113.10", "theirs", Ppp(ppp, "oslo"), OPTIONS)
        tell(name, speaking.communicate()[0])
        client.stop()
    for name, (role, demand) in wanted(SERVERS, chosen):
        server.serve("theirs", Ppp((demand,), "oslo"), OPTIONS)
        tell(name, hosts["oslo"].run(f"{SPEAK} {role} 6 203.0.113.10"))
        server.stop()


def wanted(table: dict[str, Any], chosen: list[str]) -> list[tuple[str, Any]]:
    """The rows that are to be recorded."""
    return [(name, row) for name, row in table.items() if name in chosen or not chosen]


def tell(name: str, words: str) -> None:
    """Hand one conversation out of the kernel."""
    print(f"{MARK}{name}\n{words}", end="", flush=True)


def main() -> None:
    """Start the kernel and write what it hands out."""
    command = (sys.executable, "-m", "lab.uml", "run", "--clock", "wall", "--", sys.executable, __file__, *sys.argv[1:])
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    for part in done.stdout.split(MARK)[1:]:
        name, _, words = part.partition("\n")
        (RECORDED / f"{name}.txt").write_text(words)
        print(f"{name}: {len(words.splitlines())} lines")
    if done.returncode:
        sys.exit(done.stdout[-4000:] + done.stderr)


if __name__ == "__main__":
    inside(sys.argv[1:]) if "-branchline" in os.uname().release else main()
