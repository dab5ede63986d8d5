"""rp-pppoe's client and access concentrator, in user space; `standin_pppd.py` is their pppd."""

from __future__ import annotations

import json
from pathlib import Path

from engine import USER
from hosts import Host
from xl2tpd import PLACE, PPP

INTERFACE = "eth1"  # the network between the two, as the topology says


class RpPppoe:
    """rp-pppoe on one host."""

    def __init__(self, host: Host) -> None:
        self.host = host

    def install(self, archive: Path) -> None:
        """Put the stand-in and the engine that it uses in place."""
        self.host.write(f"{PLACE}/branchline.pyz", archive.read_bytes())
        self.host.write(f"{PLACE}/pppd", Path(__file__).with_name("standin_pppd.py").read_bytes())
        self.host.run(f"chmod 755 {PLACE}/pppd")

    def dial(self, *options: str) -> None:
        """Dial whoever answers on the network, with these `options` of pppoe(8)."""
        ppp = {**PPP, "user": USER, "answer": ["mschapv2", "chap-md5"]}
        command = " ".join(("pppoe", "-I", INTERFACE, *options))
        self._run(ppp, f"{PLACE}/pppd pty '{command}' file {PLACE}/ppp.json")

    def serve(self, *options: str) -> None:
        """Take hosts in, with these `options` of pppoe-server(8)."""
        ppp = {**PPP, "peer_user": USER, "demand": ["chap-md5"]}
        words = ("-L 10.20.0.2 -R 10.20.0.33", f"-q {PLACE}/pppd -O {PLACE}/ppp.json", *options)
        self._run(ppp, f"pppoe-server -I {INTERFACE} -C theirs {' '.join(words)}", "--property=Type=forking")

    def kill(self) -> None:
        """End it and the stand-ins without a word."""
        self.host.run("systemctl kill -s KILL rp-pppoe 2>/dev/null; systemctl stop rp-pppoe 2>/dev/null; true")

    def told(self) -> str:
        """Return what the stand-ins have told since the start."""
        return self.host.run(f"cat {PPP['log']} 2>/dev/null || true")

    def _run(self, ppp: dict, command: str, *properties: str) -> None:
        self.kill()
        self.host.write(f"{PLACE}/ppp.json", json.dumps(ppp).encode())
        self.host.run(f"rm -f {PPP['log']}; systemctl reset-failed rp-pppoe 2>/dev/null; true")
        self.host.run(f"systemd-run --collect --unit=rp-pppoe {' '.join(properties)} {command}")
