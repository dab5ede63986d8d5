"""What a control protocol has to say to the automaton: opinions about options (RFC 1661 5.2 to 5.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable, NamedTuple

from branchline.errors import PeerError
from branchline.wire.ppp import CONFIGURE_ACK, CONFIGURE_NAK, CONFIGURE_REJECT
from branchline.wire.ppp_options import Option, Table

# What we would take for a value that the peer asks for: the same is an Ack, another a Nak, None a Reject.
Opinion = Callable[[Any], Any]


class AgreementError(PeerError):
    """The two ends want what does not go together, and asking again cannot help."""


class Answer(NamedTuple):
    """The answer to a Configure-Request: code and options of the packet."""

    code: int
    options: list[Option]


class Options:
    """Base of LCP's, IPCP's and IPV6CP's: what we ask for and what we make of the peer's wishes.

    `disagreement` says in plain words what was refused last, for the reason of a link that does not come up;
    `insisted` names the options that are never given up: their Nak does not become a Reject.
    """

    table: Table = ()
    insisted: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.disagreement = ""
        self.reset()

    def reset(self) -> None:
        """Forget what was agreed: a new negotiation begins."""

    def request(self) -> list[Option]:
        """The options of our next Configure-Request."""
        raise NotImplementedError

    def opinions(self) -> Mapping[str, Opinion]:
        """By name; what is not named is rejected."""
        raise NotImplementedError

    def missing(self, _asked: list[Option]) -> list[Option]:
        """What the peer did not ask for and should have: added to a Nak (RFC 1661 5.3)."""
        return []

    def agreed(self, asked: list[Option]) -> None:
        """We acknowledge all that the peer asked for."""
        raise NotImplementedError

    def nakked(self, hints: dict[str, Any]) -> None:
        """The peer would take these instead; AgreementError if there is no use in asking again."""
        raise NotImplementedError

    def rejected(self, names: set[str]) -> None:
        """The peer does not want to hear of these; AgreementError if we cannot do without."""
        raise NotImplementedError

    def judge(self, asked: list[Option]) -> Answer:
        """The answer to a Configure-Request: what is rejected first, then what is not acceptable, else all."""
        opinions = self.opinions()
        views = [(option, opinions[option[0]](option[1]) if option[0] in opinions else None) for option in asked]
        if rejected := [option for option, view in views if view is None]:
            return Answer(CONFIGURE_REJECT, rejected)
        nakked = [(name, view) for (name, value), view in views if view != value] + self.missing(asked)
        return Answer(CONFIGURE_NAK, nakked) if nakked else Answer(CONFIGURE_ACK, asked)
