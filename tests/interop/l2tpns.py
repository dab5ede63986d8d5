"""l2tpns as the LNS, and FreeRADIUS, which it asks."""

from __future__ import annotations

import re

from engine import BEYOND, FOREIGN, PASSWORD, SECRET, USER
from hosts import Host, until

CONFIG = f"""\
set debug 4
set log_file "/var/log/l2tpns"
set pid_file "/run/l2tpns.pid"
set hostname "theirs"
set l2tp_secret "{SECRET}"
set bind_address {FOREIGN}
set peer_address 10.20.0.2
set primary_dns 10.30.0.53
set secondary_dns 10.30.0.54
set primary_radius 127.0.0.1
set radius_secret "testing123"
set radius_authtypes "chap pap"
set cluster_interface "lo"
set cluster_hb_timeout 15
set cli_bind_address 127.0.0.1
load plugin "sessionctl"
setforward forwarded {BEYOND} 1701 {SECRET}
"""
USERS = f"""\
{USER} Cleartext-Password := "{PASSWORD}"
    Service-Type = Framed-User, Framed-Protocol = PPP, Framed-Route = "10.10.0.0/24 0.0.0.0 1"

fixed Cleartext-Password := "{PASSWORD}"
    Service-Type = Framed-User, Framed-Protocol = PPP, Framed-IP-Address = 10.20.0.99

tunnelled Cleartext-Password := "{PASSWORD}"
    Service-Type = Framed-User, Framed-Protocol = PPP, Tunnel-Type:1 = L2TP, Tunnel-Medium-Type:1 = IPv4,
    Tunnel-Server-Endpoint:1 = "{BEYOND}", Tunnel-Password:1 = "{SECRET}", Tunnel-Assignment-Id:1 = "beyond"
"""
CLI = """
import socket, sys
with socket.create_connection(("127.0.0.1", 23), 5) as cli:
    words, sent = b"", False
    while not (sent and words.endswith(b"> ")):
        part = cli.recv(65536)
        assert part, "the CLI has closed"
        words += part
        if not sent and words.endswith(b"> "):
            cli.sendall(" ".join(sys.argv[1:]).encode() + b"\\r\\n")
            words, sent = b"", True
print(words.replace(b"\\r", b"").decode())
"""


class L2tpns:
    """l2tpns on one host."""

    def __init__(self, host: Host) -> None:
        self.host = host

    def install(self) -> None:
        """Configure it and its RADIUS server, and start the latter."""
        self.host.write("/etc/l2tpns/startup-config", CONFIG.encode())
        self.host.write("/etc/l2tpns/ip_pool", b"10.20.0.16/28\n")
        self.host.write("/etc/freeradius/3.0/mods-config/files/authorize", USERS.encode())
        # Its cluster of one speaks to itself by multicast.
        self.host.run("ip link set lo multicast on; ip route replace 239.0.0.0/8 dev lo; systemctl start freeradius")

    def start(self) -> None:
        """Start it and wait until it serves."""
        self.host.run("systemctl start l2tpns")
        until(self._is_master, "l2tpns is master", 30)

    def kill(self) -> None:
        """End it without a word, as a crash does: it would hang on SIGTERM while a message is unacknowledged."""
        pid = self.host.pid("l2tpns")
        self.host.run(f"systemctl stop --no-block l2tpns; kill -9 {pid}")
        until(lambda: self.host.try_("systemctl is-active l2tpns").returncode, "l2tpns is dead", 10)

    def ask(self, command: str) -> str:
        """Ask its command line."""
        return self.host.python(CLI, *command.split())

    def sessions(self) -> list[dict[str, str]]:
        """Return what it knows of each session that is up, two of one that it switches: "User", "IP address", ..."""
        numbers = re.findall(r"^\s*(\d+)\s", self.ask("show session"), re.MULTILINE)
        known = [self._facts(f"show session {number}") for number in numbers]
        return [session for session in known if session["PPP Phase"] != "Dead"]  # it remembers those for 15 s

    def tunnels(self) -> dict[int, dict[str, str]]:
        """Return what it knows of each open tunnel by its id: "State", "Hostname", "Remote IP", "Next Recv", ..."""
        numbers = re.findall(r"^\s*(\d+)\s+\S+\s+[\d.]+\s+Open\s", self.ask("show tunnel"), re.MULTILINE)
        return {int(number): self._facts(f"show tunnel {number}") for number in numbers}

    def drop(self, session: int) -> None:
        """End a session."""
        self.host.run(f"nsctl drop {session}")

    def log(self) -> str:
        """Return its log."""
        return self.host.run("cat /var/log/l2tpns")

    def _facts(self, command: str) -> dict[str, str]:
        return dict(re.findall(r"^\s*([^:\n]+):[ \t]*(.*?)[ \t]*$", self.ask(command), re.MULTILINE))

    def _is_master(self) -> bool:
        done = self.host.try_("ss -ltn | grep -q :23")
        return done.returncode == 0 and "Cluster status   : Master" in self.ask("show cluster")
