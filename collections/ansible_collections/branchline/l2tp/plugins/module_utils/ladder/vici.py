# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""strongSwan's vici protocol, as much as observing needs: requests and streamed listings.

`swanctl --raw` prints identities with blanks and equal signs unquoted (`C=NO, CN=oslo`), so its text has no single
reading; the protocol below it has. See strongSwan's src/libcharon/plugins/vici/README.md.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from typing import Any

REQUEST, RESPONSE, UNKNOWN, REGISTER, UNREGISTER, CONFIRM, EVENT_UNKNOWN, EVENT = range(8)
SECTION, SECTION_END, VALUE, LIST, ITEM, LIST_END = range(1, 7)

Message = dict[str, Any]


class ViciError(Exception):
    """charon is not there, or refused; the text says which."""


class _Reader:
    """A cursor over one message's bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.offset = 0

    def take(self, size: int) -> bytes:
        if self.offset + size > len(self.data):
            raise ViciError("truncated message")
        self.offset += size
        return self.data[self.offset - size : self.offset]

    def name(self) -> str:
        return self.take(self.take(1)[0]).decode("utf-8", "replace")

    def value(self) -> str:
        (size,) = struct.unpack("!H", self.take(2))
        return self.take(size).decode("utf-8", "replace")

    @property
    def more(self) -> bool:
        return self.offset < len(self.data)


def _items(reader: _Reader) -> list[str]:
    found = []
    while (kind := reader.take(1)[0]) == ITEM:
        found.append(reader.value())
    if kind != LIST_END:
        raise ViciError(f"element {kind} inside of a list")
    return found


def _section(reader: _Reader, *, outermost: bool) -> Message:
    found: Message = {}
    while reader.more:
        kind = reader.take(1)[0]
        if kind == SECTION_END:
            return found
        name = reader.name()
        if kind == SECTION:
            found[name] = _section(reader, outermost=False)
        elif kind == VALUE:
            found[name] = reader.value()
        elif kind == LIST:
            found[name] = _items(reader)
        else:
            raise ViciError(f"unknown element {kind}")
    if not outermost:
        raise ViciError("a section has no end")
    return found


def decode(data: bytes) -> Message:
    """A message's sections as dicts, lists as lists, values as text; raises ViciError on damage."""
    return _section(_Reader(data), outermost=True)


def encode(message: dict[str, str]) -> bytes:
    """A flat message: all that a listing's request carries."""
    parts = []
    for name, value in message.items():
        key, data = name.encode(), value.encode()
        parts.append(struct.pack("!BB", VALUE, len(key)) + key + struct.pack("!H", len(data)) + data)
    return b"".join(parts)


def named(kind: int, name: str, message: bytes = b"") -> bytes:
    """A packet that carries a name: a request or an event's (un)registration, with its length in front."""
    body = struct.pack("!BB", kind, len(name)) + name.encode() + message
    return struct.pack("!I", len(body)) + body


class Vici:
    """One blocking connection to charon; use it with `with`. `timeout` (seconds) is for each read."""

    def __init__(self, path: str, timeout: float = 10.0) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)
        try:
            self._socket.connect(path)
        except OSError as error:
            self._socket.close()
            raise ViciError(f"{path}: {error.strerror or error}") from error

    def __enter__(self) -> Vici:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            try:
                chunk = self._socket.recv(size - len(data))
            except OSError as error:
                raise ViciError(f"charon does not answer: {error}") from error
            if not chunk:
                raise ViciError("charon closed the connection")
            data += chunk
        return bytes(data)

    def _packet(self) -> tuple[int, bytes]:
        (size,) = struct.unpack("!I", self._exactly(4))
        body = self._exactly(size)
        return body[0], body[1:]

    def _exchange(self, packet: bytes, wanted: int) -> bytes:
        self._socket.sendall(packet)
        kind, body = self._packet()
        if kind != wanted:
            raise ViciError(f"charon answered with packet type {kind} instead of {wanted}")
        return body

    def request(self, command: str) -> Message:
        """One command without arguments and its answer."""
        return decode(self._exchange(named(REQUEST, command), RESPONSE))

    def stream(self, command: str, event: str) -> Iterator[Message]:
        """The events that a listing command streams, as they come."""
        self._exchange(named(REGISTER, event), CONFIRM)
        self._socket.sendall(named(REQUEST, command))
        while (packet := self._packet())[0] == EVENT:
            body = packet[1]
            yield decode(body[1 + body[0] :])
        if packet[0] != RESPONSE:
            raise ViciError(f"charon answered {command} with packet type {packet[0]}")
        self._exchange(named(UNREGISTER, event), CONFIRM)
