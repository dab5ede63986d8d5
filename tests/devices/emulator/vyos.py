"""A device with the command line of VyOS: paths that are set and deleted in a candidate, `commit-confirm`.

What it says are the words of VyOS 1.4: functions/interpreter/vyatta-cfg-run of github.com/vyos/vyatta-cfg and
python/vyos/config_mgmt.py of github.com/vyos/vyos-1x, both at `sagitta`.
"""

from __future__ import annotations

import copy
import re
import shlex

from .device import Device
from .shell import Ask

ROOTS = ("system", "interfaces", "vpn", "protocols", "firewall", "nat", "service", "policy")
SINGLE = (
    "host-name", "mtu", "mode", "authentication mode", "client-ip-pool", "gateway-address", "outside-address",
    "pre-shared-secret", "password", "static-ip", "lifetime", "key-exchange", "secret", "dhcp-interface",
)  # fmt: skip


class Vyos(Device):
    """`config` is a list of paths, each a tuple of words."""

    refusal = "Invalid command: [nonsense]"
    broken = ""  # what a commit says that fails

    def factory(self):
        return [("system", "host-name", self.name), ("interfaces", "ethernet", "eth0", "address", "192.0.2.9/24")]

    def prompt(self, session):
        return f"[edit]\r\nvyos@{self.name}# " if session.mode == "config" else f"vyos@{self.name}:~$ "

    def execute(self, session, line):
        verb, _, rest = line.partition(" ")
        table = CONFIG if session.mode == "config" else EXEC
        known = [name for name in table if name in (line, verb)]
        if not known:
            return f"\r\n  Invalid command: [{verb}]\r\n"
        name = line if line in table else verb
        return getattr(self, table[name])(session, rest) or ""

    def _terminal(self, session, rest):
        if rest.startswith("terminal length"):
            session.page = int(rest.split()[-1])

    def _show(self, session, rest):
        if rest == "version":
            return f"Version:          VyOS 1.4\nHardware S/N:     {self.serial}\n"
        shown, _pipe, pattern = rest.partition(" | match ")
        lines = _lines(self.config) if shown == "configuration commands" else []
        return "\n".join(line for line in lines if re.search(pattern.strip('"'), line))

    def _configure(self, session, _rest):
        session.mode, session.candidate = "config", list(self.config)

    def _set(self, session, rest):
        path = tuple(shlex.split(rest))
        if path[0] not in ROOTS:
            return f"\n  Configuration path: [{path[0]}] is not valid\n  Set failed\n"
        for depth in range(1, len(path)):
            if path[depth - 1] in SINGLE or " ".join(path[max(0, depth - 2) : depth]) in SINGLE:
                session.candidate = [known for known in session.candidate if known[:depth] != path[:depth]]
        if path not in session.candidate:
            session.candidate.append(path)
        return ""

    def _delete(self, session, rest):
        path = tuple(shlex.split(rest))
        kept = [known for known in session.candidate if known[: len(path)] != path]
        if len(kept) == len(session.candidate):
            return "\n  Nothing to delete (the specified node does not exist)\n"
        session.candidate = kept
        return ""

    def _compare(self, session, _rest):
        gone = [f"- {line[4:]}" for line in _lines(self.config) if line not in _lines(session.candidate)]
        come = [f"+ {line[4:]}" for line in _lines(session.candidate) if line not in _lines(self.config)]
        return "\n".join([*gone, *come]) or "No changes between working and active configurations."

    def applied(self):
        """The running configuration is another one than before: here daemons would be told."""

    def _commit(self, session, _rest):
        if session.candidate == self.config:
            return "No configuration changes to commit"
        if self.broken:
            return f"{self.broken}\n\nCommit failed"
        self.config = list(session.candidate)
        self.applied()
        return ""

    def _commit_confirm(self, session, rest):
        if session.candidate == self.config:
            return "No configuration changes to commit"
        if self.timer:
            return "Another confirm is pending"
        minutes = rest or 10

        def proceed(typed):
            if typed.lower() not in ("", "y", "ye", "yes", "n", "no"):
                return Ask(f"Please respond with yes/y or no/n\r\n{question}", proceed)
            if typed.lower().startswith("n"):
                return "commit-confirm canceled"
            self.arm(minutes, self.reboot)
            told = f"Initialized commit-confirm; {minutes} minutes to confirm before reboot"
            return f"{told}\n{self._commit(session, '')}"

        unsaved = sorted(self.config) != sorted(self.startup)
        question = "\nYou should save previous commits before commit-confirm !\n" if unsaved else ""
        question += (
            f"\ncommit-confirm will automatically reboot in {minutes} minutes unless changes\nare confirmed.\n\n"
            "Proceed ? [Y/n] "
        )
        question = question.replace("\n", "\r\n")
        return Ask(question, proceed)

    def _confirm(self, session, _rest):
        return "Reboot timer stopped" if self.disarm() else "No confirm pending"

    def _save(self, session, _rest):
        self.startup = copy.deepcopy(self.config)
        return ""

    def _exit(self, session, rest):
        if session.mode == "exec":
            session.over = True
        elif session.candidate != self.config and rest != "discard":
            return "Cannot exit: configuration modified.\nUse 'exit discard' to discard the changes and exit."
        session.mode = "exec"
        return "exit"

    def _run(self, session, rest):
        return self._show(session, rest.partition(" ")[2])

    def _systemctl(self, session, rest):
        return "active" if rest == "is-active commit-confirm.timer" and self.timer else "inactive"

    def reboot(self):
        super().reboot()
        self.applied()

    def roll_back(self):
        super().roll_back()
        self.applied()


def _lines(config):
    """As `show configuration commands` has them: the value in quotes."""
    return [" ".join(["set", *path[:-1], f"'{path[-1]}'"]) for path in sorted(config)]


EXEC = {
    "set": "_terminal",
    "show": "_show",
    "configure": "_configure",
    "exit": "_exit",
    "systemctl": "_systemctl",
}
CONFIG = {
    "set": "_set",
    "delete": "_delete",
    "compare": "_compare",
    "commit": "_commit",
    "commit-confirm": "_commit_confirm",
    "confirm": "_confirm",
    "save": "_save",
    "exit": "_exit",
    "run": "_run",
    "show": "_compare",
}
