"""The real verbs, on files of the test's own and commands that every machine has."""

from __future__ import annotations

import grp
import os
import pwd
import stat

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.host import facts, machine
from ansible_collections.branchline.l2tp.plugins.module_utils.host.model import File

ME = pwd.getpwuid(os.geteuid()).pw_name
MINE = grp.getgrgid(os.getegid()).gr_name


def test_a_file_is_read_as_written(tmp_path):
    path, file = str(tmp_path / "new" / "file"), File("text\n", 0o640, ME, MINE)
    host = machine.Machine()
    assert host.read(path) is None
    host.write(path, File("before", 0o600, ME, MINE))
    host.write(path, file)
    assert host.read(path) == file
    assert [each.name for each in (tmp_path / "new").iterdir()] == ["file"]
    host.remove(path)
    host.remove(path)
    assert host.read(path) is None


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    with pytest.raises(KeyError):
        machine.Machine().write(str(tmp_path / "file"), File("secret", group="no such group"))
    assert list(tmp_path.iterdir()) == []


COMMANDS = [
    #  command                              what it complains about
    (("sh", "-c", "echo no >&2; exit 1"),   "sh -c echo no >&2; exit 1: no"),
    (("sh", "-c", "echo out; exit 1"),      "sh -c echo out; exit 1: out"),
    (("false",),                            "false: it ended with 1"),
    (("/no/such",),                         "/no/such: [Errno 2] No such file or directory: '/no/such'"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "complaint"), COMMANDS)
def test_a_command_that_fails(command, complaint):
    with pytest.raises(machine.CommandError) as failed:
        machine.Machine().run(*command)
    assert str(failed.value) == complaint


def test_no_charon(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "CHARON", str(tmp_path / "charon.vici"))
    assert (machine.Machine().connections(), machine.Machine().sas()) == (None, ())


def test_the_installed_engine_judges_a_file_that_nobody_else_can_read(monkeypatch, tmp_path):
    command = tmp_path / "branchline"
    command.write_text("#!/bin/sh\necho $1 $(stat -c %a $2) $(cat $2) >&2\nexit 1\n")
    monkeypatch.setattr(machine, "COMMAND", str(command))
    assert machine.Machine().has_engine()
    command.chmod(stat.S_IRWXU)
    with pytest.raises(machine.CommandError, match=r"check 600 \{secret\}$"):
        machine.Machine().check_file("{secret}")


class Answers:
    """A machine on which one command works and the others do not."""

    def __init__(self, command, said=""):
        self.command, self.said = command, said

    def run(self, *command):
        if self.command not in " ".join(command):
            raise machine.CommandError("ip: RTNETLINK answers: Requested type not found.")
        return self.said

    def engine(self, method):
        return {"version": "0.1.0", "uptime": 3.2, "lines": [{}]}


ESP = Answers("proto esp")
SWANCTL = Answers("swanctl", "strongSwan 5.9.8 swanctl\nmore")
FACTS = [
    #  machine   fact          value    reason
    (ESP,        "kernel_esp", True,    "a state was accepted in a namespace of its own"),
    (ESP,        "kernel_ah",  False,   "a state was refused: Requested type not found."),
    (SWANCTL,    "strongswan", "5.9.8", "strongSwan 5.9.8 swanctl"),
    (ESP,        "strongswan", None,    "no swanctl: ip: RTNETLINK answers: Requested type not found."),
    (ESP,        "engine",     "0.1.0", "it runs since 3 s with 1 lines"),
]  # fmt: skip


@pytest.mark.parametrize(("host", "name", "value", "reason"), FACTS)
def test_facts(host, name, value, reason):
    assert facts.gather(host)[name] == (value, reason)


def test_a_device_that_is_not_there(monkeypatch):
    def gone(_path, _flags):
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(facts.os, "open", gone)
    assert facts.gather(ESP)["tun"] == (False, "/dev/net/tun: No such file or directory")
