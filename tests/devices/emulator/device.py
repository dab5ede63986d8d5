"""What all emulated devices have in common: a name, a configuration, what happens later, and faults on demand."""

from __future__ import annotations

import copy
import re

from .shell import CUT, HANG

FAULTS = ("cut", "hang", "refuse")  # each a pattern of commands, and how often it does so


class Device:
    """A platform derives from it: `config` is any value; `prompt` and `execute` are the platform's."""

    banner = ""
    refusal = "% Invalid input detected at '^' marker."

    def __init__(self, name, *, serial="", config=None, faults=None):
        self.name, self.serial = name, serial or f"SN{name.upper()}"
        self.config = config if config is not None else self.factory()
        self.startup = copy.deepcopy(self.config)
        self.faults = dict(faults or {})
        self.log, self.sessions, self.boots = [], 0, 0
        self.timer, self.saved, self.minutes = None, None, 0

    def factory(self):
        """The configuration of a device that nobody configured."""
        raise NotImplementedError

    def prompt(self, session):
        """What the device shows when it waits."""
        raise NotImplementedError

    def execute(self, session, line):
        """The device's answer to a command: text, or an Ask."""
        raise NotImplementedError

    def left(self, session):
        """A session ended."""

    def answer(self, session, line):
        """Do as a fault says, else execute."""
        self.log.append(line)
        for fault, outcome in zip(FAULTS, (CUT, HANG, self.refusal)):
            pattern, times = self.faults.get(fault, ("", 0))
            if times and re.search(pattern, line):
                self.faults[fault] = (pattern, times - 1)
                return outcome
        return self.execute(session, line.strip()) if line.strip() else ""

    def arm(self, minutes, back=None):
        """Remember the configuration, to take it back later (`back`: another way to do so)."""
        self.saved, self.minutes = copy.deepcopy(self.config), int(minutes)
        self.timer = back or self.roll_back

    def disarm(self):
        """Call the rollback off; whether one was under way."""
        was, self.timer = self.timer, None
        return was is not None

    def expire(self):
        """The time is up: tests say when, so that no slow machine is too slow. Whether a rollback was under way."""
        back, self.timer = self.timer, None
        if back:
            back()
        return back is not None

    def roll_back(self):
        """Be as before."""
        self.disarm()
        self.config = copy.deepcopy(self.saved)
        self.log.append("(rolled back)")

    def reboot(self):
        """Start with what was saved."""
        self.disarm()
        self.config = copy.deepcopy(self.startup)
        self.boots += 1
        self.log.append("(rebooted)")
