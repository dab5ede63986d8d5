"""One session whose frames are the kernel's; its control frames come to the engine and go from it through here."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress

from branchline.datapath import kernel_ppp, kernel_sockets
from branchline.datapath.interface import Carrier, Deliver
from branchline.errors import LocalError

BATCH = 32  # frames that the kernel keeps at most
BIGGEST = 65536


class KernelChannel:
    """A PPPoL2TP socket and its PPP channel; `join` gives it a unit, with which it has an interface."""

    def __init__(self, carrier: Carrier, receive: Deliver) -> None:
        self.joined = False
        self.on_lost: Callable[[], None] = lambda: None  # somebody else has ended the session in the kernel
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._socket = _connect(carrier)
        self._channel = -1
        try:
            kernel_sockets.set_options(self._socket, lns=carrier.lns, reorder=carrier.reorder)
            self._channel = kernel_ppp.open_channel(self._socket.fileno())
        except OSError as error:
            self._socket.close()
            raise LocalError(f"no PPP channel: {error.strerror}", "see the kernel's log") from None
        self.watch(self._channel)

    def require_sequence(self) -> None:
        """Number the data messages from the first on."""
        kernel_sockets.require_sequence(self._socket)

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

    def losses(self) -> kernel_sockets.Losses:
        """Return what the session has lost so far."""
        return kernel_sockets.losses(self._socket)

    def close(self) -> None:
        """End the session in the kernel; a second time does nothing."""
        if self._channel >= 0:
            self.unwatch(self._channel)
            os.close(self._channel)
            self._channel = -1
            self._socket.close()

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


def _connect(carrier: Carrier) -> socket.socket:
    """The session's socket, and first its tunnel where this is the first session; raises LocalError."""
    ids = kernel_sockets.Ids(carrier.tunnel, carrier.session, carrier.peer_tunnel, carrier.peer_session)
    try:
        udp = carrier.own_socket()
        kernel_sockets.open_tunnel(udp, carrier.tunnel, carrier.peer_tunnel)
        return kernel_sockets.connect_session(udp, ids)
    except FileExistsError:
        message, remedy = f"tunnel {ids.tunnel} is another one's in the kernel", "end it, or have the line reconnect"
        raise LocalError(message, remedy) from None
    except OSError as error:
        message = f"the kernel does not take session {ids.session} of tunnel {ids.tunnel}: {error.strerror}"
        raise LocalError(message, "see the kernel's log") from None
