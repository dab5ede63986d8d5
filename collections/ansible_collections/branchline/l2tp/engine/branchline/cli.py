"""The command `branchline`: the daemon, and what people ask it."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from branchline import __version__
from branchline.errors import BranchlineError, ConfigError, LocalError
from branchline.show import changes_text, event_text, explain_text, printable, status_text

CONFIG = Path("/etc/branchline/engine.json")
CONTROL = Path("/run/branchline/control.sock")
OK, FAILED, USAGE = 0, 1, 2
PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code: 0 well, 1 failed (standard error says why), 2 wrong usage."""
    options = _parser().parse_args(arguments)
    try:
        run: Callable[[argparse.Namespace], int] = options.run
        code = run(options)
        sys.stdout.flush()
    except BranchlineError as error:
        sys.stderr.write(f"branchline: {error}\n")
        return FAILED
    except BrokenPipeError:  # whoever read this has gone: the interpreter must not flush to it again at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return FAILED
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="branchline", description="L2TP/IPsec lines and the proof that they work.")
    parser.add_argument("--version", action="version", version=f"branchline {__version__}")
    parser.add_argument("--control", type=Path, default=CONTROL, help="the engine's control socket (%(default)s)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, text in (
        ("daemon", _daemon, "run the engine in the foreground"),
        ("check", _check, "check a configuration file and change nothing"),
        ("status", _status, "show lines, sessions, pools and counters"),
        ("explain", _explain, "show where a line stands and what to do about it"),
        ("watch", _watch, "show what happens to lines as it happens"),
        ("apply", _apply, "read the configuration again and change what differs"),
        ("reconnect", _reconnect, "close a line and open it anew"),
        ("dial", _dial, "open a line of this host's now"),
        ("hangup", _hangup, "close a line that dials on demand, until it is needed again"),
        ("call", _call, "have an access concentrator call the user of a line"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        if name == "daemon":
            command.add_argument("--config", type=Path, default=CONFIG, help="configuration (%(default)s)")
        else:
            command.add_argument("--json", action="store_true", help="print JSON for programs")
        if name == "check":
            command.add_argument("file", type=Path, nargs="?", default=CONFIG)
        if name in ("explain", "reconnect", "dial", "hangup", "call"):
            command.add_argument("line")
    return parser


def _daemon(options: argparse.Namespace) -> int:
    from branchline.daemon import Daemon  # noqa: PLC0415 - netlink and vici take time to load; the CLI needs neither

    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    logging.getLogger().handlers[0].setFormatter(_JournalFormatter())
    asyncio.run(Daemon(options.config, options.control).run())
    return OK


class _JournalFormatter(logging.Formatter):
    """Lines with the priority that the journal understands (sd-daemon(3)); what peers say cannot begin a new one."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        return printable(super().formatMessage(record))

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record).replace("\n", f"\n<{PRIORITIES.get(record.levelno, 6)}>")
        return f"<{PRIORITIES.get(record.levelno, 6)}>{text}"


def _check(options: argparse.Namespace) -> int:
    from branchline.config import parse  # noqa: PLC0415 - as above

    try:
        parse(json.loads(options.file.read_bytes()))
    except OSError as error:
        raise LocalError(f"cannot read {options.file}: {error.strerror}", "name a file that you may read") from None
    except ValueError as error:
        raise ConfigError(str(options.file), f"is not JSON: {error}", "write JSON") from None
    sys.stdout.write('{"ok": true}\n' if options.json else f"{options.file} is right\n")
    return OK


def _status(options: argparse.Namespace) -> int:
    return _print(options, _ask(options, "status"), status_text)


def _explain(options: argparse.Namespace) -> int:
    return _print(options, _ask(options, "explain", line=options.line), explain_text)


def _apply(options: argparse.Namespace) -> int:
    return _print(options, _ask(options, "apply"), changes_text)


def _reconnect(options: argparse.Namespace) -> int:
    return _print(options, _ask(options, "reconnect", line=options.line), lambda _result: f"{options.line} reconnects")


def _dial(options: argparse.Namespace) -> int:
    return _print(options, _ask(options, "dial", line=options.line), lambda _result: f"{options.line} is being opened")


def _hangup(options: argparse.Namespace) -> int:
    return _print(options, _ask(options, "hangup", line=options.line), lambda _result: f"{options.line} hangs up")


def _call(options: argparse.Namespace) -> int:
    return _print(options, _ask(options, "call", line=options.line), lambda _result: f"{options.line} is being called")


def _watch(options: argparse.Namespace) -> int:
    for message in _messages(options, "watch", {}):
        if "event" in message:
            _print(options, message["event"], event_text)
            sys.stdout.flush()
    raise LocalError("the engine has closed the control socket", "see `systemctl status branchline`")


def _print(options: argparse.Namespace, result: Any, text: Callable[[Any], str]) -> int:
    sys.stdout.write((json.dumps(result) if options.json else text(result)) + "\n")
    return OK


def _ask(options: argparse.Namespace, method: str, **params: Any) -> Any:
    for message in _messages(options, method, params):
        return message["result"]
    raise LocalError("the engine has closed the control socket", "see `systemctl status branchline`")


def _messages(options: argparse.Namespace, method: str, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Send one request and yield the answers; an error is raised."""
    request = {"id": 1, "method": method, "params": params}
    try:
        for line in _lines(options.control, json.dumps(request).encode() + b"\n"):
            message = json.loads(line)
            if "error" in message:
                raise LocalError(message["error"]["message"])  # with the remedy in it
            yield message
    except ConnectionError:
        return  # the engine went away, which is what the end of the answers says
    except ValueError:
        raise LocalError(f"what listens at {options.control} is not the engine", "name its control socket") from None


def _lines(path: Path, request: bytes) -> Iterator[bytes]:
    import socket  # noqa: PLC0415 - as above

    with socket.socket(socket.AF_UNIX) as sock:
        try:
            sock.connect(str(path))
        except OSError as error:
            remedy = "start branchline.service, and be root or of the group branchline"
            raise LocalError(f"cannot reach the engine at {path}: {error.strerror or error}", remedy) from None
        sock.sendall(request)
        with sock.makefile("rb") as lines:
            yield from lines
