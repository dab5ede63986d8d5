"""The control socket: one JSON object per line, request and answer; see docs/control.md for the methods."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from branchline.config import InvalidConfigError
from branchline.errors import BranchlineError, ConfigError, LocalError

LOG = logging.getLogger(__name__)
LONGEST = 16 * 1024 * 1024  # bytes of one request: a configuration of ten thousand lines
Answer = Any  # what JSON can say, or an async generator of such things
Method = Callable[[dict[str, Any]], Awaitable[Answer]]


class ControlServer:
    """Serves `methods` by name on a Unix socket that the engine's user and group may use (mode 0660)."""

    def __init__(self, path: Path, methods: dict[str, Method]) -> None:
        self._path = path
        self._methods = methods
        self._server: asyncio.AbstractServer | None = None
        self._clients: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        """Listen; a socket that a killed engine left behind is replaced. Raises LocalError."""
        with suppress(FileNotFoundError):
            self._path.unlink()
        try:
            self._server = await asyncio.start_unix_server(self._serve, str(self._path), limit=LONGEST)
        except OSError as error:
            remedy = "make its directory (branchline.service has RuntimeDirectory=branchline)"
            raise LocalError(f"cannot listen on {self._path}: {error.strerror}", remedy) from None
        self._path.chmod(0o660)

    async def close(self) -> None:
        """Stop listening and hang up."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._clients):
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        with suppress(FileNotFoundError):
            self._path.unlink()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(writer)
        try:
            while line := await reader.readline():
                await self._answer(line, reader, writer)
        except (OSError, ValueError, asyncio.LimitOverrunError):
            pass  # the client hung up, or sent a line that nobody could mean
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
            self._clients.discard(writer)

    async def _answer(self, line: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number, result = None, None
        try:
            number, method, params = self._request(line)
            result = await method(params)
        except BranchlineError as error:
            await _write(writer, {"id": number, "error": describe(error)})
        except Exception:
            LOG.exception("a control request failed")
            message = {
                "code": "internal",
                "message": "the engine failed; its log says why",
                "field": None,
                "remedy": "",
            }
            await _write(writer, {"id": number, "error": message})
        else:
            if hasattr(result, "__aiter__"):
                await _stream(number, result, reader, writer)
            else:
                await _write(writer, {"id": number, "result": result})

    def _request(self, line: bytes) -> tuple[Any, Method, dict[str, Any]]:
        try:
            request = json.loads(line)
            params = request.get("params") or {}
            method = self._methods.get(request["method"])
        except (ValueError, KeyError, AttributeError):
            raise ConfigError(
                "request", "is not an object with a method", 'send {"id": 1, "method": "status"}'
            ) from None
        if method is None:
            raise ConfigError(
                "method", f"{request['method']!r} is not known", f"use {', '.join(sorted(self._methods))}"
            )
        return request.get("id"), method, params


async def _stream(
    number: Any, events: AsyncGenerator[Any, None], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Send each event until the client hangs up, which ends the conversation."""
    await _write(writer, {"id": number, "result": "watching"})
    gone = asyncio.ensure_future(reader.read())
    try:
        while not gone.done():
            event = asyncio.ensure_future(events.__anext__())
            await asyncio.wait({gone, event}, return_when=asyncio.FIRST_COMPLETED)
            if not event.done():
                event.cancel()
                await asyncio.wait({event})
                return
            await _write(writer, {"id": number, "event": event.result()})
    except StopAsyncIteration:
        return
    finally:
        gone.cancel()
        await events.aclose()


async def _write(writer: asyncio.StreamWriter, message: dict[str, Any]) -> None:
    writer.write(json.dumps(message).encode() + b"\n")
    await writer.drain()


def describe(error: BranchlineError) -> dict[str, Any]:
    """An error for the wire: a code to act on, words to read, the field at fault and the remedy."""
    if isinstance(error, InvalidConfigError):
        first = error.errors[0]
        every = [describe(each) for each in error.errors]
        return {"code": "config", "message": str(error), "field": first.field, "remedy": first.remedy, "errors": every}
    if isinstance(error, ConfigError):
        return {"code": "config", "message": str(error), "field": error.field, "remedy": error.remedy}
    remedy = error.remedy if isinstance(error, LocalError) else ""
    return {"code": "local", "message": str(error), "field": None, "remedy": remedy}
