"""One PPP link over one session (RFC 1661 3): joins LCP, authentication and the network control protocols."""

from __future__ import annotations

from typing import Callable

from branchline.ppp.auth import Verdict
from branchline.ppp.config import LinkConfig, NetworkConfig
from branchline.ppp.events import Event


class Link:
    """Frames, time and verdicts in; frames, events and one deadline out. Used once: after LinkDown make another.

    `random(n)` gives n unpredictable octets.
    """

    def __init__(self, config: LinkConfig, *, random: Callable[[int], bytes]) -> None: ...

    def up(self, now: float) -> None:
        """The session below can carry frames: begin LCP."""

    def down(self, reason: str, now: float) -> None:
        """The session below is gone: LinkDown at once, nothing more is sent."""

    def close(self, reason: str, now: float) -> None:
        """End the link politely with Terminate-Request; LinkDown(reason) follows within seconds."""

    def receive(self, frame: bytes, now: float) -> None:
        """Take one control frame, with or without FF 03 and with or without PFC. Never raises on peer bytes.

        Network frames (IPv4, IPv6) belong to the data path and are ignored here.
        """

    def answer_credentials(self, verdict: Verdict, now: float) -> None:
        """Answer the last PeerCredentials; does nothing if nobody waits for it any more."""

    def open_network(self, network: NetworkConfig, now: float) -> None:
        """Choose the addresses; IPCP starts as soon as authentication is over, at once if it is."""

    def on_timeout(self, now: float) -> None:
        """Do what is due at `now`."""

    def next_timeout(self) -> float | None:
        """When on_timeout wants to be called; None: never."""

    def outbox(self) -> list[bytes]:
        """Drain the frames to send: FF 03, two octets of protocol, packet."""
        return []

    def next_event(self) -> Event | None:
        """The oldest event not yet taken."""

    @property
    def network_open(self) -> bool:
        """Whether IPv4 packets may flow now."""
        return False
