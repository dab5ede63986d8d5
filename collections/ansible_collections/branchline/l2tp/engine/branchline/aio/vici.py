"""charon's control protocol (vici) over asyncio: the codecs are the PyPI package's, the transport is here.

Requests on one connection are answered in order; events come in between. Nothing here waits for a negotiation:
charon has few threads, and each waiting `initiate` would keep one.
"""

from __future__ import annotations

import asyncio
import struct
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from vici.protocol import Message, Packet

from branchline.errors import LocalError

SOCKET = "/run/charon.vici"
REMEDY = "start strongSwan (systemctl start strongswan), and let the group branchline use its socket"
OnEvent = Callable[[str, dict[str, Any]], None]


class Vici:
    """One connection to charon; `lost` is set when it closes it, events that `heeds` denies are not even decoded."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, on_event: OnEvent) -> None:
        self._reader, self._writer = reader, writer
        self._on_event = on_event
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._streams: dict[str, list[dict[str, Any]]] = {}
        self._streaming = asyncio.Lock()
        self.heeds: Callable[[str, bytes], bool] = lambda _event, _payload: True
        self.lost = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._read())

    @classmethod
    async def connect(cls, on_event: OnEvent, path: str = SOCKET) -> Vici:
        """Connect and subscribe to nothing yet; raises LocalError where charon cannot be reached."""
        try:
            reader, writer = await asyncio.open_unix_connection(path)
        except OSError as error:
            raise LocalError(f"cannot reach charon at {path}: {error.strerror}", REMEDY) from None
        return cls(reader, writer, on_event)

    async def request(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Call a command; raises LocalError with charon's own words."""
        body = Message.serialize(arguments) if arguments else None
        packet = await self._exchange(Packet.request(command, body))
        if packet.response_type != Packet.CMD_RESPONSE:
            raise LocalError(f"charon does not know {command}", "install strongSwan 5.9 or newer")
        answer: dict[str, Any] = plain(Message.deserialize(packet.payload))
        if answer.get("success", "yes") != "yes":
            raise LocalError(f"charon refused {command}: {answer.get('errmsg', 'no reason given')}")
        return answer

    async def subscribe(self, event: str) -> None:
        """Ask for `event`; `on_event` is called with each."""
        packet = await self._exchange(Packet.register_event(event))
        if packet.response_type != Packet.EVENT_CONFIRM:
            raise LocalError(f"charon has no event {event}", "install strongSwan 5.9 or newer")

    async def stream(self, command: str, event: str, **arguments: Any) -> list[dict[str, Any]]:
        """Call a command whose answer comes as a run of events, such as list-sas."""
        async with self._streaming:
            found = self._streams[event] = []
            await self.subscribe(event)
            try:
                await self.request(command, **arguments)
            finally:
                del self._streams[event]
                await self._exchange(Packet.unregister_event(event))
        return found

    async def close(self) -> None:
        """Close the connection."""
        self._task.cancel()
        self._writer.close()
        with suppress(asyncio.CancelledError):
            await self._task
        with suppress(OSError):
            await self._writer.wait_closed()

    async def _exchange(self, packet: bytes) -> Any:
        if self.lost.is_set():
            raise LocalError("charon has gone", REMEDY)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        self._writer.write(struct.pack("!I", len(packet)) + packet)
        return await answer

    async def _read(self) -> None:
        try:
            while True:
                (length,) = struct.unpack("!I", await self._reader.readexactly(4))
                self._take(Packet.parse(await self._reader.readexactly(length)))
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            self.lost.set()
            for answer in self._waiting:
                if not answer.done():
                    answer.set_exception(LocalError("charon has gone", REMEDY))

    def _take(self, packet: Any) -> None:
        if packet.response_type != Packet.EVENT:
            answer = self._waiting.popleft()
            if not answer.done():
                answer.set_result(packet)
            return
        name = packet.event_type.decode()
        if not self.heeds(name, packet.payload.getvalue()):
            return
        body = plain(Message.deserialize(packet.payload))
        if name in self._streams:
            self._streams[name].append(body)
        else:
            self._on_event(name, body)


def plain(value: Any) -> Any:
    """A vici message with text for bytes."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value
