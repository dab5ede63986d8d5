"""The command line: usage, exit codes, what each command asks and prints, and an engine that is not there."""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tests.fake_engine import FakeEngine

from branchline import __version__
from branchline.cli import FAILED, OK, _JournalFormatter, main

ENGINE = Path(__file__).parents[1]
STATUS = {"host": "oslo", "version": "1", "datapath": {"name": "tun", "reason": "asked for"}, "lines": [], "pools": []}
RUNGS = [{"rung": 1, "name": "the engine runs", "ok": True, "evidence": {}, "remedy": ""}]
EVENT = {"time": 0.0, "line": "a", "event": "open", "address": "10.20.0.20"}
TABLE = "line  role  state  for  user  address  peer  interface  rx  tx  rtt"

COMMANDS = [
    # arguments           asked        params         result                       printed
    (["status"], "status", {}, STATUS, f"oslo: branchline 1, tun data path (asked for)\n{TABLE}"),
    (["explain", "a"], "explain", {"line": "a"}, RUNGS, "ok  1 the engine runs"),
    (["apply"], "apply", {}, {"changes": [{"line": "a", "action": "added"}]}, "a: added"),
    (["apply"], "apply", {}, {"changes": []}, "nothing differs"),
    (["reconnect", "a"], "reconnect", {"line": "a"}, {"ok": True}, "a reconnects"),
    (["dial", "a"], "dial", {"line": "a"}, {"ok": True}, "a is being opened"),
    (["hangup", "a"], "hangup", {"line": "a"}, {"ok": True}, "a hangs up"),
]
WRONG_USAGE = [
    # arguments                      a part of what is said
    ([], "COMMAND"),
    (["fly"], "invalid choice: 'fly'"),
    (["status", "extra"], "unrecognized arguments: extra"),
    (["explain"], "required: line"),
    (["reconnect"], "required: line"),
    (["--control"], "expected one argument"),
    (["daemon", "--json"], "unrecognized arguments: --json"),
    (["check", "a", "b"], "unrecognized arguments: b"),
]
REFUSALS = [
    # the engine's error                                                                            standard error
    ({"code": "config", "message": "line: 'b' is not known here; name one of: a", "field": "line",
      "remedy": "name one of: a"}, "branchline: line: 'b' is not known here; name one of: a\n"),
    ({"code": "local", "message": "no device; load tun", "field": None, "remedy": "load tun"},
     "branchline: no device; load tun\n"),
    ({"code": "internal", "message": "the engine failed; its log says why", "field": None, "remedy": ""},
     "branchline: the engine failed; its log says why\n"),
]  # fmt: skip
CLOSED = "branchline: the engine has closed the control socket; see `systemctl status branchline`\n"


@pytest.fixture
def control(tmp_path):
    return tmp_path / "c"


def ask(control, *arguments: str) -> int:
    return main(["--control", str(control), *arguments])


@pytest.mark.parametrize(("arguments", "words"), WRONG_USAGE)
def test_wrong_usage_is_2(capsys, arguments, words):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_the_version(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"branchline {__version__}\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_asks_and_prints(control, capsys, command):
    arguments, method, params, result, text = command
    with FakeEngine(control, {"id": 1, "result": result}) as engine:
        assert ask(control, *arguments) == OK
    assert engine.request == {"id": 1, "method": method, "params": params}
    assert capsys.readouterr() == (text + "\n", "")


@pytest.mark.parametrize(("arguments", "result"), [(row[0], row[3]) for row in COMMANDS])
def test_json_is_the_result_as_it_came(control, capsys, arguments, result):
    with FakeEngine(control, {"id": 1, "result": result}):
        assert ask(control, *arguments, "--json") == OK
    assert json.loads(capsys.readouterr().out) == result


@pytest.mark.parametrize(("error", "said"), REFUSALS)
def test_a_refusal_is_told_once_with_its_remedy(control, capsys, error, said):
    with FakeEngine(control, {"id": 1, "error": error}):
        assert ask(control, "explain", "b") == FAILED
    assert capsys.readouterr() == ("", said)


@pytest.mark.parametrize(("options", "line"), [([], "00:00:00 a open address=10.20.0.20"), (["--json"], None)])
def test_watch_prints_events_until_the_engine_ends(control, capsys, monkeypatch, options, line):
    monkeypatch.setattr(time, "localtime", time.gmtime)
    with FakeEngine(control, {"id": 1, "result": "watching"}, *[{"id": 1, "event": EVENT}] * 2):
        assert ask(control, "watch", *options) == FAILED
    assert capsys.readouterr() == (f"{line or json.dumps(EVENT)}\n" * 2, CLOSED)


@pytest.mark.parametrize("command", [["status"], ["explain", "a"], ["apply"], ["reconnect", "a"], ["watch"]])
def test_no_engine_is_a_clear_error(control, capsys, command):
    assert ask(control, *command) == FAILED
    told = f"branchline: cannot reach the engine at {control}: No such file or directory; start branchline.service"
    assert capsys.readouterr().err.startswith(told)


def test_neither_a_stale_socket_nor_a_path_that_cannot_be_one_is(control, capsys):
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(control))
    assert (ask(control, "status"), ask("/" + "x" * 200, "status")) == (FAILED, FAILED)
    refused, too_long = capsys.readouterr().err.splitlines()
    assert "Connection refused; start" in refused
    assert "AF_UNIX path too long; start" in too_long


def test_an_engine_that_hangs_up_without_an_answer(control, capsys):
    with FakeEngine(control):
        assert ask(control, "status") == FAILED
    assert capsys.readouterr().err == CLOSED


def hang_up(listener: socket.socket) -> None:
    client, _ = listener.accept()
    client.close()


def test_an_engine_that_resets_the_connection(control, capsys):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(control))
        listener.listen(1)
        thread = threading.Thread(target=hang_up, args=(listener,))
        thread.start()
        assert ask(control, "status") == FAILED
        thread.join()
    assert capsys.readouterr().err == CLOSED


def test_a_socket_of_somebody_else(control, capsys):
    with FakeEngine(control, b"220 mail.example ESMTP\n"):
        assert ask(control, "status") == FAILED
    assert f"what listens at {control} is not the engine" in capsys.readouterr().err


CHECKED = [
    # the file's bytes                        exit  a part of what is said
    (b'{"version": 1, "host_name": "h"}', OK, "engine.json is right"),
    (b'{"version": 2}', FAILED, "host_name: "),
    (b"{", FAILED, "engine.json: is not JSON: "),
    (b"\xff\xfe\xfd", FAILED, "engine.json: is not JSON: "),
    (None, FAILED, "engine.json: No such file or directory; name a file that you may read"),
]


@pytest.mark.parametrize(("data", "code", "words"), CHECKED)
def test_check_needs_no_engine(tmp_path, capsys, data, code, words):
    path = tmp_path / "engine.json"
    if data is not None:
        path.write_bytes(data)
    assert main(["check", str(path)]) == code
    out, err = capsys.readouterr()
    assert words in (err if code else out)
    assert "Traceback" not in err


def test_check_for_programs(tmp_path, capsys):
    path = tmp_path / "engine.json"
    path.write_text('{"version": 1, "host_name": "h"}')
    assert main(["check", "--json", str(path)]) == OK
    assert json.loads(capsys.readouterr().out) == {"ok": True}


def run(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "branchline", *arguments]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    options = {"cwd": ENGINE, "env": buffered, "stderr": subprocess.PIPE, "text": True, "timeout": 20, **options}
    return subprocess.run(command, check=False, **options)


def test_a_daemon_without_configuration_says_so_and_ends(tmp_path):
    ended = run("--control", str(tmp_path / "c"), "daemon", "--config", str(tmp_path / "none.json"))
    words = f"branchline: cannot read {tmp_path / 'none.json'}: No such file or directory; run the play"
    assert ended.returncode == FAILED
    assert ended.stderr.startswith(words)
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["status", "watch"])
def test_a_reader_that_goes_away_is_no_traceback(control, command):
    reader, writer = os.pipe()
    os.close(reader)
    answers = [{"id": 1, "result": STATUS}, {"id": 1, "event": EVENT}]
    with FakeEngine(control, *answers):
        ended = run("--control", str(control), command, stdout=writer)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (FAILED, "")


LOGGED = [
    # level            message                          what the journal gets
    (logging.INFO, "line=a open", "<6>line=a open"),
    (logging.WARNING, "tunnel refused", "<4>tunnel refused"),
    (logging.ERROR, "x", "<3>x"),
    (5, "x", "<6>x"),
    (logging.INFO, "of eve\n<0>all is lost\x1b[2J", r"<6>of eve\n<0>all is lost\x1b[2J"),
    (logging.INFO, "Ålesund", "<6>Ålesund"),
]


@pytest.mark.parametrize(("level", "message", "line"), LOGGED)
def test_the_journal_reads_the_priority_of_each_message(level, message, line):
    record = logging.LogRecord("branchline", level, "f", 1, "%s", (message,), None)
    assert _JournalFormatter().format(record) == line


def test_every_line_of_a_traceback_has_the_priority():
    error = ValueError("broken")
    record = logging.LogRecord("branchline", logging.ERROR, "f", 1, "failed", (), (ValueError, error, None))
    lines = _JournalFormatter().format(record).splitlines()
    assert lines[0] == "<3>failed"
    assert lines[-1].startswith("<3>ValueError: ")
    assert all(line.startswith("<3>") for line in lines)
