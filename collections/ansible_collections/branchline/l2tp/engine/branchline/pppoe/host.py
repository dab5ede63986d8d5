"""The host's side of discovery (RFC 2516 5): finds an access concentrator and asks it for a session."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Callable

from branchline.errors import PeerError
from branchline.pppoe.events import BROADCAST, Event, Frame, Place, SessionBegun, SessionEnded
from branchline.pppoe.states import Do, On, Role, S, step
from branchline.wire import pppoe
from branchline.wire.pppoe import Packet


@dataclass(frozen=True)
class Wish:
    """What the host wants: service ("": any), access concentrator by name (None: any), VLAN, largest PPP packet."""

    service: str = ""
    ac_name: str | None = None
    vlan: int = 0
    max_payload: int = pppoe.MAX_PAYLOAD
    first: float = 1.0  # seconds until the first repetition; doubled each time (RFC 2516 8)
    attempts: int = 4  # PADIs, and as many PADRs


class Discovery:
    """One session from PADI to PADT; used once. Call start, receive and on_timeout; SessionEnded is the last event."""

    def __init__(self, wish: Wish, *, random: Callable[[int], bytes]) -> None:
        self.state = S.IDLE
        self.session = 0
        self.ac = Place(BROADCAST, wish.vlan)
        self._wish = wish
        self._uniq = random(8)
        self._ac_name = ""
        self._request: pppoe.Tags = ()
        self._tries = 0
        self._deadline: float | None = None
        self._passed_over = ""  # why an access concentrator was not taken, for the reason of giving up
        self._events: deque[Event] = deque()
        self._outbox: list[Frame] = []

    def start(self, now: float) -> None:
        """Broadcast the first PADI."""
        self._fire(On.START, now)

    def close(self, reason: str, now: float) -> None:
        """Want no session any more; PADT if there is one."""
        self._fire(On.CLOSE, now, reason)

    def receive(self, data: bytes, place: Place, now: float) -> None:
        """Take one discovery packet, whatever it is; never raises on a peer's octets."""
        try:
            packet = pppoe.decode(data)
        except PeerError:
            return
        if packet.code == pppoe.PADO and self.state is S.WAIT_PADO:
            self._offered(packet, place, now)
        elif place == self.ac and packet.code == pppoe.PADS and packet.tag(pppoe.HOST_UNIQ) == self._uniq:
            self._answered(packet, now)
        elif place == self.ac and packet.code == pppoe.PADT and packet.session == self.session:
            self._fire(On.PADT, now, f"the access concentrator hung up{_said(packet)}")

    def on_timeout(self, now: float) -> None:
        """Repeat, or give up."""
        if self._deadline is None or now < self._deadline:
            return
        if self._tries < self._wish.attempts:
            self._fire(On.TIMEOUT, now)
            return
        what = "PADI" if self.state is S.WAIT_PADO else "PADR"
        self._fire(On.GIVE_UP, now, self._passed_over or f"no answer to {self._tries} {what} packets")

    def next_timeout(self) -> float | None:
        """When on_timeout wants to be called; None: never."""
        return self._deadline

    def outbox(self) -> list[Frame]:
        """Drain the packets to send."""
        frames, self._outbox = self._outbox, []
        return frames

    def next_event(self) -> Event | None:
        """The oldest event not yet taken."""
        return self._events.popleft() if self._events else None

    def _offered(self, packet: Packet, place: Place, now: float) -> None:
        wish, name = self._wish, (packet.tag(pppoe.AC_NAME) or b"").decode("utf-8", "backslashreplace")
        if packet.tag(pppoe.HOST_UNIQ) != self._uniq or packet.session:
            return  # an answer to another host, or to another attempt
        if wish.ac_name is not None and name != wish.ac_name:
            self._passed_over = f"{name!r} answers, not {wish.ac_name!r}"
        elif wish.service.encode() not in packet.all(pppoe.SERVICE_NAME):
            self._passed_over = f"{name!r} does not offer {wish.service!r}"
        elif any(packet.tag(kind) is not None for kind in pppoe.ERRORS):
            self._passed_over = f"{name!r} answers{_said(packet)}"
        else:
            self.ac, self._ac_name, self._tries = place, name, 0
            self._request = packet.echoed(pppoe.AC_COOKIE, pppoe.RELAY_SESSION_ID)
            self._fire(On.PADO, now)

    def _answered(self, packet: Packet, now: float) -> None:
        refused = any(packet.tag(kind) is not None for kind in pppoe.ERRORS) or not packet.session
        if refused:
            self._fire(On.PADS_ERROR, now, f"the access concentrator refuses{_said(packet)}")
        elif self.state is S.WAIT_PADS:
            self.session = packet.session
            self._agreed = min(pppoe.max_payload(packet) or pppoe.MAX_PAYLOAD, self._wish.max_payload)
            self._fire(On.PADS, now)

    def _fire(self, event: On, now: float, reason: str = "") -> None:
        found = step(Role.HOST, self.state, event)
        if found is None:
            return
        actions, self.state = found
        self._deadline = None
        for action in actions:
            self._do(action, now, reason, by_peer=event in (On.PADT, On.PADS_ERROR))

    def _do(self, action: Do, now: float, reason: str, *, by_peer: bool) -> None:
        if action is Do.SEND_PADI:
            self._ask(Packet(pppoe.PADI, 0, self._wishes()), now)
        elif action is Do.SEND_PADR:
            self._ask(Packet(pppoe.PADR, 0, self._wishes() + self._request), now)
        elif action is Do.SEND_PADT:
            tags = ((pppoe.GENERIC_ERROR, reason.encode()[:200]),)
            self._outbox.append((self.ac, pppoe.encode(Packet(pppoe.PADT, self.session, tags))))
        elif action is Do.BEGIN:
            facts = (self.session, self._wish.service, self._agreed, self._ac_name)
            self._events.append(SessionBegun(self.ac, *facts))
        elif action is Do.END:
            self._events.append(SessionEnded(self.ac, self.session, reason, by_peer))

    def _ask(self, packet: Packet, now: float) -> None:
        self._deadline = now + self._wish.first * 2.0**self._tries
        self._tries += 1
        self._outbox.append((self.ac, pppoe.encode(packet)))

    def _wishes(self) -> pppoe.Tags:
        tags: pppoe.Tags = ((pppoe.SERVICE_NAME, self._wish.service.encode()), (pppoe.HOST_UNIQ, self._uniq))
        if self._wish.max_payload > pppoe.MAX_PAYLOAD:
            tags += ((pppoe.PPP_MAX_PAYLOAD, self._wish.max_payload.to_bytes(2, "big")),)
        return tags


def _said(packet: Packet) -> str:
    """The words of the packet's error tags, for people."""
    for kind, name in pppoe.ERRORS.items():
        value = packet.tag(kind)
        if value is not None:
            text = value.decode("utf-8", "backslashreplace")
            return f": {name}" + (f" ({text})" if text else "")
    return ""
