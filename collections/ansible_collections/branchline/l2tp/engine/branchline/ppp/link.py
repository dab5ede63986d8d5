"""One PPP link over one session (RFC 1661 3): joins LCP, authentication and the network control protocols."""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import Callable

from branchline.errors import PeerError
from branchline.ppp.auth import Verdict
from branchline.ppp.authentication import Authentication
from branchline.ppp.automaton import OPENED
from branchline.ppp.config import LinkConfig, NetworkConfig
from branchline.ppp.echo import Echo
from branchline.ppp.events import Authenticated, AuthFailed, EchoRtt, Event, LcpUp, LinkDown, NetworkDown, NetworkUp
from branchline.ppp.lcp import Lcp
from branchline.ppp.negotiation import EXCERPT, Control, Negotiation
from branchline.ppp.network import Network
from branchline.ppp.outside import Outside, Timer
from branchline.ppp.proxy import Proxied
from branchline.wire import ppp, ppp_options
from branchline.wire.ppp import Packet

LCP = Control(ppp.LCP, "LCP", Timer.LCP)


class Phase(Enum):
    """RFC 1661 3.2."""

    DEAD = "dead"
    ESTABLISH = "establish"
    AUTHENTICATE = "authenticate"
    NETWORK = "network"
    TERMINATE = "terminate"


class Link:
    """Frames, time and verdicts in; frames, events and one deadline out. Used once: after LinkDown make another.

    `random(n)` gives n unpredictable octets.
    """

    def __init__(self, config: LinkConfig, *, random: Callable[[int], bytes]) -> None:
        self.phase = Phase.DEAD
        self.network_open = False  # whether IPv4 packets may flow now
        self._outside = Outside(config.policy, random)
        self._events: deque[Event] = deque()
        self._options = Lcp(config, random)
        layer = {"tlu": self._lcp_up, "tld": self._lcp_down, "tlf": self._lcp_over, "ser": self._echoed}
        self._lcp = Negotiation(LCP, self._options, self._outside, layer)
        self._authentication = Authentication(config, self._outside, self._tell)
        self._network: Network | None = None
        self._echo = Echo(config.echo, self._outside, self._measured, self.close)
        self._rejects = 0
        self._proxied: Proxied | None = None
        if config.network:
            self._choose(config.network)

    @property
    def ending(self) -> str:
        """Why the link is about to end, or has ended, in plain words; "" while neither is so."""
        return self._lcp.reason

    @property
    def obstacle(self) -> str:
        """What the two ends have not agreed about so far, in plain words; "" where nothing is known of that kind."""
        if self.phase is Phase.NETWORK and self._network is not None and not self.network_open:
            return self._network.obstacle
        return self._lcp.obstacle if self.phase is Phase.ESTABLISH else ""

    @property
    def proxied(self) -> Proxied:
        """What another end needs to take this link over: after LcpUp, or PeerCredentials without an answer yet."""
        received = self._lcp.received
        return Proxied(received[0], self._lcp.sent, received[-1], *self._authentication.presented)

    # What the owner says.

    def up(self, now: float, proxied: Proxied | None = None) -> None:
        """The session below can carry frames: begin LCP, or go on from where a proxy left off, if that suits us."""
        if proxied is not None and self._suits(proxied):
            self._proxied = proxied
            self._lcp.adopt(now)
            return
        self._establish(now)
        self._lcp.step("Open", now)
        self._lcp.step("Up", now)

    def down(self, reason: str, now: float) -> None:
        """The session below is gone: LinkDown at once, nothing more is sent."""
        if self.phase is not Phase.DEAD:
            self._lcp.reason = self._lcp.reason or reason
            self._lcp.lower_down(now)
            self._lcp_over(now)

    def close(self, reason: str, now: float) -> None:
        """End the link politely with Terminate-Request; LinkDown(reason) follows within seconds."""
        if self.phase is not Phase.DEAD:
            self.phase = Phase.TERMINATE
            self._lcp.close(reason, now)

    def receive(self, frame: bytes, now: float) -> None:
        """Take one control frame, with or without FF 03 and with or without PFC. Never raises on peer bytes.

        Network frames (IPv4, IPv6) belong to the data path and are ignored here, as is all that is malformed.
        """
        protocol, offset = ppp.split(frame)
        if self.phase is Phase.DEAD or protocol in (0, ppp.IPV4, ppp.IPV6):
            return
        try:
            self._receive(protocol, bytes(frame[offset:]), now)
        except PeerError:
            return  # RFC 1661 5: silently discarded

    def answer_credentials(self, verdict: Verdict, now: float) -> None:
        """Answer the last PeerCredentials; does nothing if nobody waits for it any more."""
        self._authentication.answer(verdict, now)

    def open_network(self, network: NetworkConfig, now: float) -> None:
        """Choose the addresses; IPCP starts as soon as authentication is over, at once if it is."""
        if self._network:
            self._network.stop(now)
        self._choose(network)
        if self.phase is Phase.NETWORK and self._network:
            self._network.start(now)

    def on_timeout(self, now: float) -> None:
        """Do what is due at `now`."""
        while (timer := self._outside.timers.pop(now)) is not None:
            self._expired(timer, now)

    def next_timeout(self) -> float | None:
        """When on_timeout wants to be called; None: never."""
        return self._outside.timers.next()

    def outbox(self) -> list[bytes]:
        """Drain the frames to send: FF 03, two octets of protocol, packet."""
        frames = self._outside.frames[:]
        self._outside.frames.clear()
        return frames

    def next_event(self) -> Event | None:
        """The oldest event not yet taken."""
        return self._events.popleft() if self._events else None

    # Frames to parts.

    def _receive(self, protocol: int, data: bytes, now: float) -> None:
        if protocol == ppp.LCP:
            self._receive_lcp(ppp.decode(data), now)
        elif protocol in (ppp.PAP, ppp.CHAP):
            self._authentication.receive(protocol, ppp.decode(data), now)
        elif self.phase is not Phase.NETWORK:
            return  # RFC 1661 3.5: silently discarded
        elif self._network and protocol in self._network.numbers:
            self._network.receive(protocol, ppp.decode(data), now)
        elif self._network:
            self._reject(protocol, data)

    def _receive_lcp(self, packet: Packet, now: float) -> None:
        if packet.code == ppp.CODE_REJECT and packet.data[:1] == bytes((ppp.ECHO_REQUEST,)):
            self._echo.stop()
        elif packet.code == ppp.PROTOCOL_REJECT:
            self._rejected(int.from_bytes(packet.data[:2], "big"), now)
        elif packet.code not in (ppp.IDENTIFICATION, ppp.TIME_REMAINING):  # RFC 1570 2: only worth a log
            self._lcp.receive(packet, now)

    def _rejected(self, protocol: int, now: float) -> None:
        if self._lcp.state != OPENED:
            return  # RFC 1661 5.7
        if protocol == ppp.LCP:
            self._lcp.rejected(now)
        elif protocol in (ppp.PAP, ppp.CHAP) and not self._authentication.done:
            self.close("the peer rejects the protocol of authentication that it agreed to", now)
        elif self._network:
            self._network.rejected(protocol, now)

    def _reject(self, protocol: int, data: bytes) -> None:
        self._rejects = (self._rejects + 1) % 256
        excerpt = protocol.to_bytes(2, "big") + data[:EXCERPT]
        self._outside.send(ppp.LCP, Packet(ppp.PROTOCOL_REJECT, self._rejects, excerpt))

    def _suits(self, proxied: Proxied) -> bool:
        try:
            decoded = [ppp_options.decode(ppp_options.LCP, data) for data in (proxied.last_sent, proxied.last_received)]
            return self._options.adopt(*decoded)
        except PeerError:
            return False

    def _establish(self, now: float) -> None:
        self.phase = Phase.ESTABLISH
        self._outside.timers.set(Timer.ESTABLISH_LIMIT, now + self._outside.policy.establish_limit)

    # What LCP says (RFC 1661 4.4).

    def _lcp_up(self, now: float) -> None:
        ours, theirs = self._options.ours, self._options.theirs
        self._events.append(LcpUp(ours, theirs))
        self._outside.timers.clear(Timer.ESTABLISH_LIMIT)
        self._echo.start(ours.magic, now)
        self.phase = Phase.AUTHENTICATE
        proxied, self._proxied = self._proxied, None  # good once: what is negotiated anew is proven anew
        self._authentication.start(ours.auth, theirs.auth, now, proxied)
        self._begin_network_when_done(now)

    def _lcp_down(self, now: float) -> None:
        self._echo.stop()
        self._authentication.stop()
        if self._network:
            self._network.stop(now)
        self._outside.timers.clear(Timer.NETWORK_LIMIT)
        if self.phase is not Phase.TERMINATE:
            self._establish(now)

    def _lcp_over(self, _now: float) -> None:
        self.phase = Phase.DEAD
        self._outside.timers.clear()
        self._events.append(LinkDown(self._lcp.reason))

    def _echoed(self, now: float) -> None:
        self._echo.receive(self._lcp.packet, now)

    def _measured(self, seconds: float) -> None:
        self._events.append(EchoRtt(seconds))

    # What the other parts say.

    def _tell(self, event: Event, now: float) -> None:
        self._events.append(event)
        if isinstance(event, Authenticated):
            self._begin_network_when_done(now)
        elif isinstance(event, AuthFailed):
            self.close(event.reason, now)
        elif isinstance(event, (NetworkUp, NetworkDown)):
            self.network_open = isinstance(event, NetworkUp)

    def _begin_network_when_done(self, now: float) -> None:
        if self.phase is not Phase.AUTHENTICATE or not self._authentication.done:
            return
        self.phase = Phase.NETWORK
        timers = self._outside.timers
        timers.clear(Timer.AUTH_LIMIT)
        timers.set(Timer.NETWORK_LIMIT, now + self._outside.policy.network_limit)
        if self._network:
            self._network.start(now)

    def _choose(self, config: NetworkConfig) -> None:
        self._network = Network(config, self._outside, self._tell, self.close)

    def _expired(self, timer: Timer, now: float) -> None:
        if timer is Timer.LCP:
            self._lcp.on_timeout(now)
        elif timer is Timer.ESTABLISH_LIMIT:
            obstacle = self._lcp.obstacle or "the two ends talk past each other"
            self.close(f"LCP did not open within {self._outside.policy.establish_limit:g} s: {obstacle}", now)
        elif timer is Timer.ECHO:
            self._echo.on_timeout(now)
        elif timer is Timer.NETWORK_LIMIT:
            limit = self._outside.policy.network_limit
            self.close(f"no addresses agreed within {limit:g} s of authentication", now)
        elif self._network and timer in self._network.timers:
            self._network.timers[timer](now)
        else:
            self._authentication.on_timeout(timer, now)
