"""PPP over one session of L2TP or PPPoE: frames between its bearer, the link and the data path."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from typing import Protocol

from branchline.aio.alarm import Alarm
from branchline.datapath.interface import Deliver, FrameChannel
from branchline.l2tp.policy import Address
from branchline.ppp.auth import Verdict
from branchline.ppp.config import LinkConfig, NetworkConfig, Policy
from branchline.ppp.events import EchoRtt, Event, NetworkUp
from branchline.ppp.link import Link, Phase
from branchline.ppp.proxy import Proxied
from branchline.wire import ppp

IPV4_PREFIX = ppp.encode_frame(ppp.IPV4, b"")
EARLY = 16  # packets
PATIENCE = Policy(restart=1.0)  # a lost first request costs a second, not the customary three


class Bearer(Protocol):
    """What carries the frames of sessions: a UdpPort, or an Ethernet port behind lines.pppoe_bearer."""

    def now(self) -> float:
        """Return the clock, seconds."""

    def open_sink(self, tunnel: int, session: int, sink: Deliver) -> None:
        """Give the session's frames to `sink`."""

    def close_sink(self, tunnel: int, session: int) -> None:
        """Take the sink of a session away."""

    def send_frame(self, tunnel: int, session: int, frame: bytes) -> None:
        """Send one frame that begins with FF 03."""

    def transmitter(self, tunnel: int, session: int, peer: Address, prefix: bytes) -> Deliver:
        """Return the shortest way for packets, with `prefix` before each: FF 03 and a protocol number."""


class PppSession:
    """One session's link. `on_event` gets the link's events but the round-trip times: `rtt`, seconds."""

    def __init__(
        self, port: Bearer, ids: tuple[int, int], peer: Address, config: LinkConfig, on_event: Callable[[Event], None]
    ) -> None:
        self.port, self.ids, self.peer = port, ids, peer
        self.rtt: float | None = None
        self._heard = port.now()
        self._link = Link(config, random=secrets.token_bytes)
        self._on_event = on_event
        self._deliver: Deliver | None = None
        self._network = False  # IPCP is open
        self._early: deque[bytes] = deque(maxlen=EARLY)  # came before the data path was ready for them
        self._dropped = False
        self._alarm = Alarm(lambda: self._do(self._link.on_timeout))
        self.channel: FrameChannel | None = None
        self.refused = ""  # why the data path could not take the session
        port.open_sink(*ids, self.receive)

    @property
    def ending(self) -> str:
        """Why the link is about to end, "" while it is not."""
        return self._link.ending

    @property
    def obstacle(self) -> str:
        """What the two ends have not agreed about so far, "" if nothing."""
        return self._link.obstacle

    @property
    def authenticating(self) -> bool:
        """Whether the two ends are at it."""
        return self._link.phase is Phase.AUTHENTICATE

    @property
    def proxied(self) -> Proxied:
        """What another end needs to take the link over."""
        return self._link.proxied

    def start(self, proxied: Proxied | None = None, *, sequencing: bool = False) -> None:
        """The session is open, its data messages numbered or not: begin LCP, or go on from where a proxy left off."""
        if sequencing and self.channel is not None:
            self.channel.require_sequence()
        self._do(lambda now: self._link.up(now, proxied))

    def receive(self, frame: bytes) -> None:
        """One frame from the peer."""
        protocol, offset = ppp.split(frame)
        if protocol == ppp.IPV4 and self._deliver is not None:
            self._deliver(frame[offset:])
        elif protocol == ppp.IPV4 and self._network:
            self._early.append(frame[offset:])
        else:
            self._heard = self.port.now()
            self._link.receive(frame, self._heard)
            self._settle()

    def quiet_for(self) -> float:
        """Seconds since the peer's last control frame."""
        return self.port.now() - self._heard

    def answer(self, verdict: Verdict) -> None:
        """Tell the peer whether it is who it says."""
        self._link.answer_credentials(verdict, self.port.now())
        self._settle()

    def open_network(self, network: NetworkConfig) -> None:
        """Give the addresses to IPCP."""
        self._link.open_network(network, self.port.now())
        self._settle()

    def use(self, channel: FrameChannel | None) -> None:
        """Send frames through `channel`, which has taken the session over, and close it with the session."""
        self.channel = channel

    def connect(self, deliver: Deliver) -> None:
        """Packets of the peer go to `deliver` from now on, first those that were earlier than this."""
        self._deliver = deliver
        while self._early:
            deliver(self._early.popleft())

    def part(self) -> None:
        """Packets of the peer go nowhere from now on: another session has the line."""
        self._deliver = _nowhere
        if self.channel is not None:
            self.channel.part()

    def transmitter(self) -> Deliver:
        """Return what sends one IPv4 packet to the peer."""
        return self.port.transmitter(*self.ids, self.peer, IPV4_PREFIX)

    def close(self, reason: str) -> None:
        """End the link politely; LinkDown follows."""
        self._deliver = None
        self._link.close(reason, self.port.now())
        self._settle()

    def drop(self) -> None:
        """The session is gone: no frame goes in or out any more."""
        self._deliver = None
        self._dropped = True
        self._alarm.stop()
        self.port.close_sink(*self.ids)
        if self.channel is not None:
            self.channel.close()

    def _do(self, method: Callable[[float], None]) -> None:
        method(self.port.now())
        self._settle()

    def _settle(self) -> None:
        for frame in () if self._dropped else self._link.outbox():
            self._send(frame)
        while (event := self._link.next_event()) is not None:
            if isinstance(event, EchoRtt):
                self.rtt = event.seconds
            else:
                self._network |= isinstance(event, NetworkUp)
                self._on_event(event)
        if not self._dropped:
            self._alarm.set(self._link.next_timeout())

    def _send(self, frame: bytes) -> None:
        if self.channel is None:
            self.port.send_frame(*self.ids, frame)
        else:
            self.channel.send(frame.removeprefix(ppp.ADDRESS_CONTROL))


def _nowhere(_packet: bytes) -> None:
    """For packets that come to a session after another one has the line."""
