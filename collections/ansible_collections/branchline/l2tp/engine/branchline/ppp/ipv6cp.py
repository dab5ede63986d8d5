"""IPV6CP's opinions about its one option (RFC 5072 4.1); the automaton does the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

from branchline.ppp.options import AgreementError, Opinion, Options
from branchline.wire import ppp_options
from branchline.wire.ppp_options import Option

NOTHING = bytes(8)


class Ipv6cp(Options):
    """The interface identifiers, which must differ and must not be zero."""

    table = ppp_options.IPV6CP

    def __init__(self, interface_id: bytes, random: Callable[[int], bytes]) -> None:
        self._configured = interface_id
        self._random = random
        super().__init__()

    def reset(self) -> None:
        """Ask for the configured identifier again."""
        self.local_interface = self._configured
        self.peer_interface = NOTHING

    def request(self) -> list[Option]:
        """Always the same one."""
        return [("interface_id", self.local_interface)]

    def opinions(self) -> Mapping[str, Opinion]:
        """Identifiers of the peer are its own matter, but for the two rules."""
        return {"interface_id": self._opinion_of_peer}

    def agreed(self, asked: list[Option]) -> None:
        """Note the identifier of the peer."""
        self.peer_interface = dict(asked).get("interface_id", NOTHING)

    def nakked(self, hints: dict[str, Any]) -> None:
        """Take what the peer proposes."""
        if hints.get("interface_id", NOTHING) not in (NOTHING, self.peer_interface):
            self.local_interface = hints["interface_id"]

    def rejected(self, names: set[str]) -> None:
        """Nothing is left without it."""
        raise AgreementError(f"the peer rejects IPV6CP's {', '.join(sorted(names))}")

    def _opinion_of_peer(self, interface_id: bytes) -> bytes:
        if interface_id not in (NOTHING, self.local_interface):
            return interface_id
        drawn = self._random(8)
        return bytes((drawn[0] & 0xFD,)) + drawn[1:]  # not universally unique (RFC 5072 4.1, the u bit)
