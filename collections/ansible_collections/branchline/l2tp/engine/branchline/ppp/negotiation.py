"""One control protocol in negotiation: runs the automaton (RFC 1661 4 and 5), whatever the options are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Callable, NamedTuple

from branchline.ppp.automaton import INITIAL, OPENED, REQ_SENT, STARTING, STEPS, STOPPED, TIMED
from branchline.ppp.convergence import Convergence
from branchline.ppp.options import AgreementError, Answer, Options
from branchline.ppp.outside import Outside, Timer
from branchline.wire import ppp, ppp_options
from branchline.wire.ppp import Packet

# Rejected-Packets and messages are cut to this, so that they fit every MRU (RFC 1661 5.6).
EXCERPT = 120


class Control(NamedTuple):
    """A control protocol: its number, its name for people, its restart timer."""

    number: int
    name: str
    timer: Timer


class Negotiation:
    """`layer` maps tlu, tld, tlf and ser of the grid to what they mean here; all other actions are done inside.

    `reason` says in plain words why the protocol is over, once it is. `packet` is the one received last.
    """

    def __init__(
        self, control: Control, options: Options, outside: Outside, layer: Mapping[str, Callable[[float], None]]
    ) -> None:
        self.control = control
        self.options = options
        self.state = INITIAL
        self.reason = ""
        self.packet = Packet(0, 0, b"")
        self.received: list[bytes] = []  # options of the first Configure-Request that came, and of the last
        self._outside = outside
        self._layer = layer
        self._actions: dict[str, Callable[[float], None]] = {
            "zrc": self._zrc, "scr": self._scr, "sca": self._sca, "scn": self._scn, "str": self._str,
            "sta": self._sta, "scj": self._scj, **layer, "tld": self._tld,
        }  # fmt: skip
        self._readers: dict[int, Callable[[Packet], str | None]] = {
            ppp.CONFIGURE_REQUEST: self._read_request,
            ppp.CONFIGURE_ACK: self._read_ack,
            ppp.CONFIGURE_NAK: self._read_refusal,
            ppp.CONFIGURE_REJECT: self._read_refusal,
            ppp.TERMINATE_REQUEST: self._read_terminate_request,
            ppp.TERMINATE_ACK: lambda _: "RTA",
            ppp.CODE_REJECT: self._read_code_reject,
        }
        self._identifier = 0  # of the last Configure- or Terminate-Request
        self._rejects = 0  # identifier of the last Code-Reject
        self._request = b""  # options of the last Configure-Request, empty or not
        self._awaiting = False  # whether that request still wants a reply
        self._answer = Answer(0, [])
        self._refused: Packet | None = None  # the Configure-Request that `_answer` refuses
        self._convergence = Convergence(control.name, options, outside.policy)
        self._forget()

    @property
    def obstacle(self) -> str:
        """What stood in the way so far, in plain words; empty if nothing did."""
        return self.options.disagreement or self._ended

    # What the layers around tell it.

    def step(self, event: str, now: float) -> None:
        """Take one event of the grid."""
        actions, state = STEPS[self.state, event]
        self.state = state
        if state not in TIMED:
            self._outside.timers.clear(self.control.timer)
        for action in actions:
            if action == "irc":
                policy = self._outside.policy
                self._restarts = policy.max_terminate if "str" in actions else policy.max_configure
            elif action in self._actions:
                self._actions[action](now)

    @property
    def sent(self) -> bytes:
        """Options of our last Configure-Request."""
        return self._request

    def adopt(self, now: float) -> None:
        """Be open from the start: another end has negotiated in our place, and `options` stand for what it agreed."""
        self.state = OPENED
        self._layer["tlu"](now)

    def close(self, reason: str, now: float) -> None:
        """Administrative Close; the first reason counts."""
        self.reason = self.reason or reason
        self.step("Close", now)

    def lower_down(self, now: float) -> None:
        """The layer below is gone, if it was there."""
        if self.state not in (INITIAL, STARTING):
            self.step("Down", now)
        self._forget()

    def rejected(self, now: float) -> None:
        """The peer answered with Protocol-Reject (RFC 1661 5.7)."""
        if self.state not in (INITIAL, STARTING):
            self.reason = self.reason or f"the peer rejects {self.control.name}"
            self.step("RXJ-", now)

    def receive(self, packet: Packet, now: float) -> None:
        """Take a packet of this protocol; PeerError if it is malformed."""
        if self.state in (INITIAL, STARTING):
            return
        self.packet = packet
        try:
            event = self._readers[packet.code](packet) if packet.code in self._readers else self._other(packet.code)
        except AgreementError as error:
            self.close(error.message, now)
            return
        if event:
            self.step(event, now)

    def on_timeout(self, now: float) -> None:
        """The restart timer is due."""
        if self._restarts > 0:
            self.step("TO+", now)
            return
        asked = self._outside.policy.max_configure
        self.reason = self.reason or self.obstacle or f"no reply to {asked} {self.control.name} Configure-Requests"
        self.step("TO-", now)

    # Packets to events (RFC 1661 4.3); None: silently discarded.

    def _read_request(self, packet: Packet) -> str:
        self.received = [*self.received[:1], packet.data]
        if self.state not in (STOPPED, OPENED) and self.state < REQ_SENT:
            return "RCR-"
        if packet == self._refused:
            self._convergence.repeated()
            return "RCR-"
        asked = ppp_options.decode(self.options.table, packet.data)
        self._answer = self._convergence.answer(asked)
        self._refused = None if self._answer.code == ppp.CONFIGURE_ACK else packet
        return "RCR-" if self._refused else "RCR+"

    def _read_ack(self, packet: Packet) -> str | None:
        if not self._is_awaited(packet) or packet.data != self._request:
            return None
        self._awaiting = False
        return "RCA"

    def _read_refusal(self, packet: Packet) -> str | None:
        if not self._is_awaited(packet):
            return None
        refused = ppp_options.decode(self.options.table, packet.data)
        before = self.options.request()
        if packet.code == ppp.CONFIGURE_NAK:
            self.options.nakked(dict(refused))
        elif all(option in before for option in refused):
            self.options.rejected({name for name, _ in refused})
        else:
            return None
        self._awaiting = False
        self._convergence.refused(fruitless=self.options.request() == before)
        return "RCN"

    def _read_terminate_request(self, packet: Packet) -> str:
        said = ppp.decode_text(packet.data[:EXCERPT])
        self._ended = f"the peer ended {self.control.name}" + (f" ({said})" if said.isprintable() and said else "")
        if self.state == OPENED:
            self.reason = self.reason or self._ended
        return "RTR"

    def _read_code_reject(self, packet: Packet) -> str:
        code = packet.data[0] if packet.data else 0
        if not ppp.CONFIGURE_REQUEST <= code <= ppp.CODE_REJECT:
            return "RXJ+"
        self.reason = self.reason or f"the peer does not know code {code} of {self.control.name}"
        return "RXJ-"

    def _other(self, code: int) -> str:
        return "RXR" if "ser" in self._layer and ppp.ECHO_REQUEST <= code <= ppp.DISCARD_REQUEST else "RUC"

    def _is_awaited(self, packet: Packet) -> bool:
        # A repeated reply to a repeated request must not count as one to nothing, which brings an open layer down.
        return self._awaiting and packet.identifier == self._identifier

    def _forget(self) -> None:
        self._restarts = 0
        self._ended = ""
        self._refused = None
        self._convergence.reset()
        self.options.reset()

    # Actions (RFC 1661 4.4).

    def _tld(self, now: float) -> None:
        self._forget()
        self._restarts = self._outside.policy.max_configure
        self._layer["tld"](now)

    def _zrc(self, now: float) -> None:
        self._restarts = 0
        self._start_timer(now)

    def _scr(self, now: float) -> None:
        data = ppp_options.encode(self.options.table, self.options.request())
        if not self._awaiting or data != self._request:  # a repetition keeps its identifier: late replies count
            self._identifier = (self._identifier + 1) % 256
        self._request, self._awaiting = data, True
        self._restarts -= 1
        self._start_timer(now)
        self._send(Packet(ppp.CONFIGURE_REQUEST, self._identifier, data))

    def _sca(self, _now: float) -> None:
        self.options.agreed(self._answer.options)
        self._send(Packet(ppp.CONFIGURE_ACK, self.packet.identifier, self.packet.data))

    def _scn(self, _now: float) -> None:
        code, options = self._answer
        data = ppp_options.encode(self.options.table, options)
        self._send(Packet(code, self.packet.identifier, data))

    def _str(self, now: float) -> None:
        self._restarts -= 1
        self._start_timer(now)
        self._identifier, self._awaiting = (self._identifier + 1) % 256, False
        self._send(Packet(ppp.TERMINATE_REQUEST, self._identifier, self.reason.encode()[:EXCERPT]))

    def _sta(self, _now: float) -> None:
        self._send(Packet(ppp.TERMINATE_ACK, self.packet.identifier, b""))

    def _scj(self, _now: float) -> None:
        self._rejects = (self._rejects + 1) % 256
        self._send(Packet(ppp.CODE_REJECT, self._rejects, ppp.encode(self.packet)[:EXCERPT]))

    def _send(self, packet: Packet) -> None:
        self._outside.send(self.control.number, packet)

    def _start_timer(self, now: float) -> None:
        self._outside.timers.set(self.control.timer, now + self._outside.policy.restart)
