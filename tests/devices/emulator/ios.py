"""A device with the command line of Cisco IOS: a tree of lines, modes, `revert timer`, `reload in`."""

from __future__ import annotations

import copy
import re

from . import ios_lac
from .device import Device
from .ios_words import LEAVES, SECTIONS, SINGLE, TOP
from .shell import Ask

INVALID = "        ^\n% Invalid input detected at '^' marker.\n"
VERBS = ("configure", "connect", "copy", "reload", "show", "terminal", "write")
NOTHING_ARMED = "No Rollback Confirmed Change pending"


class Ios(Device):
    """`config` maps a line to its section ({} for a line alone), in order."""

    archive, secret = True, ""  # `secret`: what `enable` asks for; without one a login may do everything
    dialled = ()

    def factory(self):
        base = {f"hostname {self.name}": {}, "interface GigabitEthernet0/0": {"ip address 192.0.2.9 255.255.255.0": {}}}
        return {**base, "archive": {"path flash:archive": {}}} if self.archive else base

    def prompt(self, session):
        if self.secret and not session.facts.get("enabled"):
            return f"{self.name}>"
        modes = {"exec": "#", "config": "(config)#"}
        return f"{self.name}{modes.get(session.mode) if not session.path else '(config-sub)#'}"

    def execute(self, session, line):
        return self._configure(session, line) if session.mode == "config" else self._exec(session, line)

    def _enable(self, session):
        def check(typed):
            session.facts["enabled"] = typed == self.secret
            return "" if session.facts["enabled"] else "% Access denied"

        return Ask("Password: ", check) if self.secret else ""

    def _exec(self, session, line):
        if self.secret and not session.facts.get("enabled") and line.split()[0] not in ("enable", "terminal", "exit"):
            return INVALID
        for pattern, verb in EXEC:
            found = re.fullmatch(pattern, line)
            if found:
                return verb(self, session, *found.groups()) or ""
        first = line.split()[0]
        alike = [word for word in VERBS if word.startswith(first)]
        if len(alike) > 1:
            return f'% Ambiguous command:  "{line}"\n'
        return "% Incomplete command.\n" if line in ("show", "configure", "reload") else INVALID

    def _configure(self, session, line):
        if line == "end" or (line == "exit" and not session.path):
            session.mode, session.path = "exec", ()
            return ""
        if line == "exit":
            session.path = session.path[:-1]
            return ""
        if line.startswith("do "):
            return self._exec(session, line[3:])
        negated, bare = line.startswith("no "), re.sub(r"^no ", "", line)
        deepest = len(session.path)
        for path in (session.path[:depth] for depth in (deepest, *range(deepest if TOP.fullmatch(bare) else 0))):
            if self._at(path) is not None and (SECTIONS.fullmatch(bare) or LEAVES.fullmatch(bare)):
                return self._put(session, path, bare, negated=negated)
        return INVALID

    def _at(self, path):
        here = self.config
        for name in path:
            here = here.get(name)
            if here is None:
                return None
        return here

    def _put(self, session, path, line, *, negated):
        here, session.path = self._at(path), path
        if negated:
            for known in [known for known in here if known == line or known.startswith(f"{line} ")]:
                del here[known]
            return ""
        single = SINGLE.match(line)
        for known in [known for known in here if single and known.startswith(f"{single[0]} ") and known != line]:
            del here[known]
        here.setdefault(line, {})
        if SECTIONS.fullmatch(line):
            session.path = (*path, line)
        return ""

    def show(self, config=None, depth=0):
        """The configuration as IOS shows it."""
        lines = []
        for line, inner in (self.config if config is None else config).items():
            lines += [*(["!"] if inner and not depth else []), " " * depth + line, *self.show(inner, depth + 1)]
        return lines

    def _running(self, session, wanted=None):
        lines = self.show()
        if wanted:
            lines = _sections(lines, wanted)
            return "\n".join(lines)
        return "\n".join(["Building configuration...", "", "Current configuration : 1 bytes", "!", *lines, "!", "end"])

    def _include(self, session, pattern):
        return "\n".join(line for line in self.show() if re.search(pattern, line))

    def _terminal(self, session, _what, number):
        if _what == "length":
            session.page = int(number)

    def _enter(self, session, revert=None):
        if revert and not any("path " in line for line in self.show()):
            return "% Archive path is not configured\n"
        if revert:
            self.arm(revert)
        session.mode, session.path = "config", ()
        return "Enter configuration commands, one per line.  End with CNTL/Z."

    def _confirm(self, session):
        return "" if self.disarm() else f"% {NOTHING_ARMED}\n"

    def _revert(self, session):
        self.roll_back()
        return "Rollback done"

    def _reload_in(self, session, minutes):
        scheduled = f"Reload scheduled in {minutes} minutes by admin\r\nReload reason: Reload Command\r\n"
        really = Ask(f"{scheduled}Proceed with reload? [confirm]", lambda typed: self._reload(typed, minutes))

        def save(typed):
            return really if typed in ("no", "n") else Ask(f"% Please answer 'yes' or 'no'.\r\n{question}", save)

        question = "\r\nSystem configuration has been modified. Save? [yes/no]: "
        return Ask(question, save) if self.config != self.startup else really

    def _reload(self, typed, minutes):
        """A key other than Return and y at `[confirm]` calls it off."""
        if typed in ("", "y"):
            self.arm(minutes, self.reboot)
        return ""

    def _reload_cancel(self, session):
        self.disarm()
        return "\n***\n*** --- SHUTDOWN ABORTED ---\n***\n"

    def _show_reload(self, session):
        return "Reload scheduled in 5 minutes" if self.timer else "No reload is scheduled."

    def _show_timer(self, session):
        return "Time configured: 10:00\nTimer type: absolute timer\nTimer value: 5 min" if self.timer else NOTHING_ARMED

    def _write(self, session):
        self.startup = copy.deepcopy(self.config)
        return "Building configuration...\n[OK]"

    def _version(self, session):
        return f"Cisco IOS Software\n{self.name} uptime is 1 day\nProcessor board ID {self.serial}\n"

    def _exit(self, session):
        session.over = True


def _sections(lines, wanted):
    kept, on = [], False
    for line in lines:
        if not line.startswith(" "):
            on = re.search(wanted, line) is not None
        if on and line != "!":
            kept.append(line)
    return kept


EXEC = (
    (r"enable",                                                      Ios._enable),
    (r"show running-config|write terminal|show run",                 Ios._running),
    (r"show running-config \| section (.+)",                         Ios._running),
    (r"show running-config \| include (.+)",                         Ios._include),
    (r"show version",                                                Ios._version),
    (r"show version \| include (?:.+)",                              Ios._version),
    (r"show reload",                                                 Ios._show_reload),
    (r"terminal (length|width) (\d+)",                               Ios._terminal),
    (r"configure terminal",                                          Ios._enter),
    (r"configure terminal revert timer (\d+)",                       Ios._enter),
    (r"configure confirm",                                           Ios._confirm),
    (r"configure revert now",                                        Ios._revert),
    (r"reload in (\d+)",                                             Ios._reload_in),
    (r"show archive config rollback timer",                          Ios._show_timer),
    (r"reload cancel",                                               Ios._reload_cancel),
    (r"write memory|copy running-config startup-config",             Ios._write),
    (r"show vpdn",                                                   ios_lac.show_vpdn),
    (r"show pppoe session",                                          ios_lac.show_pppoe),
    (r"show crypto session remote (\S+) detail",                     ios_lac.show_crypto_session),
    (r"show crypto ipsec sa peer (\S+)",                             ios_lac.show_crypto_sa),
    (r"exit|quit|logout",                                            Ios._exit),
)  # fmt: skip
