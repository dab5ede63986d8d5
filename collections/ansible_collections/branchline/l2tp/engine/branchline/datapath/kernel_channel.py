"""Sessions whose frames are the kernel's; their control frames come to the engine and go from it through here."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress

from branchline.datapath import kernel_ppp, kernel_sockets
from branchline.datapath.interface import Carrier, Counters, Deliver, FrameChannel
from branchline.errors import LocalError

BATCH = 32  # frames that the kernel keeps at most
BIGGEST = 65536


class KernelChannel:
    """The PPP channel of a session's `sock`; `bridge` has the kernel carry its frames on to another one."""

    def __init__(self, sock: socket.socket, receive: Deliver) -> None:
        self.on_lost: Callable[[], None] = lambda: None  # somebody else has ended the session in the kernel
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._socket = sock
        self._channel = self._number = -1
        try:
            self._channel, self._number = kernel_ppp.open_channel(self._socket.fileno())
        except OSError as error:
            self._socket.close()
            raise LocalError(f"no PPP channel: {error.strerror}", "see the kernel's log") from None
        self.watch(self._channel)

    def require_sequence(self) -> None:
        """Number the data messages from the first on."""
        raise NotImplementedError

    def part(self) -> None:
        """Let go of the interface: there is none unless a session has joined one."""

    def counters(self) -> Counters:
        """Return what the session has carried and lost so far, as far as the kernel counts it."""
        raise NotImplementedError

    def send(self, frame: bytes) -> None:
        """Send one control frame, without FF 03; lost where the kernel has no room, as on any wire."""
        if self._channel >= 0:
            with suppress(OSError):
                os.write(self._channel, frame)

    @property
    def is_open(self) -> bool:
        """Whether the session is not ended here."""
        return self._channel >= 0

    def receive(self, frame: bytes) -> None:
        """A control frame that has come by the unit."""
        self._receive(frame)

    def bridge(self, other: FrameChannel) -> None:
        """Have the kernel carry frames between the two from now on; those that it has kept so far are read first."""
        if not isinstance(other, KernelChannel):
            raise LocalError("the other session is not in the kernel", "have it in the kernel as well")
        try:
            kernel_ppp.bridge(self._channel, other._number)
        except OSError as error:
            raise LocalError(f"the kernel does not bridge the two sessions: {error.strerror}") from None
        for channel in (self, other):
            channel._read(channel._channel)

    def bridging_obstacle(self) -> str:
        """Why this kernel bridges no sessions, "" if it does."""
        return kernel_ppp.bridging_obstacle(self._channel, self._number)

    def give_back(self) -> None:
        """End the session in the kernel: its frames come to the UDP socket again, after those that wait here."""
        self.on_lost = lambda: None
        self._socket.close()
        self._read(self._channel)
        self.close()

    def close(self) -> None:
        """End the session in the kernel; a second time does nothing."""
        if self._channel >= 0:
            self.unwatch(self._channel)
            self._loop.run_in_executor(None, _end, self._channel, self._socket)  # the kernel waits for all readers
            self._channel = -1

    def watch(self, descriptor: int) -> None:
        """Have the control frames of this descriptor, the channel or its unit."""
        self._loop.add_reader(descriptor, self._read, descriptor)

    def unwatch(self, descriptor: int) -> None:
        """Undo `watch`, before the descriptor is closed."""
        self._loop.remove_reader(descriptor)

    def _read(self, descriptor: int) -> None:
        for _ in range(BATCH):
            try:
                frame = os.read(descriptor, BIGGEST)
            except BlockingIOError:
                return
            except OSError:
                frame = b""
            if not frame:
                self._loop.remove_reader(descriptor)
                if self._channel >= 0:
                    self.on_lost()
                return
            self._receive(frame)


def _end(channel: int, sock: socket.socket) -> None:
    os.close(channel)
    sock.close()


class SessionChannel(KernelChannel):
    """A PPPoL2TP socket and its PPP channel; `join` gives it a unit, with which it has an interface."""

    def __init__(self, carrier: Carrier, receive: Deliver) -> None:
        super().__init__(_connect(carrier), receive)
        self.joined = False

    def require_sequence(self) -> None:
        """Number the data messages from the first on."""
        kernel_sockets.require_sequence(self._socket)

    def join(self, unit: int) -> None:
        """From now on IP packets go through the interface of this unit."""
        kernel_ppp.join(self._channel, unit)
        self.joined = True

    def part(self) -> None:
        """Leave the unit to another session; packets that still come are read here, by nobody."""
        self.on_lost = lambda: None
        with suppress(OSError):  # it had none
            kernel_ppp.part(self._channel)
        self.joined = False

    def counters(self) -> Counters:
        """Return what the session has carried and lost so far; zeros once it has ended."""
        try:
            return kernel_sockets.counters(self._socket)
        except (OSError, ValueError):  # no descriptor any more
            return Counters()


def _connect(carrier: Carrier) -> socket.socket:
    """The session's socket, and first its tunnel where this is the first session; raises LocalError."""
    ids = kernel_sockets.Ids(carrier.tunnel, carrier.session, carrier.peer_tunnel, carrier.peer_session)
    try:
        udp = carrier.own_socket()
        kernel_sockets.open_tunnel(udp, carrier.tunnel, carrier.peer_tunnel)
        sock = kernel_sockets.connect_session(udp, ids)
        kernel_sockets.set_options(sock, lns=carrier.lns, reorder=carrier.reorder)
    except FileExistsError:
        message, remedy = f"tunnel {ids.tunnel} is another one's in the kernel", "end it, or have the line reconnect"
        raise LocalError(message, remedy) from None
    except OSError as error:
        message = f"the kernel does not take session {ids.session} of tunnel {ids.tunnel}: {error.strerror}"
        raise LocalError(message, "see the kernel's log") from None
    return sock
