"""An emulated VyOS that is a host of the lane: what is committed is done, what it shows is so.

Its command line is that of tests/devices/emulator. A commit makes files of daemons out of the configuration, and starts
again what changed, like VyOS (src/conf_mode/vpn_l2tp.py and vpn_ipsec.py of github.com/vyos/vyos-1x): strongSwan, and
xl2tpd in the place of accel-ppp. A restart of the device takes everything away and begins with what was saved.
"""

from __future__ import annotations

import re

import vyos_daemons
from devices.emulator.vyos import Vyos
from foreign import SYSTEMCTL, put
from lane import Host

L2TP = "accel-ppp@l2tp.service"
L2TP_UNIT = f"""\
[Service]
ExecStart=/usr/sbin/xl2tpd -D -c {vyos_daemons.PLACE}/xl2tpd.conf -C /run/xl2tpd/l2tp-control
RuntimeDirectory=xl2tpd
"""
LOG = """\
charon-systemd { filelog { vyos {
  path = /var/log/charon.log
  default = 1
  flush_line = yes
} } }
"""
# pppd says goodbye, then xl2tpd ends without a word: it spins when it has to end a pppd by itself.
END = f"pkill -KILL -x xl2tpd; pkill -KILL -x pppd; rm -rf {vyos_daemons.SESSIONS}; systemctl stop {L2TP}"
STOP = f"pkill -TERM -x pppd && sleep 0.5; {END}"
FLUSH = "ip xfrm state flush; ip xfrm policy flush; true"
HEADER = tuple("ifname username ip ip6 ip6-dp calling-sid rate-limit state uptime rx-bytes tx-bytes".split())  # noqa: SIM905 - a line of a table
PING = {"count": "-c", "size": "-s", "interval": "-i", "interface": "-I"}
SESSION = re.compile(r"^\S+/(ppp\d+):(\S+) (\S+) (\d+)$", re.MULTILINE)
CALLER = re.compile(r"Connection established to ([\d.]+), \d+\.  Local: (\d+),")
PASSED = ("00:00:01", "1.0 KiB", "1.0 KiB")  # nobody asks for it
RELOAD = "swanctl --load-all --clear"


class LiveVyos(Vyos):
    """The device that a host of the lane is."""

    def __init__(self, host: Host, **options: object) -> None:
        self.host, self.ipsec, self.l2tp = host, {}, {}
        super().__init__(host.name, **options)
        host.call(put, {f"/etc/systemd/system/{L2TP}": L2TP_UNIT, "/etc/strongswan.d/vyos.conf": LOG, **SYSTEMCTL})

    def factory(self) -> list[tuple[str, ...]]:
        """Its name and its addresses."""
        links = [("interfaces", "ethernet", link.device, "address", str(link.address)) for link in self.host.spec.links]
        return [("system", "host-name", self.name), *links]

    def execute(self, session: object, line: str) -> object:
        """As VyOS, whose command line outside of its configuration is a shell too."""
        if session.mode == "exec" and line.startswith(("for ", "ip ")):
            done = self.host.try_(line)
            return done.stdout + done.stderr
        if session.mode == "exec" and line.startswith("ping "):
            return self._ping(line.split()[1:])
        return super().execute(session, line)

    def _ping(self, words: list[str]) -> str:
        """`ping ADDRESS count 5 size 1332 do-not-fragment` (src/op_mode/ping.py)."""
        given = iter(words[1:])
        options = ["-Mdo" if word == "do-not-fragment" else f"{PING[word]} {next(given)}" for word in given]
        return self.host.try_(f"ping -n {' '.join(options)} {words[0]}").stdout

    def _show(self, session: object, rest: str) -> str:
        if rest == "l2tp-server sessions":
            return self._sessions()
        if rest == "vpn ipsec sa detail":  # of each SA swanctl -l
            return self.host.try_("swanctl --list-sas").stdout
        return super()._show(session, rest)

    def _sessions(self) -> str:
        """accel-cmd's table."""
        if not self.l2tp:
            return "Service l2tp is not configured"
        said = self.host.run(f"grep . {vyos_daemons.SESSIONS}/* /dev/null; true")
        callers = {tunnel: address for address, tunnel in CALLER.findall(self.host.run(f"cat /var/log/{L2TP}.log"))}
        rows = [(*one[:3], "", "", callers.get(one[3], ""), "", "active", *PASSED) for one in SESSION.findall(said)]
        rows.insert(0, HEADER)
        widths = [max(len(row[number]) for row in rows) + 2 for number in range(len(HEADER))]
        table = ["|".join(cell.center(width) for cell, width in zip(row, widths)) for row in rows]
        return "\n".join([table[0], "+".join("-" * width for width in widths), *table[1:]])

    def applied(self) -> None:
        """Start again what has other files than before; sessions end with their server, as they do in VyOS."""
        wanted = vyos_daemons.ipsec(self.config), vyos_daemons.l2tp(self.config)
        if wanted[0] != self.ipsec:
            self._put(self.ipsec, wanted[0])
            self.host.run(f"systemctl start strongswan && {RELOAD}" if wanted[0] else "systemctl stop strongswan", 200)
        if wanted[1] != self.l2tp:
            self.host.run(STOP, 200)
            self._put(self.l2tp, wanted[1])
            self.host.run(f"systemctl start {L2TP}" if wanted[1] else "true", 200)
        self.ipsec, self.l2tp = wanted

    def _put(self, before: dict[str, str], wanted: dict[str, str]) -> None:
        self.host.run("rm -f " + " ".join(before))
        self.host.call(put, wanted)

    def reboot(self) -> None:
        """Lose everything at once, without a word to anybody; begin with what was saved."""
        self.host.run(f"{END} strongswan; {FLUSH}", 400)
        self.host.run("rm -f " + " ".join([*self.ipsec, *self.l2tp]))
        self.ipsec, self.l2tp = {}, {}
        super().reboot()
