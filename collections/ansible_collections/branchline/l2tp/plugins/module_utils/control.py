# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's control socket as a module sees it: one JSON object a line, asked and answered in turn."""

from __future__ import annotations

import json
import socket
from typing import Any

SOCKET = "/run/branchline/control.sock"
LARGEST = 64 * 1024 * 1024  # bytes of one answer; the status of 10,000 lines is about 8 MB


class EngineAbsentError(Exception):
    """Nothing answers at the control socket: the engine is not running."""


class EngineError(Exception):
    """The engine refused; what it said, field by field."""

    def __init__(self, code: str, message: str, field: str = "", remedy: str = "") -> None:
        super().__init__(": ".join(part for part in (field, message) if part) + (f"; {remedy}" if remedy else ""))
        self.code = code
        self.message = message
        self.field = field
        self.remedy = remedy


class Control:
    """One connection to the engine, to be used in a `with`; EngineAbsentError when there is none."""

    def __init__(self, path: str = SOCKET, timeout: float = 30.0) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)
        self._next_id = 1
        try:
            self._socket.connect(path)
        except OSError as error:
            self._socket.close()
            raise EngineAbsentError(f"no engine answers at {path}: {error.strerror or error}") from error
        self._lines = self._socket.makefile("rb")

    def __enter__(self) -> Control:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave; the engine forgets about us."""
        self._lines.close()
        self._socket.close()

    def call(self, method: str, **params: Any) -> Any:
        """The result of one method; EngineError if it refuses, EngineAbsentError if it goes away meanwhile."""
        request = {"id": self._next_id, "method": method, "params": params}
        self._next_id += 1
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
            return self._answer(request["id"])
        except OSError as error:
            raise EngineAbsentError(f"the engine went away during {method}: {error.strerror or error}") from error

    def _answer(self, wanted: Any) -> Any:
        while line := self._lines.readline(LARGEST):
            answer = json.loads(line)
            if answer.get("id") == wanted:
                return _result(answer)
        raise EngineAbsentError("the engine closed the connection without an answer")


def _result(answer: dict[str, Any]) -> Any:
    error = answer.get("error")
    if error is None:
        return answer.get("result")
    names = ("code", "message", "field", "remedy")
    raise EngineError(*(str(error.get(name) or "") for name in names))


def call(method: str, path: str = SOCKET, timeout: float = 30.0, **params: Any) -> Any:
    """One method on a connection of its own."""
    with Control(path, timeout) as control:
        return control.call(method, **params)
