"""python tests/interop/record.py [NAME ...]: record conversations with l2tpns and xl2tpd for the engine's own tests.

Needed only when our engine is meant to say something else than before. Each file of
engine/tests/l2tp/recorded/ has lines `time what`: our calls (begin, timeout, end), `< hex` received, `> hex` sent.
Those with pppd are recorded in the kernel lane: tests/kernel/record.py.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from conftest import ENGINE, lab, make_archive
from engine import BEYOND, FOREIGN, PASSWORD, Engine
from hosts import Host, until
from l2tpns import L2tpns
from xl2tpd import Xl2tpd

CONVERSATION = ENGINE / "tests/l2tp/conversation.py"
RECORDED = ENGINE / "tests/l2tp/recorded"
SPEAKER = Path(__file__).with_name("speaker.py")
SWITCHED = {"line": "in", "secret": PASSWORD, "pool": "few", "routes": ["10.10.0.0/24"]}
HOSTS = ("ours", "theirs", "beyond")


class Recorder:
    """The hosts, with our half of a conversation on those that are ours."""

    def __init__(self, folder: Path) -> None:
        self.ours, self.theirs, self.beyond = (Host(name, folder) for name in HOSTS)
        self.archive = folder / "branchline.pyz"
        make_archive(self.archive)
        self.engines = {name: Engine(getattr(self, name), name) for name in ("ours", "beyond")}
        for engine in self.engines.values():
            engine.install(self.archive)
            engine.host.write("/tmp/conversation.py", CONVERSATION.read_bytes())
            engine.host.write("/tmp/speaker.py", SPEAKER.read_bytes())

    def l2tpns_lns(self) -> str:
        """Our client calls l2tpns."""
        with self._l2tpns():
            return self.ours.run(f"python3 /tmp/speaker.py lac 2.5 {FOREIGN}")

    def l2tpns_switch_lns(self) -> str:
        """Our client calls our LNS through l2tpns, after a first call, for which l2tpns opens its tunnel in vain."""
        lns = self.engines["beyond"]
        with self._l2tpns():
            lns.serve(listen=[{"address": BEYOND}], users={"tunnelled": SWITCHED})
            self.ours.run(f"python3 /tmp/speaker.py switched-lac 2 {FOREIGN}")
            words = self.ours.run(f"python3 /tmp/speaker.py switched-lac 2.5 {FOREIGN}")
        lns.run({})
        lns.host.run("systemctl stop branchline")
        return words

    def l2tpns_switch_lac(self) -> str:
        """The same as the LNS sees it."""
        with self._l2tpns():
            speaking = self._listening(self.beyond, "lns", 15)
            self.engines["ours"].call(user="tunnelled")
            words = speaking.communicate()[0]
        self.engines["ours"].run({})
        return words

    def xl2tpd_lns(self) -> str:
        """Our client calls xl2tpd."""
        with self._xl2tpd() as xl2tpd:
            xl2tpd.serve("challenge = yes", "length bit = yes")
            return self.ours.run(f"python3 /tmp/speaker.py hiding-lac 2.5 {FOREIGN}")

    def xl2tpd_lac(self) -> str:
        """It calls our LNS."""
        with self._xl2tpd() as xl2tpd:
            speaking = self._listening(self.ours, "lns", 4)
            xl2tpd.dial("challenge = yes", "hidden bit = yes")
            return speaking.communicate()[0]

    def _listening(self, host: Host, role: str, seconds: float):
        speaking = host.start(f"python3 /tmp/speaker.py {role} {seconds}")
        until(lambda: host.try_("ss -lun | grep -q :1701").returncode == 0, "our end listens", 5)
        return speaking

    @contextmanager
    def _l2tpns(self):
        foreign = L2tpns(self.theirs)
        foreign.install()
        foreign.start()
        yield
        foreign.kill()

    @contextmanager
    def _xl2tpd(self):
        foreign = Xl2tpd(self.theirs)
        foreign.install(self.archive)
        yield foreign
        foreign.kill()


NAMES = ("l2tpns_lns", "l2tpns_switch_lns", "l2tpns_switch_lac", "xl2tpd_lns", "xl2tpd_lac")


def main(names: list[str]) -> None:
    """Record these, or all of them, anew."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        lab("down", state, "--force")
        try:
            lab("up", state)
            recorder = Recorder(state)
            for name in names or NAMES:
                words = getattr(recorder, name)()
                (RECORDED / f"{name}.txt").write_text(words)
                print(f"{name}: {len(words.splitlines())} lines", file=sys.stderr)
        finally:
            lab("down", state, "--force")


if __name__ == "__main__":
    main(sys.argv[1:])
