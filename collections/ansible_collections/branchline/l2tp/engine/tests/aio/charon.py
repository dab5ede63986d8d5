"""A charon of our own for tests: speaks vici, and does with SAs what the test says."""

from __future__ import annotations

import asyncio
import struct
from contextlib import suppress

from vici.protocol import FiniteStream, Message, Packet


class FakeCharon:
    """Serves one Unix socket; `sas` maps connection to the list-sa section, `calls` are the commands it got."""

    def __init__(self, path) -> None:
        self.path = str(path)
        self.sas: dict[str, dict] = {}
        self.calls: list[tuple[str, dict]] = []
        self.on_initiate = lambda _connection: None
        self._writers: set[asyncio.StreamWriter] = set()
        self._subscribed: dict[str, set[asyncio.StreamWriter]] = {}

    async def start(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, self.path)

    async def stop(self) -> None:
        self._server.close()
        for writer in list(self._writers):
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def install(
        self,
        connection: str,
        *,
        vip: str | None = "10.99.0.1",
        ike_id: str = "1",
        children: tuple[str, ...] = ("l2tp",),
    ) -> None:
        """Put an established SA there and tell about it."""
        self.sas[connection] = {
            "uniqueid": ike_id, "state": "ESTABLISHED", "local-vips": [vip] if vip else [],
            "child-sas": {f"{child}-{number}": {"state": "INSTALLED"} for number, child in enumerate(children, 1)},
        }  # fmt: skip
        self.tell("child-updown", {"up": "yes", connection: {}})

    def remove(self, connection: str) -> None:
        """Take an SA away and tell about it."""
        del self.sas[connection]
        self.tell("child-updown", {connection: {}})

    def tell(self, event: str, body: dict) -> None:
        for writer in self._subscribed.get(event, ()):
            self._send(writer, struct.pack("!BB", Packet.EVENT, len(event)) + event.encode() + Message.serialize(body))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                (length,) = struct.unpack("!I", await reader.readexactly(4))
                self._answer(writer, await reader.readexactly(length))
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        self._writers.discard(writer)
        for subscribers in self._subscribed.values():
            subscribers.discard(writer)

    def _answer(self, writer: asyncio.StreamWriter, packet: bytes) -> None:
        kind, length = packet[0], packet[1]
        name, body = packet[2 : 2 + length].decode(), packet[2 + length :]
        if kind == Packet.EVENT_REGISTER:
            self._subscribed.setdefault(name, set()).add(writer)
            self._send(writer, bytes([Packet.EVENT_CONFIRM]))
        elif kind == Packet.EVENT_UNREGISTER:
            self._subscribed[name].discard(writer)
            self._send(writer, bytes([Packet.EVENT_CONFIRM]))
        else:
            self._command(writer, name, Message.deserialize(FiniteStream(body)) if body else {})

    def _command(self, writer: asyncio.StreamWriter, name: str, body: dict) -> None:
        arguments = {key: value.decode() for key, value in body.items()}
        self.calls.append((name, arguments))
        answer = {"success": "yes"}
        if name == "list-sas":
            sa = self.sas.get(arguments["ike"])
            if sa is not None:
                self.tell("list-sa", {arguments["ike"]: sa})
        elif name == "initiate":
            self.on_initiate(arguments["ike"])
        elif name == "terminate" and self.sas.pop(arguments["ike"], None) is None:
            answer = {"success": "no", "errmsg": "no matching SAs to terminate found"}
        self._send(writer, bytes([Packet.CMD_RESPONSE]) + Message.serialize(answer))

    @staticmethod
    def _send(writer: asyncio.StreamWriter, packet: bytes) -> None:
        writer.write(struct.pack("!I", len(packet)) + packet)
