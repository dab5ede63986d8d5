"""What others would run on a host of the lane, configured by hand: xl2tpd with pppd, and strongSwan.

Nothing of the collection is used for these hosts, only the lane's `systemctl`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from lane import HERE, Host
from scenarios.host import until
from scenarios.xl2tpd import LISTENS

PLACE = "/etc/foreign"
SECRET, PASSWORD, PSK = "a-secret-of-the-tunnel", "a secret of the user", "a key of both ends"
SYSTEMCTL = {"/usr/local/bin/systemctl": (HERE / "systemctl").read_text()}
UNIT = f"""\
[Service]
ExecStart=/usr/sbin/xl2tpd -D -c {PLACE}/xl2tpd.conf
RuntimeDirectory=xl2tpd
"""
GLOBAL = f"""\
[global]
port = 1701
listen-addr = {{listen}}
auth file = {PLACE}/l2tp-secrets
debug state = yes
debug tunnel = yes
"""
LAC = f"""\
[lac out]
lns = {{lns}}
hostname = {{name}}
pppoptfile = {PLACE}/options
"""
LNS = f"""\
[lns default]
ip range = 10.20.0.16-10.20.0.31
local ip = 10.20.0.1
hostname = {{name}}
pppoptfile = {PLACE}/options
"""
PPP = """\
logfile /var/log/pppd.log
debug
mtu 1360
mru 1360
lcp-restart 1
lcp-echo-interval 5
lcp-echo-failure 4
ifname foreign
nodeflate
nobsdcomp
"""
LOG = """\
charon-systemd { filelog { hand {
  path = /var/log/charon.log
  default = 1
  flush_line = yes
} } }
"""


@dataclass(frozen=True)
class Ppp:
    """pppd's authentication: what it demands as a server, or is willing to do as a client, in its own words."""

    words: tuple[str, ...]
    user: str
    password: str = PASSWORD


class Xl2tpd:
    """xl2tpd and pppd on the kernel's own L2TP and PPP; xl2tpd has the address `listen` alone."""

    def __init__(self, host: Host, listen: str = "0.0.0.0") -> None:
        self.host, self.listen = host, listen
        host.call(put, {"/etc/systemd/system/foreign.service": UNIT} | SYSTEMCTL)

    def dial(self, lns: str, name: str, ppp: Ppp, options: tuple[str, ...] = (), secret: str = SECRET) -> None:
        """Call an LNS as `name`, with xl2tpd's `options` of its section."""
        section = LAC.format(lns=lns, name=name)
        words = ["noauth", f"name {ppp.user}", "ipcp-accept-local", "ipcp-accept-remote", "usepeerdns", *ppp.words]
        self._start(section, options, words, f'"{ppp.user}" * "{ppp.password}" *', secret)
        self.host.run("xl2tpd-control connect-lac out")

    def hang_up(self) -> None:
        """End the call, and wait for pppd's end."""
        self.host.run("xl2tpd-control disconnect-lac out")
        until(lambda: self.host.try_("pgrep -x pppd").returncode, "pppd has ended", 60)

    def serve(self, name: str, ppp: Ppp, options: tuple[str, ...] = (), secret: str = SECRET) -> None:
        """Be an LNS."""
        section = LNS.format(name=name)
        words = ["auth", f"name {name}", "ms-dns 10.10.0.53", *ppp.words]
        self._start(section, options, words, f'"{ppp.user}" "{name}" "{ppp.password}" *', secret)

    def stop(self) -> None:
        """End it without a word, xl2tpd first: it spins when its pppd is killed."""
        self.host.run("pkill -KILL -x xl2tpd; pkill -KILL -x pppd; systemctl stop foreign", timeout=200)
        until(lambda: self.host.try_("pgrep -x pppd").returncode, "pppd has ended", 60)

    def said(self) -> str:
        """Return what xl2tpd and pppd have told since the start."""
        return self.host.run("cat /var/log/foreign.service.log /var/log/pppd.log 2>/dev/null; true")

    def up(self) -> str:
        """Wait until pppd has its interface, with an address and then up; return `ip address` of it."""
        until(lambda: "inet " in self._address() and ",UP" in self._address(), "pppd's link is up", 60)
        return self._address()

    def _address(self) -> str:
        return self.host.try_("ip -d address show dev foreign").stdout

    def _start(self, section: str, options: tuple[str, ...], ppp: list[str], account: str, secret: str) -> None:
        files = {
            "xl2tpd.conf": GLOBAL.format(listen=self.listen) + section + "".join(f"{option}\n" for option in options),
            "l2tp-secrets": f"* * {secret}\n",
            "options": PPP + "".join(f"{word}\n" for word in ppp),
        }
        self.host.call(put, {f"{PLACE}/{name}": text for name, text in files.items()})
        self.host.call(put, {"/etc/ppp/chap-secrets": f"{account}\n", "/etc/ppp/pap-secrets": f"{account}\n"})
        self.host.run("rm -f /var/log/pppd.log /var/log/foreign.service.log; systemctl start foreign")
        until(lambda: self.host.try_(LISTENS).returncode == 0, "xl2tpd runs", 30)


class Strongswan:
    """strongSwan as somebody configures it who has only its manual: one connection, one child, pre-shared keys."""

    def __init__(self, host: Host) -> None:
        self.host = host
        host.call(put, SYSTEMCTL)

    def start(self, connection: str, secret: str = PSK, settings: str = "") -> None:
        """Have this connection, in swanctl's words, and start anew."""
        words = f'connections {{ hand {{\n{connection}\n}} }}\nsecrets {{ ike-hand {{ secret = "{secret}" }} }}\n'
        self.host.call(put, {"/etc/swanctl/conf.d/hand.conf": words, "/etc/strongswan.d/hand.conf": LOG + settings})
        self.host.run("systemctl stop strongswan; rm -f /var/log/charon.log; systemctl start strongswan", timeout=300)

    def initiate(self) -> str:
        """Have the child set up; return what was said, whatever came of it."""
        return self.host.try_("swanctl --initiate --child l2tp --timeout 60").stdout

    def stop(self) -> None:
        """Say goodbye and end; nothing of it is left."""
        self.host.run("systemctl stop strongswan; rm -f /etc/*/conf.d/hand.conf /etc/*.d/hand.conf", timeout=300)

    def said(self) -> str:
        """Return charon's log since the start."""
        return self.host.run("cat /var/log/charon.log")


def put(files: dict[str, str]) -> None:
    """Write files for root's eyes and hands, on the host that it is called on."""
    for path, text in files.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text)
        Path(path).chmod(0o700)


def transport(host: Host) -> list[int]:
    """The octets that each transport mode ESP SA of a host has carried."""
    states = host.run("ip -s xfrm state")
    assert states.count("proto esp") == states.count("mode transport") == 2, states
    return [int(octets) for octets in re.findall(r"lifetime current:\s+(\d+)\(bytes\)", states)]
