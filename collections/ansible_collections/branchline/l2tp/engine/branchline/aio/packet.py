"""PPPoE packets of one Ethernet interface: the only file that opens AF_PACKET sockets, which take CAP_NET_RAW.

VLAN tags are read and written here, so that no VLAN devices are needed. A filter in the kernel lets nothing up but
PPPoE that is for this host. Packets of sessions that have a sink go straight to it.
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import fcntl
import logging
import socket
import struct
from collections.abc import Callable

from branchline.errors import LocalError
from branchline.pppoe.events import Place
from branchline.wire import pppoe

LOG = logging.getLogger(__name__)
BATCH = 64  # frames read before the loop looks at other sockets
BIGGEST = 65536
BUFFER = 4 * 1024 * 1024  # bytes, each way
ETH_P_ALL = 0x0003  # with the Ethernet type of PPPoE alone the kernel would take tags off without telling them
SIOCGIFMTU = 0x8921
PACKET_AUXDATA, PACKET_IGNORE_OUTGOING, SOL_PACKET = 8, 23, 263
SO_RCVBUFFORCE, SO_SNDBUFFORCE = 33, 32
AUXDATA = struct.Struct("IIIHHHH")  # struct tpacket_auxdata
VLAN_VALID = 1 << 4
VLAN_ID = 0x0FFF
TAGGED = 0x8100
SESSION = struct.pack("!HBB", pppoe.SESSION, pppoe.VERSION_TYPE, 0)
PAYLOAD = 20  # where PPP begins: after 14 octets of Ethernet and 6 of PPPoE

# Classic BPF, linux/filter.h: (code, jump if true, jump if false, operand).
LOAD_HALF, LOAD_BYTE, EQUAL, GREATER, AT_LEAST, RETURN = 0x28, 0x30, 0x15, 0x25, 0x35, 0x06
CONTROL = 0x8000  # the first of PPP's control protocols, RFC 1661 2
PACKET_TYPE, TAG_PRESENT = 0xFFFFF000 + 4, 0xFFFFF000 + 48
TO_US_OR_ALL = 1  # PACKET_HOST is 0, PACKET_BROADCAST 1; all others are greater
Instruction = tuple[int, int, int, int]

Sink = Callable[[bytes], None]


class EthernetPort:
    """`on_discovery` gets discovery packets, `on_stray` the session ids of packets that nobody here waits for."""

    def __init__(
        self,
        interface: str,
        vlans: frozenset[int],
        on_discovery: Callable[[bytes, Place], None],
        on_stray: Callable[[Place, int], None] = lambda _place, _session: None,
    ) -> None:
        self.interface = interface
        self.refused = 0  # frames that this host would not send
        self._vlans = vlans
        self._on_discovery, self._on_stray = on_discovery, on_stray
        self._sinks: dict[int, dict[bytes, Sink]] = {vlan: {} for vlan in vlans}
        self._loop = asyncio.get_running_loop()
        self._tagged = tagged = any(vlans)
        self._spared, self._needed = False, tagged  # of data packets, by the filter; by a session here
        self._socket = _open(interface, tagged=tagged)
        self.mac: bytes = self._socket.getsockname()[4]
        self.index = socket.if_nametoindex(interface)
        self.mtu = _mtu(self._socket, interface)
        self.drain = self._read_tagged if tagged else self._read  # hands out what waits
        self._loop.add_reader(self._socket.fileno(), self.drain)

    def now(self) -> float:
        """Return the loop's clock, seconds."""
        return self._loop.time()

    def is_there(self) -> bool:
        """Whether the interface is still the one that was opened."""
        try:
            return socket.if_nametoindex(self.interface) == self.index
        except OSError:
            return False

    def open_sink(self, place: Place, session: int, sink: Sink) -> None:
        """Give the PPP packets of a session to `sink`: from their protocol number on, without padding."""
        self._sinks[place.vlan][_key(place, session)] = sink

    def close_sink(self, place: Place, session: int) -> None:
        """Take the sink of a session away."""
        self._sinks[place.vlan].pop(_key(place, session), None)

    def spare(self) -> None:
        """The kernel carries a session: let no data packets come up, which are copies, unless one needs them."""
        if not self._needed and not self._spared:
            self._spared = True
            _attach(self._socket, _filter(tagged=self._tagged, data=False))

    def need(self) -> None:
        """A session's data packets are carried here: let them come up from now on."""
        self._needed = True
        if self._spared:
            self._spared = False
            _attach(self._socket, _filter(tagged=self._tagged))

    def send_discovery(self, data: bytes, place: Place) -> None:
        """Send one discovery packet."""
        self._transmit(self._header(place) + pppoe.DISCOVERY.to_bytes(2, "big") + data)

    def transmitter(self, place: Place, session: int) -> Sink:
        """Return the shortest way for a session's PPP packets (from their protocol number on)."""
        header, transmit = self._header(place) + SESSION + session.to_bytes(2, "big"), self._transmit

        def send(packet: bytes) -> None:
            transmit(header + len(packet).to_bytes(2, "big") + packet)

        return send

    def close(self) -> None:
        """Close the socket; sessions that are open are forgotten, not told."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()

    def _header(self, place: Place) -> bytes:
        tag = struct.pack("!HH", TAGGED, place.vlan) if place.vlan else b""
        return place.mac + self.mac + tag

    def _transmit(self, frame: bytes) -> None:
        try:
            self._socket.send(frame)
        except OSError as error:
            self.refused += 1
            if self.refused & (self.refused - 1) == 0:  # the 1st, 2nd, 4th, 8th ... of them
                what = (self.interface, error.strerror, self.refused, _hint(error))
                LOG.warning("cannot send on %s: %s (%d so far)%s", *what)

    def _read(self) -> None:
        receive, sinks = self._socket.recv, self._sinks[0]
        for _ in range(BATCH):
            try:
                frame = receive(BIGGEST)
            except OSError as error:  # nothing more to read, or the interface went down and may come back
                if error.errno in (errno.EAGAIN, errno.EBADF):
                    break
                continue
            self._take(frame, 0, sinks)

    def _read_tagged(self) -> None:
        for _ in range(BATCH):
            try:
                frame, ancillary, _flags, _address = self._socket.recvmsg(BIGGEST, 64)
            except OSError as error:  # as above
                if error.errno in (errno.EAGAIN, errno.EBADF):
                    break
                continue
            vlan = _vlan(ancillary)
            if vlan in self._vlans:
                self._take(frame, vlan, self._sinks[vlan])

    def _take(self, frame: bytes, vlan: int, sinks: dict[bytes, Sink]) -> None:
        """One frame: source, type, version, code and session id in a row are what a session is known by."""
        sink = sinks.get(frame[6:18])
        if sink is None:
            self._take_other(frame, vlan)
            return
        end = PAYLOAD + (frame[18] << 8 | frame[19]) if len(frame) > PAYLOAD else 0
        if PAYLOAD < end <= len(frame):
            sink(frame[PAYLOAD:end])

    def _take_other(self, frame: bytes, vlan: int) -> None:
        place = Place(frame[6:12], vlan)
        try:
            if frame[12:14] == pppoe.DISCOVERY.to_bytes(2, "big"):
                self._on_discovery(frame[14:], place)
            elif (found := pppoe.decode_session(frame[14:])) is not None:
                self._on_stray(place, found[0])
        except Exception:  # one host's packet must not stop the others'
            LOG.exception("a packet of %s could not be handled", place)


def _key(place: Place, session: int) -> bytes:
    return place.mac + SESSION + session.to_bytes(2, "big")


def _vlan(ancillary: list[tuple[int, int, bytes]]) -> int:
    """The VLAN id that the kernel took off a frame; 0 for one without."""
    for level, kind, data in ancillary:
        if (level, kind) == (SOL_PACKET, PACKET_AUXDATA) and len(data) >= AUXDATA.size:
            status, *_sizes, tag, _protocol = AUXDATA.unpack_from(data)
            return tag & VLAN_ID if status & VLAN_VALID else 0
    return 0


def _filter(*, tagged: bool, data: bool = True) -> list[Instruction]:
    """The program that the kernel runs on every frame: PPPoE, for us or for all, without a tag unless `tagged`.

    Without `data` only discovery and control packets of PPP pass.
    """
    untagged: list[Instruction] = [] if tagged else [(LOAD_BYTE, 0, 0, TAG_PRESENT), (EQUAL, 0, 3, 0)]
    skip = len(untagged)
    control: list[Instruction] = [] if data else [(LOAD_HALF, 0, 0, PAYLOAD), (AT_LEAST, 0, 3 + skip, CONTROL)]
    return [
        (LOAD_HALF, 0, 0, 12),
        (EQUAL, 1 + len(control), 0, pppoe.DISCOVERY),
        (EQUAL, 0, 3 + skip + len(control), pppoe.SESSION),
        *control,
        *untagged,
        (LOAD_BYTE, 0, 0, PACKET_TYPE),
        (GREATER, 1, 0, TO_US_OR_ALL),
        (RETURN, 0, 0, BIGGEST),
        (RETURN, 0, 0, 0),
    ]


def _open(interface: str, *, tagged: bool) -> socket.socket:
    """A non-blocking socket; raises LocalError where the interface or the privilege is missing."""
    sock = None
    try:
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)  # deaf until it is bound
        _attach(sock, _filter(tagged=tagged))
        sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, int(tagged))
        for option, forced in ((socket.SO_RCVBUF, SO_RCVBUFFORCE), (socket.SO_SNDBUF, SO_SNDBUFFORCE)):
            _grow(sock, option, forced)
        sock.bind((interface, ETH_P_ALL))
        _check_kind(sock)
    except OSError as error:
        if sock is not None:
            sock.close()
        raise LocalError(f"cannot use {interface} for PPPoE: {error.strerror}", _hint(error).strip(" ;")) from None
    return sock


def _attach(sock: socket.socket, instructions: list[Instruction]) -> None:
    program = b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)
    kept = ctypes.create_string_buffer(program)
    attached = struct.pack("HL", len(program) // 8, ctypes.addressof(kept))
    sock.setsockopt(socket.SOL_SOCKET, 26, attached)  # SO_ATTACH_FILTER


def _check_kind(sock: socket.socket) -> None:
    *_rest, kind, mac = sock.getsockname()
    if kind != 1 or len(mac) != 6:  # ARPHRD_ETHER
        raise OSError(errno.EINVAL, "it is no Ethernet interface")


def _grow(sock: socket.socket, option: int, forced: int) -> None:
    try:
        sock.setsockopt(socket.SOL_SOCKET, forced, BUFFER)
    except PermissionError:
        sock.setsockopt(socket.SOL_SOCKET, option, BUFFER)


def _mtu(sock: socket.socket, interface: str) -> int:
    reply = fcntl.ioctl(sock, SIOCGIFMTU, struct.pack("16si20x", interface.encode(), 0))
    return int(struct.unpack_from("16si", reply)[1])


def _hint(error: OSError) -> str:
    hints = {
        errno.EPERM: "; give the engine CAP_NET_RAW (branchline.service does where PPPoE is configured)",
        errno.ENODEV: "; this host has no such interface",
        errno.EMSGSIZE: "; the interface's MTU is smaller than what the two ends agreed",
        errno.ENETDOWN: "; the interface is down",
        errno.EINVAL: "; name an Ethernet interface",
    }
    return hints.get(error.errno or 0, "")
