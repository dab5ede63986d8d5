#!/usr/bin/python3
"""Stands for /usr/sbin/pppd where the kernel has no PPP: xl2tpd starts it as `pppd TTY ... file OPTIONS`,
rp-pppoe as `pppd pty COMMAND ... file OPTIONS`.

PPP in HDLC-like framing (RFC 1662) on the terminal, the engine's own `Link` as the protocol, and a TUN device for the
packets. OPTIONS is JSON: name, user, secret, peer_user, demand and answer (methods), device, routes, log. A server's
addresses come as LOCAL:REMOTE on the command line. The log gets a line for each event.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import termios
import time
import tty
from contextlib import suppress
from ipaddress import IPv4Address
from pathlib import Path

sys.path.insert(0, "/opt/interop/branchline.pyz")

from branchline.datapath.device import open_tun
from branchline.ppp.auth import check
from branchline.ppp.config import LinkConfig, NetworkConfig, Policy
from branchline.ppp.events import LinkDown, NetworkUp, PeerCredentials
from branchline.ppp.link import Link
from branchline.wire import ppp

FLAG, ESCAPE, TRANS = 0x7E, 0x7D, 0x20
GOOD_FCS = 0xF0B8  # RFC 1662 C.1
TICK = 0.2


def fcs(octets: bytes) -> int:
    """The frame check sequence of RFC 1662 C.2, not yet complemented."""
    value = 0xFFFF
    for octet in octets:
        value ^= octet
        for _ in range(8):
            value = value >> 1 ^ 0x8408 if value & 1 else value >> 1
    return value


def framed(frame: bytes) -> bytes:
    """A frame as the terminal carries it: check sequence, transparency of every control character, flags."""
    whole = frame + (fcs(frame) ^ 0xFFFF).to_bytes(2, "little")
    body = bytearray()
    for octet in whole:
        if octet < 0x20 or octet in (FLAG, ESCAPE):
            body += bytes((ESCAPE, octet ^ TRANS))
        else:
            body.append(octet)
    return bytes((FLAG, *body, FLAG))


class Deframer:
    """The other way; what does not pass its check is dropped."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, octets: bytes) -> list[bytes]:
        """The frames that are complete now."""
        *whole, self._rest = (self._rest + octets).split(bytes((FLAG,)))
        return [frame[:-2] for raw in whole if len(frame := self._plain(raw)) > 4 and fcs(frame) == GOOD_FCS]

    @staticmethod
    def _plain(raw: bytes) -> bytes:
        first, *others = raw.split(bytes((ESCAPE,)))
        return first + b"".join(bytes((part[0] ^ TRANS,)) + part[1:] for part in others if part)


class Pppd:
    """One link between the terminal and a TUN device, until either end says goodbye."""

    def __init__(self, terminal: int, options: dict, addresses: tuple[str, str]) -> None:
        self._terminal, self._options = terminal, options
        self._deframer = Deframer()
        self._device = -1
        self._over = False
        local, peer = (IPv4Address(address) if address else None for address in addresses)
        config = LinkConfig(
            name=options["name"],
            mru=1400,
            demand=tuple(options.get("demand", ())),
            answer=tuple(options.get("answer", ())),
            user=options.get("user", ""),
            secret=options["secret"].encode(),
            echo=1.0,
            network=NetworkConfig(local, peer, ask_dns=True),
            policy=Policy(restart=1.0),
        )
        self._link = Link(config, random=os.urandom)

    def run(self) -> None:
        """Serve until the link is down."""
        signal.signal(signal.SIGTERM, lambda *_: self._link.close("told to end", time.monotonic()))
        self._link.up(time.monotonic())
        while not self._over:
            self._settle()
            sources = [self._terminal] + [self._device] * (self._device >= 0)
            ready = select.select(sources, [], [], TICK)[0]
            if self._terminal in ready:
                self._from_terminal()
            if self._device in ready:
                self._from_device()
            self._link.on_timeout(time.monotonic())

    def _from_device(self) -> None:
        packet = os.read(self._device, 65536)
        if packet[0] >> 4 == 4:  # the kernel says things in IPv6 of its own accord
            self._send(ppp.encode_frame(ppp.IPV4, packet))

    def _from_terminal(self) -> None:
        try:
            octets = os.read(self._terminal, 65536)
        except OSError:  # xl2tpd has closed its end
            octets = b""
        if not octets:
            self._link.down("the terminal is gone", time.monotonic())
        for frame in self._deframer.feed(octets):
            protocol, offset = ppp.split(frame)
            if protocol == ppp.IPV4 and self._device >= 0:
                os.write(self._device, frame[offset:])
            else:
                self._link.receive(frame, time.monotonic())

    def _send(self, frame: bytes) -> None:
        octets = framed(frame)
        with suppress(OSError):  # xl2tpd has closed its end: reading tells
            while octets:
                octets = octets[os.write(self._terminal, octets) :]

    def _settle(self) -> None:
        for frame in self._link.outbox():
            self._send(frame)
        while (event := self._link.next_event()) is not None:
            self.log(repr(event))
            self._on(event)

    def _on(self, event: object) -> None:
        if isinstance(event, PeerCredentials):
            known = self._options["secret"].encode() if event.name == self._options.get("peer_user") else None
            self._link.answer_credentials(check(event.credentials, known), time.monotonic())
            self._settle()
        elif isinstance(event, NetworkUp):
            self._open_device(event)
        elif isinstance(event, LinkDown):
            self._over = True

    def _open_device(self, event: NetworkUp) -> None:
        name = self._options["device"]
        self._device = open_tun(name)
        for words in (
            f"address add {event.local_address} peer {event.peer_address} dev {name}",
            f"link set {name} up mtu 1360",
            *(f"route replace {route} dev {name}" for route in self._options.get("routes", ())),
        ):
            subprocess.run(["ip", *words.split()], check=True)

    def log(self, words: str) -> None:
        """Tell what happens."""
        with Path(self._options["log"]).open("a") as file:
            file.write(words + "\n")


def terminal_of(arguments: list[str]) -> int:
    """The terminal that is named, or one end of a new one, whose other end is input and output of a command."""
    if arguments[0] != "pty":
        terminal = os.open(arguments[0], os.O_RDWR | os.O_NOCTTY)
        tty.setraw(terminal, termios.TCSANOW)  # what has come already stays
        return terminal
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    subprocess.Popen(["/bin/sh", "-c", f"exec {arguments[1]}"], stdin=theirs, stdout=theirs)
    os.close(theirs)
    return ours


def main(arguments: list[str]) -> None:
    """As xl2tpd and rp-pppoe call it."""
    options = json.loads(Path(arguments[arguments.index("file") + 1]).read_text())
    pair = next((word.split(":") for word in arguments if word.count(":") == 1), ["", ""])
    local, peer = (address if address != "0.0.0.0" else "" for address in pair)
    terminal = terminal_of(arguments)
    pppd = Pppd(terminal, options, (local, peer))
    pppd.log("pppd " + " ".join(arguments))
    pppd.run()


if __name__ == "__main__":
    main(sys.argv[1:])
