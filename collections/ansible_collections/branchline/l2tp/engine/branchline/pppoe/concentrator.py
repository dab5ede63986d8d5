"""The access concentrator's side of discovery on one interface (RFC 2516 5): packets in, packets and events out."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from typing import Callable

from branchline.errors import PeerError
from branchline.pppoe.bounds import Bounds
from branchline.pppoe.cookie import Cookies
from branchline.pppoe.events import Event, Frame, Place, SessionBegun, SessionEnded
from branchline.pppoe.states import Do, On, Role, S, step
from branchline.wire import pppoe
from branchline.wire.pppoe import Packet

ECHOED = (pppoe.HOST_UNIQ, pppoe.RELAY_SESSION_ID)  # RFC 2516 appendix A: to be repeated unchanged in every answer
LAST_SESSION = 0xFFFE  # 0xFFFF is reserved (RFC 2516 4)


@dataclass(frozen=True)
class Offer:
    """What is offered: names of services ("": the nameless one), the largest PPP packet, and the limits."""

    ac_name: str
    services: tuple[str, ...] = ("",)
    max_payload: int = pppoe.MAX_PAYLOAD
    max_sessions: int = 10_000
    max_sessions_per_mac: int = 8
    rate: float = 200.0  # answers a second, all hosts together
    rate_of_one: float = 10.0  # and to one Ethernet address


@dataclass
class Session:
    """One open session; `request` tells a repeated PADR from a new one."""

    place: Place
    number: int
    request: tuple[Place, pppoe.Tags]
    pads: bytes
    state: S = S.OPEN


class Concentrator:
    """Keeps nothing of a host before its PADR brings a cookie of ours. `random(n)` gives n unpredictable octets."""

    def __init__(self, offer: Offer, *, random: Callable[[int], bytes]) -> None:
        self.offer = offer
        self.sessions: dict[int, Session] = {}
        self.drops: Counter[str] = Counter()  # packets that got no answer, by reason
        self._random = random
        self._cookies = Cookies(random(32))
        self._bounds = Bounds(offer.rate, offer.rate_of_one)
        self._by_request: dict[tuple[Place, pppoe.Tags], Session] = {}
        self._by_mac: Counter[bytes] = Counter()
        self._events: deque[Event] = deque()
        self._outbox: list[Frame] = []

    def use(self, offer: Offer) -> None:
        """Offer something else from now on; sessions that are open stay."""
        if (offer.rate, offer.rate_of_one) != (self.offer.rate, self.offer.rate_of_one):
            self._bounds = Bounds(offer.rate, offer.rate_of_one)
        self.offer = offer

    def receive(self, data: bytes, place: Place, now: float) -> None:
        """Take one discovery packet, whatever it is; never raises on a peer's octets."""
        try:
            packet = pppoe.decode(data)
        except PeerError:
            self.drops["malformed packet"] += 1
            return
        if packet.code == pppoe.PADT:
            self._ended(packet, place)
        elif packet.code not in (pppoe.PADI, pppoe.PADR):
            self.drops["another concentrator's packet"] += 1
        elif place.mac[0] & 1:
            self.drops["sent from a group address"] += 1
        elif not self._bounds.allow(place.mac, now):
            self.drops["too many a second"] += 1
        elif packet.code == pppoe.PADI:
            self._initiated(packet, place, now)
        else:
            self._requested(packet, place, now)

    def stray(self, number: int, place: Place, now: float) -> None:
        """Take note of a packet for a session that is not open, as after a restart of ours: its host is told (5.5)."""
        session = self.sessions.get(number)
        if place.mac[0] & 1 or (session is not None and session.place == place):
            return
        self.drops["packet for no session"] += 1
        if self._bounds.allow(place.mac, now):
            self._send(Packet(pppoe.PADT, number, ((pppoe.GENERIC_ERROR, b"there is no such session"),)), place)

    def close(self, number: int, reason: str) -> None:
        """End a session: PADT; the reason goes along for people."""
        session = self.sessions.get(number)
        if session is not None:
            self._fire(session, On.CLOSE, reason)

    def outbox(self) -> list[Frame]:
        """Drain the packets to send."""
        frames, self._outbox = self._outbox, []
        return frames

    def next_event(self) -> Event | None:
        """The oldest event not yet taken."""
        return self._events.popleft() if self._events else None

    def _initiated(self, packet: Packet, place: Place, now: float) -> None:
        """RFC 2516 5.2: an answer only where the service is offered; nothing is kept."""
        wanted = packet.tag(pppoe.SERVICE_NAME)
        if packet.session or wanted is None:
            self.drops["PADI without Service-Name, or with a session"] += 1
        elif not self._offers(wanted):
            self.drops["another service is wanted"] += 1
        else:
            others = [name.encode() for name in self.offer.services if name.encode() != wanted]
            names = [(pppoe.SERVICE_NAME, name) for name in (wanted, *others)]
            cookie = (pppoe.AC_COOKIE, self._cookies.bake(place, now))
            tags = (self._name(), *names, cookie, *self._payload(packet), *packet.echoed(*ECHOED))
            self._send(Packet(pppoe.PADO, 0, tags), place)

    def _requested(self, packet: Packet, place: Place, now: float) -> None:
        """RFC 2516 5.4, and 8 for a request that is repeated."""
        if packet.session or not self._cookies.accepts(place, packet.tag(pppoe.AC_COOKIE), now):
            self.drops["PADR without a cookie of ours"] += 1
            return
        request = (place, packet.echoed(pppoe.SERVICE_NAME, pppoe.AC_COOKIE, *ECHOED))
        session = self._by_request.get(request)
        if session is not None:
            self._fire(session, On.PADR)
            return
        refusal = self._objection(packet, place)
        if refusal is not None:
            self.drops[refusal[1].decode()] += 1
            tags = (*packet.echoed(pppoe.SERVICE_NAME)[:1], refusal, self._name(), *packet.echoed(*ECHOED))
            self._send(Packet(pppoe.PADS, 0, tags), place)
        else:
            self._begin(packet, request)

    def _objection(self, packet: Packet, place: Place) -> tuple[int, bytes] | None:
        """The error tag that a PADR deserves."""
        wanted = packet.all(pppoe.SERVICE_NAME)
        if len(wanted) != 1 or not self._offers(wanted[0]):
            return pppoe.SERVICE_NAME_ERROR, b"that service is not offered here"
        if len(self.sessions) >= min(self.offer.max_sessions, LAST_SESSION):
            return pppoe.AC_SYSTEM_ERROR, b"too many sessions are open"
        if self._by_mac[place.mac] >= self.offer.max_sessions_per_mac:
            return pppoe.AC_SYSTEM_ERROR, b"too many sessions are open from that address"
        return None

    def _begin(self, packet: Packet, request: tuple[Place, pppoe.Tags]) -> None:
        place, number = request[0], self._unused()
        service = packet.echoed(pppoe.SERVICE_NAME)
        tags = (*service, self._name(), *self._payload(packet), *packet.echoed(*ECHOED))
        pads = self._encode(Packet(pppoe.PADS, number, tags))
        if pads is None:
            return
        session = Session(place, number, request, pads, S.IDLE)
        self.sessions[number] = self._by_request[request] = session
        self._by_mac[place.mac] += 1
        self._fire(session, On.PADR)
        limit = min(pppoe.max_payload(packet) or pppoe.MAX_PAYLOAD, self.offer.max_payload)
        name = service[0][1].decode("utf-8", "replace")
        self._events.append(SessionBegun(place, number, name, limit, self.offer.ac_name, pppoe.line_id(packet)))

    def _ended(self, packet: Packet, place: Place) -> None:
        """RFC 2516 5.5: only the host itself can end its session."""
        session = self.sessions.get(packet.session)
        if session is None or session.place != place:
            self.drops["PADT for no session"] += 1
            return
        said = packet.tag(pppoe.GENERIC_ERROR)
        text = f" ({said.decode('utf-8', 'backslashreplace')})" if said else ""
        self._fire(session, On.PADT, f"the host hung up{text}", by_peer=True)

    def _fire(self, session: Session, event: On, reason: str = "", *, by_peer: bool = False) -> None:
        found = step(Role.AC, session.state, event)
        if found is None:
            return
        actions, session.state = found
        if Do.SEND_PADS in actions:
            self._outbox.append((session.place, session.pads))
        if Do.SEND_PADT in actions:
            self._send(
                Packet(pppoe.PADT, session.number, ((pppoe.GENERIC_ERROR, reason.encode()[:200]),)), session.place
            )
        if Do.END in actions:
            self._forget(session)
            self._events.append(SessionEnded(session.place, session.number, reason, by_peer))

    def _forget(self, session: Session) -> None:
        del self.sessions[session.number], self._by_request[session.request]
        self._by_mac[session.place.mac] -= 1
        if not self._by_mac[session.place.mac]:
            del self._by_mac[session.place.mac]

    def _unused(self) -> int:
        while True:
            number = int.from_bytes(self._random(2), "big")
            if 0 < number <= LAST_SESSION and number not in self.sessions:
                return number

    def _offers(self, name: bytes) -> bool:
        """Whether a service is offered; the nameless one is any of them (RFC 2516 appendix A)."""
        return not name or name.decode("utf-8", "replace") in self.offer.services

    def _name(self) -> tuple[int, bytes]:
        return pppoe.AC_NAME, self.offer.ac_name.encode()

    def _payload(self, packet: Packet) -> pppoe.Tags:
        """RFC 4638 3: the tag is repeated where more than 1,492 octets go both ways."""
        if pppoe.max_payload(packet) is None or self.offer.max_payload <= pppoe.MAX_PAYLOAD:
            return ()
        return packet.echoed(pppoe.PPP_MAX_PAYLOAD)[:1]

    def _send(self, packet: Packet, place: Place) -> None:
        data = self._encode(packet)
        if data is not None:
            self._outbox.append((place, data))

    def _encode(self, packet: Packet) -> bytes | None:
        try:
            return pppoe.encode(packet)
        except ValueError:  # what has to be repeated leaves no room for our own
            self.drops["an answer would be too long"] += 1
            return None
