"""LCP's opinions about options (RFC 1661 6); the automaton does the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable

from branchline.ppp.config import LEAST_MRU, LinkConfig
from branchline.ppp.options import AgreementError, Answer, Opinion, Options
from branchline.wire import ppp_options
from branchline.wire.ppp import CONFIGURE_ACK, CONFIGURE_NAK
from branchline.wire.ppp_options import Option

DEFAULT_MRU = 1500


@dataclass(frozen=True)
class LcpOptions:
    """What one end asked for and the other agreed to: `mru` in octets, `auth` the method asked for, or None."""

    mru: int = DEFAULT_MRU
    auth: str | None = None
    magic: int = 0
    pfc: bool = False
    acfc: bool = False


class Lcp(Options):
    """What we ask of the peer and what we let it ask of us."""

    table = ppp_options.LCP
    insisted = frozenset(("auth",))

    def __init__(self, config: LinkConfig, random: Callable[[int], bytes]) -> None:
        self._config = config
        self._random = random
        self._loops = 0
        super().__init__()

    def reset(self) -> None:
        """Ask for everything again, with another magic number."""
        self._methods = list(self._config.demand)
        self._wishes: dict[str, Any] = {"mru": self._config.mru} if self._config.mru != DEFAULT_MRU else {}
        if self._methods:
            self._wishes["auth"] = self._methods[0]
        self._wishes["magic"] = self._new_magic()
        if not self._config.ethernet:
            self._wishes.update(pfc=True, acfc=True)
        self.theirs = LcpOptions()

    def adopt(self, sent: list[Option], received: list[Option]) -> bool:
        """Stand in for the end that sent `sent` and acknowledged `received`; False if we would not have."""
        wishes = {name: value for name, value in sent if name != "accm"}
        if not set(wishes) <= set(LcpOptions.__dataclass_fields__) or not self._allows(LcpOptions(**wishes)):
            return False
        self._wishes = wishes
        if self.judge(received).code != CONFIGURE_ACK:
            self.reset()
            return False
        self.agreed(received)
        return True

    @property
    def ours(self) -> LcpOptions:
        """What we ask for now; once the peer acknowledged, what it agreed to."""
        return LcpOptions(**self._wishes)

    def request(self) -> list[Option]:
        """RFC 1661 6, in the order of the numbers."""
        return list(self._wishes.items())

    def opinions(self) -> Mapping[str, Opinion]:
        """The map of control characters is for serial lines: taken and not used; over Ethernet refused (RFC 2516 7)."""
        opinions: dict[str, Opinion] = {
            "mru": lambda mru: max(mru, LEAST_MRU),
            "auth": self._opinion_of_method,
            "magic": lambda magic: magic or self._new_magic(),
        }
        return opinions if self._config.ethernet else {**opinions, **dict.fromkeys(("accm", "pfc", "acfc"), _as_it_is)}

    def judge(self, asked: list[Option]) -> Answer:
        """Before anything else, see whether this is our own request that came back (RFC 1661 6.4)."""
        magic = dict(asked).get("magic")
        if not magic or magic != self._wishes.get("magic"):
            self._loops = 0
            return super().judge(asked)
        self._loops += 1
        if self._loops > self._config.policy.max_loops:
            raise AgreementError("the line is looped back: our own magic number comes back")
        return Answer(CONFIGURE_NAK, [("magic", self._new_magic())])

    def agreed(self, asked: list[Option]) -> None:
        """Note what the peer wants of us."""
        fields = LcpOptions.__dataclass_fields__
        self.theirs = LcpOptions(**{name: value for name, value in asked if name in fields})

    def nakked(self, hints: dict[str, Any]) -> None:
        """Smaller packets and another method of ours are fine, a magic number is drawn anew."""
        if LEAST_MRU <= hints.get("mru", 0) < self._wishes.get("mru", DEFAULT_MRU):
            self._wishes["mru"] = hints["mru"]
        if "auth" in hints and "auth" in self._wishes:
            self._wishes["auth"] = self._next_method(hints["auth"])
        if "magic" in hints and "magic" in self._wishes:
            self._wishes["magic"] = self._new_magic()
        for flag in ("pfc", "acfc"):
            if flag in hints:
                self._wishes.pop(flag, None)

    def rejected(self, names: set[str]) -> None:
        """Everything but authentication can be done without."""
        if "auth" in names:
            raise AgreementError(f"the peer refuses to prove who it is (we ask for {_list(self._config.demand)})")
        for name in names:
            self._wishes.pop(name, None)

    def _allows(self, asked: LcpOptions) -> bool:
        """Whether we could have asked that: the method is one of ours, and no packet is larger than we take."""
        demanded = asked.auth in self._config.demand if self._config.demand else asked.auth is None
        return demanded and asked.mru <= self._config.mru

    def _opinion_of_method(self, method: str) -> str | None:
        answers = self._config.answer
        if method in answers:
            return method
        ours = f"we answer only {_list(answers)}" if answers else "we have no name and secret for it"
        self.disagreement = f"the peer asks us to prove who we are by {method}; {ours}"
        return answers[0] if answers else None

    def _next_method(self, hint: str) -> str:
        self._methods.remove(self._wishes["auth"])
        if not self._methods:
            allowed = _list(self._config.demand)
            raise AgreementError(
                f"the peer would prove who it is by {hint} only, which is not allowed here ({allowed} is)"
            )
        return hint if hint in self._methods else self._methods[0]

    def _new_magic(self) -> int:
        return int.from_bytes(self._random(4), "big") or 1


def _as_it_is(value: Any) -> Any:
    return value


def _list(methods: tuple[str, ...]) -> str:
    return ", ".join(methods)
