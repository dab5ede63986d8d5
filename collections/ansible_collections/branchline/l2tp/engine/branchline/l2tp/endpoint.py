"""One UDP socket's worth of L2TP: many tunnels, no I/O. The daemon owns the socket and the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from branchline.l2tp.call import CallRequest
    from branchline.l2tp.events import Event
    from branchline.l2tp.policy import Address, Identity, Policy, TunnelProfile
    from branchline.l2tp.results import Result


class Endpoint:
    """Tunnels and sessions of one socket; `accept` says whether SCCRQs are answered (the LNS).

    `random(n)` returns n random bytes, `secrets(host_name)` the tunnel secret of a peer by its Host Name AVP.
    Every method that takes `now` (seconds, any monotonic origin) may fill outbox(), next_event() and move
    next_timeout(). Peer bytes never raise; a wrong tunnel or session id given by the caller is a KeyError.
    """

    def __init__(
        self,
        identity: Identity,
        policy: Policy,
        *,
        random: Callable[[int], bytes],
        accept: bool,
        secrets: Callable[[str], bytes | None],
    ) -> None: ...

    def connect(self, peer: Address, profile: TunnelProfile, now: float) -> int:  # local tunnel id
        raise NotImplementedError

    def open_session(self, tunnel: int, call: CallRequest, now: float) -> int:  # local session id
        raise NotImplementedError

    def accept_session(self, tunnel: int, session: int, now: float, *, sequencing: bool = False) -> None: ...
    def reject_session(self, tunnel: int, session: int, result: Result, now: float) -> None: ...
    def close_session(self, tunnel: int, session: int, result: Result, now: float) -> None: ...
    def close_tunnel(self, tunnel: int, result: Result, now: float) -> None: ...
    def set_sequencing(self, tunnel: int, session: int, *, on: bool) -> None: ...
    def send_link_info(self, tunnel: int, session: int, accm: tuple[int, int], now: float) -> None: ...
    def send_wan_errors(self, tunnel: int, session: int, errors: tuple[int, ...], now: float) -> None: ...
    def receive(self, datagram: bytes, peer: Address, now: float) -> None: ...
    def send_data(self, tunnel: int, session: int, payload: bytes, now: float) -> None: ...
    def data_header(self, tunnel: int, session: int) -> bytes | None: ...
    def outbox(self) -> list[tuple[bytes, Address]]:
        raise NotImplementedError

    def next_event(self) -> Event | None: ...
    def next_timeout(self) -> float | None: ...
    def on_timeout(self, now: float) -> None: ...
