"""A host that is only dictionaries: the verbs of `Machine`, with an nft, a charon and an engine that play along."""

from __future__ import annotations

import hashlib
import json
import re

from ansible_collections.branchline.l2tp.plugins.module_utils.control import EngineAbsentError, EngineError
from ansible_collections.branchline.l2tp.plugins.module_utils.host.machine import CommandError
from ansible_collections.branchline.l2tp.plugins.module_utils.host.model import ENGINE, GUARD, SWANCTL, Sa

POLICY_LIST = ("ip", "xfrm", "policy", "list")
TABLE = ("nft", "--stateless", "list", "table", "inet", "branchline_guard")


class FakeMachine:
    """Its files, its daemons (None: not running) and, in `log`, what was done to it."""

    def __init__(self):
        self.files = {}
        self.table = None
        self.policies = ()  # the lines of the batch that loaded them
        self.charon = None
        self.running = None  # the engine's configuration as it loaded it
        self.ike = ()
        self.log = []
        self.broken = {}  # first words of a command -> its complaint
        self.refuses = None
        self.installed = True

    def read(self, path):
        return self.files.get(path)

    def write(self, path, file):
        self.log.append(f"write {path}")
        self.files[path] = file

    def remove(self, path):
        self.log.append(f"remove {path}")
        self.files.pop(path, None)

    def run(self, *command):
        said = " ".join(command)
        if command not in (TABLE, POLICY_LIST):
            self.log.append(said)
        for words, complaint in self.broken.items():
            if said.startswith(words):
                raise CommandError(complaint)
        return self._play_ip(command) if command[0] == "ip" else self._play(said)

    def _play_ip(self, command):
        if command == POLICY_LIST:
            return "".join(f"{policy} \n" for policy in self.policies)
        self.policies = tuple(self.files[command[2]].text.splitlines()) if command[1] == "-batch" else ()
        return ""

    def _play(self, said):
        if said == " ".join(TABLE):
            if self.table is None:
                raise CommandError("No such file or directory")
            return self.table
        if said.startswith("nft --file"):
            self.table = f"listed {self.files[GUARD].text}"
        elif said.startswith("nft delete"):
            self.table = None
        elif said.startswith("swanctl --load-all") or said == "systemctl start strongswan.service":
            self.charon = self._loaded()
        elif said == "systemctl start branchline.service":
            self.running = self.files[ENGINE].text
        elif said == "systemctl stop branchline.service":
            self.running = None
        elif said.startswith("swanctl --terminate"):
            self.ike = tuple(sa for sa in self.ike if sa.number != said.split()[3])
        return ""

    def _loaded(self):
        text = self.files[SWANCTL].text if SWANCTL in self.files else ""
        section = text.partition("connections {")[2].partition("\n}")[0]
        return {name: {"as": section} for name in re.findall(r"^  (\S+) \{$", section, re.MULTILINE)}

    def connections(self):
        return self.charon

    def sas(self):
        return self.ike

    def engine(self, method, **params):
        if self.running is None:
            raise EngineAbsentError("no engine answers")
        if method == "apply":
            self.log.append("engine apply")
            self.running = self.files[ENGINE].text
        if method == "check":
            self._judge(params["config"])
        return {"config_sha256": hashlib.sha256(self.running.encode()).hexdigest(), "version": "0.1.0"}

    def has_engine(self):
        return self.installed

    def check_file(self, text):
        if not self.installed:
            raise CommandError("branchline: not found")
        self._judge(json.loads(text))

    def _judge(self, config):
        if self.refuses and self.refuses in json.dumps(config):
            raise EngineError("config", "is refused", "lines.x", "do otherwise")

    def connect(self, connection, remote_id, number):
        """An IKE SA comes up."""
        self.ike = (*self.ike, Sa(connection, remote_id, number))
