"""Our engine on a lab host: the archive, the role's own unit and a configuration file, without IPsec."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from hosts import ROOT, Host, until

UNIT = ROOT / "collections/ansible_collections/branchline/l2tp/roles/engine/files/branchline.service"
CONFIG = "/etc/branchline/engine.json"
ADDRESS, FOREIGN, BEYOND = "203.0.113.2", "203.0.113.3", "203.0.113.4"  # ours, theirs and beyond in the topology
SECRET = "a-secret-of-the-tunnel"
USER, PASSWORD = "oslo", "a secret of the user"


class Journal:
    """What a unit says from now on."""

    def __init__(self, host: Host, unit: str) -> None:
        self._host, self._unit = host, unit
        self._cursor = host.run("journalctl -n0 --show-cursor").split("cursor: ")[-1].strip()

    def __str__(self) -> str:
        return self._host.run(f"journalctl -u {self._unit} -o cat --after-cursor={shlex.quote(self._cursor)}")


class Engine:
    """The engine of one host; it calls itself `name`."""

    def __init__(self, host: Host, name: str = "ours") -> None:
        self.host, self.name = host, name

    def install(self, archive: Path) -> None:
        """As the role does."""
        self.host.write("/usr/local/lib/branchline/branchline.pyz", archive.read_bytes())
        self.host.write("/etc/systemd/system/branchline.service", UNIT.read_bytes())
        self.host.run(
            "useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin branchline;"
            "chmod 755 /usr/local/lib/branchline/branchline.pyz;"
            "ln -s /usr/local/lib/branchline/branchline.pyz /usr/local/bin/branchline;"
            f"install -D -g branchline -m 640 /dev/null {CONFIG};"
            "systemctl daemon-reload"
        )

    def run(self, config: dict) -> Journal:
        """Have the engine do what `config` says; return its journal from here on."""
        journal = Journal(self.host, "branchline")
        document = {"version": 1, "host_name": self.name, "mark": None, "lns": None, "lines": {}, **config}
        self.host.write(CONFIG, json.dumps(document).encode(), then="systemctl start branchline && branchline apply")
        return journal

    def call(self, **fields: object) -> Journal:
        """Open the line `out`, to the other host unless `fields` say otherwise."""
        line = {
            "lns": FOREIGN,
            "tunnel_secret": SECRET,
            "user": USER,
            "secret": PASSWORD,
            "auth": ["mschapv2", "chap-md5"],
            "interface": "out",
            "routes": ["10.30.0.0/24"],
            "hello": 1,
            "echo": 1,
        }
        return self.run({"lines": {"out": {**line, **fields}}})

    def serve(self, **fields: object) -> Journal:
        """Be an LNS with the line `in`, and four addresses to give."""
        user = {"line": "in", "secret": PASSWORD, "pool": "few", "routes": ["10.30.0.0/24"]}
        lns = {
            "listen": [{"address": ADDRESS}],
            "address": "10.20.0.1",
            "dns": ["10.10.0.53"],
            "require_tunnel_secret": True,
            "pools": {"few": ["10.20.0.16-10.20.0.19"]},
            "peers": {"theirs": {"secret": SECRET}},
            "users": {USER: user},
            "hello": 1,
            "echo": 1,
        }
        return self.run({"lns": {**lns, **fields}})

    def line(self) -> dict:
        """Return the one line that there is; a PPPoE session that has not said yet whose it is is none."""
        (line,) = [line for line in self.host.status()["lines"] if not line["line"].startswith("pppoe-")]
        return line

    def pool(self) -> dict:
        """Return the one pool that there is."""
        (pool,) = self.host.status()["pools"]
        return pool

    def opened(self, seconds: float = 10) -> dict:
        """Wait until the line is open; return it."""
        until(lambda: self.line()["state"] == "open", "the line is open", seconds)
        return self.line()

    def failed(self, seconds: float = 10) -> str:
        """Wait until the line has an error; return that."""
        until(lambda: self.line()["last_error"], "the line has an error", seconds)
        return self.line()["last_error"]["what"]
