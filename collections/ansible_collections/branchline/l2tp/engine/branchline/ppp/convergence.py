"""Negotiations that do not end by themselves are ended (RFC 1661 4.6, Max-Failure)."""

from __future__ import annotations

from branchline.ppp.config import Policy
from branchline.ppp.options import AgreementError, Answer, Options
from branchline.wire.ppp import CONFIGURE_ACK, CONFIGURE_NAK, CONFIGURE_REJECT
from branchline.wire.ppp_options import Option


class Convergence:
    """Counts the refusals of one negotiation; `name` is the protocol's, for people."""

    def __init__(self, name: str, options: Options, policy: Policy) -> None:
        self._name = name
        self._options = options
        self._policy = policy
        self.reset()

    def reset(self) -> None:
        """A new negotiation begins."""
        self._naks = self._rounds = self._fruitless = 0

    def answer(self, asked: list[Option]) -> Answer:
        """Our answer to the peer's Configure-Request: of too many Naks the last becomes a Reject.

        AgreementError if that cannot be, because one of its options is insisted on.
        """
        answer = self._options.judge(asked)
        if answer.code == CONFIGURE_NAK:
            self._naks += 1
            answer = self._firm(answer, asked) if self._naks > self._policy.max_failure else answer
        if answer.code == CONFIGURE_ACK:
            self._naks = 0
        else:
            self._count_round()
        return answer

    def repeated(self) -> None:
        """The peer repeats a request that we refused, because our refusal was lost: no new Nak, but not for ever."""
        self._count_round()

    def refused(self, *, fruitless: bool) -> None:
        """The peer refused our Configure-Request; `fruitless`: the next one will be the same."""
        self._fruitless += fruitless
        self._count_round()

    def _firm(self, answer: Answer, asked: list[Option]) -> Answer:
        names = {name for name, _ in answer.options}
        rejected = [option for option in asked if option[0] in names]
        if self._options.insisted.intersection(name for name, _ in rejected):
            raise self._hopeless()
        return Answer(CONFIGURE_REJECT, rejected) if rejected else Answer(CONFIGURE_ACK, asked)

    def _count_round(self) -> None:
        self._rounds += 1
        if self._rounds > self._policy.max_rounds or self._fruitless > self._policy.max_failure:
            raise self._hopeless()

    def _hopeless(self) -> AgreementError:
        return AgreementError(self._options.disagreement or f"the two ends do not agree about {self._name}")
