"""xl2tpd, as LAC and as LNS, in user space; `standin_pppd.py` is its /usr/sbin/pppd."""

from __future__ import annotations

import json
from pathlib import Path

from engine import ADDRESS, PASSWORD, SECRET, USER, Journal
from hosts import Host, until
from scenarios.xl2tpd import LISTENS

PLACE = "/opt/interop"
UNIT = f"""\
[Unit]
StartLimitIntervalSec=0
[Service]
ExecStart=/usr/sbin/xl2tpd -D -c {PLACE}/xl2tpd.conf
RuntimeDirectory=xl2tpd
BindReadOnlyPaths={PLACE}/pppd:/usr/sbin/pppd
"""
GLOBAL = f"""\
[global]
force userspace = yes
auth file = {PLACE}/l2tp-secrets
debug avp = yes
debug network = yes
debug state = yes
debug tunnel = yes
"""
LAC = f"""\
[lac ours]
lns = {ADDRESS}
hostname = theirs
pppoptfile = {PLACE}/ppp.json
"""
LNS = f"""\
[lns default]
ip range = 10.20.0.32-10.20.0.35
local ip = 10.20.0.2
hostname = theirs
pppoptfile = {PLACE}/ppp.json
"""
PPP = {"device": "in0", "log": f"{PLACE}/pppd.log", "routes": ["10.10.0.0/24"], "name": "theirs", "secret": PASSWORD}


class Xl2tpd:
    """xl2tpd on one host."""

    def __init__(self, host: Host) -> None:
        self.host = host

    def install(self, archive: Path) -> None:
        """Put the stand-in, the engine that it uses and the unit in place."""
        self.host.write(f"{PLACE}/branchline.pyz", archive.read_bytes())
        self.host.write(f"{PLACE}/pppd", Path(__file__).with_name("standin_pppd.py").read_bytes())
        self.host.write("/etc/systemd/system/foreign.service", UNIT.encode())
        self.host.run(f"chmod 755 {PLACE}/pppd; systemctl daemon-reload")

    def dial(self, *options: str, secret: str = SECRET, password: str = PASSWORD) -> Journal:
        """Start it as a LAC with these `options` of its section, and call our LNS; return its journal."""
        ppp = {**PPP, "user": USER, "secret": password, "answer": ["mschapv2", "chap-md5"]}
        journal = self._start(LAC, options, secret, ppp)
        self.control("connect-lac ours")
        return journal

    def serve(self, *options: str, secret: str = SECRET) -> Journal:
        """Start it as an LNS with these `options` of its section; return its journal."""
        return self._start(LNS, options, secret, {**PPP, "peer_user": USER, "demand": ["chap-md5"]})

    def control(self, command: str) -> str:
        """Tell it something."""
        return self.host.run(f"xl2tpd-control {command}")

    def kill(self) -> None:
        """End it and the stand-ins without a word."""
        self.host.run("systemctl kill -s KILL foreign 2>/dev/null; systemctl stop foreign; true")

    def ppp(self) -> str:
        """Return what the stand-ins have told since the start."""
        return self.host.run(f"cat {PPP['log']} 2>/dev/null || true")

    def _start(self, section: str, options: tuple[str, ...], secret: str, ppp: dict) -> Journal:
        journal = Journal(self.host, "foreign")
        words = GLOBAL + section + "".join(f"{option}\n" for option in options)
        self.host.write(f"{PLACE}/xl2tpd.conf", words.encode())
        self.host.write(f"{PLACE}/l2tp-secrets", f"* * {secret}\n".encode())
        self.host.write(f"{PLACE}/ppp.json", json.dumps(ppp).encode())
        self.host.run(f"rm -f {PPP['log']}; systemctl start foreign")
        until(lambda: self.host.try_(LISTENS).returncode == 0, "xl2tpd runs", 5)
        return journal
