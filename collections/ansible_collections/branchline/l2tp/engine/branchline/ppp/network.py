"""The Network phase (RFC 1661 3.6): IPCP, and IPV6CP where it is configured."""

from __future__ import annotations

from typing import Callable

from branchline.ppp.config import NetworkConfig
from branchline.ppp.events import Event, Ipv6Down, Ipv6Up, NetworkDown, NetworkUp
from branchline.ppp.ipcp import NOTHING, Ipcp
from branchline.ppp.ipv6cp import Ipv6cp
from branchline.ppp.negotiation import Control, Negotiation
from branchline.ppp.outside import Outside, Timer
from branchline.wire import ppp
from branchline.wire.ppp import Packet

IPCP = Control(ppp.IPCP, "IPCP", Timer.IPCP)
IPV6CP = Control(ppp.IPV6CP, "IPV6CP", Timer.IPV6CP)


class Network:
    """`tell` gets the four events, `failed` the reason when the link is of no use without what failed."""

    def __init__(
        self,
        config: NetworkConfig,
        outside: Outside,
        tell: Callable[[Event, float], None],
        failed: Callable[[str, float], None],
    ) -> None:
        self._outside = outside
        self._tell = tell
        self._failed = failed
        self._ipcp = Ipcp(config)
        self._ipv4 = Negotiation(
            IPCP, self._ipcp, outside, {"tlu": self._on_ipv4, "tld": self._off_ipv4, "tlf": self._end_ipv4}
        )
        self._protocols = {ppp.IPCP: self._ipv4}
        if config.interface_id is not None:
            self._ipv6cp = Ipv6cp(config.interface_id, outside.random)
            layer = {"tlu": self._on_ipv6, "tld": self._off_ipv6, "tlf": lambda _: None}
            self._protocols[ppp.IPV6CP] = Negotiation(IPV6CP, self._ipv6cp, outside, layer)

    @property
    def numbers(self) -> frozenset[int]:
        """The protocols that are on here."""
        return frozenset(self._protocols)

    @property
    def timers(self) -> dict[Timer, Callable[[float], None]]:
        """What to call when a timer of this phase is due."""
        return {one.control.timer: one.on_timeout for one in self._protocols.values()}

    @property
    def obstacle(self) -> str:
        """What the two ends do not agree about, "" if nothing."""
        return self._ipv4.obstacle

    def start(self, now: float) -> None:
        """The phase begins."""
        for negotiation in self._protocols.values():
            negotiation.step("Open", now)
            negotiation.step("Up", now)

    def stop(self, now: float) -> None:
        """The phase is over, without further words to the peer."""
        for negotiation in self._protocols.values():
            negotiation.lower_down(now)

    def receive(self, protocol: int, packet: Packet, now: float) -> None:
        """Take a packet of one of `numbers`."""
        self._protocols[protocol].receive(packet, now)

    def rejected(self, protocol: int, now: float) -> None:
        """The peer answered with Protocol-Reject."""
        if protocol in self._protocols:
            self._protocols[protocol].rejected(now)

    def _on_ipv4(self, now: float) -> None:
        if self._ipcp.local_address == NOTHING:
            self._ipv4.close("the peer gives us no address", now)
            return
        self._outside.timers.clear(Timer.NETWORK_LIMIT)
        self._tell(NetworkUp(self._ipcp.local_address, self._ipcp.peer_address, self._ipcp.dns), now)

    def _off_ipv4(self, now: float) -> None:
        self._outside.timers.set(Timer.NETWORK_LIMIT, now + self._outside.policy.network_limit)
        self._tell(NetworkDown(), now)

    def _end_ipv4(self, now: float) -> None:
        self._failed(self._ipv4.reason, now)

    def _on_ipv6(self, now: float) -> None:
        self._tell(Ipv6Up(self._ipv6cp.local_interface, self._ipv6cp.peer_interface), now)

    def _off_ipv6(self, now: float) -> None:
        self._tell(Ipv6Down(), now)
