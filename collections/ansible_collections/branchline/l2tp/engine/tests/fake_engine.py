"""A control server in a thread, for one connection: hears one request and says what the test wrote down."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path
from typing import Any


class FakeEngine:
    """Answers with `answers` (bytes as they are, all else as JSON lines); `request` is what it was asked."""

    def __init__(self, path: Path, *answers: Any) -> None:
        self.path = path
        self.request: dict[str, Any] | None = None
        self._answers = b"".join(a if isinstance(a, bytes) else json.dumps(a).encode() + b"\n" for a in answers)

    def __enter__(self) -> FakeEngine:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen(1)
        self._listener.settimeout(10)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        client, _ = self._listener.accept()
        with client, client.makefile("rb") as requests:
            self.request = json.loads(requests.readline())
            client.sendall(self._answers)
