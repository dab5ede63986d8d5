"""python tests/interop/record.py: record conversations with l2tpns and xl2tpd for the engine's own tests.

Needed only when our engine is meant to say something else than before. Each file of
engine/tests/l2tp/recorded/ has lines `time what`: our calls (begin, timeout, end), `< hex` received, `> hex` sent.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from conftest import ENGINE, lab, make_archive
from engine import Engine
from hosts import Host, until
from l2tpns import L2tpns
from xl2tpd import Xl2tpd

CONVERSATION = ENGINE / "tests/l2tp/conversation.py"
RECORDED = ENGINE / "tests/l2tp/recorded"
SPEAKER = """
import select, socket, sys, time
sys.path[:0] = ["/tmp", "/usr/local/lib/branchline/branchline.pyz"]
from conversation import PEER, Conversation

role, seconds = sys.argv[1].replace("-", " "), float(sys.argv[2])
conversation, started, ended = Conversation(role), time.monotonic(), False
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("", 1701 if role == "lns" else 0))

def call(what, method, *arguments):
    now = round(time.monotonic() - started, 6)
    sent = method(*arguments, now)
    print(f"{now:.6f} {what}")
    for datagram in sent:
        sock.sendto(datagram, PEER)
        print(f"{now:.6f} > {datagram.hex()}")

call("begin", conversation.begin)
while (now := time.monotonic() - started) < seconds + 0.5:
    if now > seconds and not ended:
        ended = True
        call("end", conversation.end)
    due = conversation.next_timeout()
    until = min(due if due is not None else seconds, seconds + 0.5 if ended else seconds)
    if select.select([sock], [], [], max(0.0, until - now))[0]:
        datagram = sock.recv(65536)
        call("< " + datagram.hex(), conversation.receive, datagram)
    elif due is not None and time.monotonic() - started >= due:
        call("timeout", conversation.timeout)
"""


def main() -> None:
    """Record all of them anew."""
    shutil.rmtree(RECORDED, ignore_errors=True)
    RECORDED.mkdir()
    with tempfile.TemporaryDirectory() as folder, hosts_up(Path(folder)) as (ours, theirs):
        archive = Path(folder) / "branchline.pyz"
        make_archive(archive)
        Engine(ours).install(archive)
        ours.write("/tmp/conversation.py", CONVERSATION.read_bytes())
        record_l2tpns(ours, L2tpns(theirs))
        record_xl2tpd(ours, Xl2tpd(theirs), archive)


@contextmanager
def hosts_up(state: Path):
    """Have the lab's two hosts."""
    lab("down", state, "--force")
    try:
        lab("up", state)
        yield Host("ours", state), Host("theirs", state)
    finally:
        lab("down", state, "--force")


def record_l2tpns(ours: Host, l2tpns: L2tpns) -> None:
    """As our LNS."""
    l2tpns.install()
    l2tpns.start()
    keep("l2tpns_lns", ours.python(SPEAKER, "lac", "2.5"))
    l2tpns.kill()


def record_xl2tpd(ours: Host, xl2tpd: Xl2tpd, archive: Path) -> None:
    """As our LNS, and as our client."""
    xl2tpd.install(archive)
    xl2tpd.serve("challenge = yes", "length bit = yes")
    keep("xl2tpd_lns", ours.python(SPEAKER, "hiding-lac", "2.5"))
    xl2tpd.kill()
    ours.write("/tmp/speaker.py", SPEAKER.encode())
    speaking = ours.start("python3 /tmp/speaker.py lns 4")
    until(lambda: ours.try_("ss -lun | grep -q :1701").returncode == 0, "our end listens", 5)
    xl2tpd.dial("challenge = yes", "hidden bit = yes")
    keep("xl2tpd_lac", speaking.communicate()[0])
    xl2tpd.kill()


def keep(name: str, words: str) -> None:
    """Write one."""
    (RECORDED / f"{name}.txt").write_text(words)
    print(f"{name}: {len(words.splitlines())} lines", file=sys.stderr)


if __name__ == "__main__":
    main()
