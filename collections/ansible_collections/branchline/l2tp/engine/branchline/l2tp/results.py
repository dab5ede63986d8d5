"""Why a tunnel or session ended: RFC 2661 4.4.2 result and error codes, with their words."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from branchline.wire.avp_values import ResultCode

if TYPE_CHECKING:
    from branchline.errors import PeerError


class Scope(enum.Enum):
    """Which of the two tables of RFC 2661 4.4.2 a result code is from: StopCCN's or CDN's."""

    TUNNEL = "tunnel"
    SESSION = "session"


class Cause(enum.Enum):
    """What kind of end this was, for programs (the texts are for people)."""

    REQUESTED = "requested"  # this side's user or configuration asked for it
    PEER = "peer"  # the peer sent StopCCN or CDN
    NO_ANSWER = "no-answer"  # the retransmission limit was reached: the peer is dead or unreachable
    TOO_SLOW = "too-slow"  # set-up was not finished in time
    NOT_AUTHORIZED = "not-authorized"  # tunnel authentication failed, or the peer is not the expected one
    PROTOCOL = "protocol"  # the peer broke the protocol
    TIE_BREAKER = "tie-breaker"  # both sides opened at once, and the peer's tunnel is used (4.4.3)
    REPLACED = "replaced"  # the same peer has opened the same tunnel anew


STOPCCN = {
    0: "reserved",
    1: "general request to clear control connection",
    2: "general error",
    3: "control channel already exists",
    4: "requester is not authorized to establish a control channel",
    5: "the protocol version of the requester is not supported",
    6: "requester is being shut down",
    7: "finite state machine error",
}

CDN = {
    0: "reserved",
    1: "call disconnected due to loss of carrier",
    2: "call disconnected for the reason indicated in error code",
    3: "call disconnected for administrative reasons",
    4: "call failed due to lack of appropriate facilities being available (temporary condition)",
    5: "call failed due to lack of appropriate facilities being available (permanent condition)",
    6: "invalid destination",
    7: "call failed due to no carrier detected",
    8: "call failed due to detection of a busy signal",
    9: "call failed due to lack of a dial tone",
    10: "call was not established within time allotted by LAC",
    11: "call was connected but no appropriate framing was detected",
}

ERRORS = {
    0: "no general error",
    1: "no control connection exists yet for this LAC-LNS pair",
    2: "length is wrong",
    3: "one of the field values was out of range or reserved field was non-zero",
    4: "insufficient resources to handle this operation now",
    5: "the Session ID is invalid in this context",
    6: "a generic vendor-specific error occurred",
    7: "try another",
    8: "session or tunnel was shut down due to receipt of an unknown AVP with the M bit set",
}

WORDS = {Scope.TUNNEL: STOPCCN, Scope.SESSION: CDN}


@dataclass(frozen=True)
class Result:
    """One end of a tunnel (`scope` TUNNEL) or session: `code` and `error` of 4.4.2, `message` for people."""

    scope: Scope
    code: int
    error: int = 0
    message: str = ""
    cause: Cause = Cause.REQUESTED

    def __str__(self) -> str:
        """All of it in words, as a log line or status shows it."""
        words = WORDS[self.scope].get(self.code, f"unknown result {self.code}")
        if self.error and (self.scope, self.code) != (Scope.TUNNEL, 5):  # there it is the highest version supported
            words += f": {ERRORS.get(self.error, f'unknown error {self.error}')}"
        return f"{self.message} ({words})" if self.message else words


def from_error(scope: Scope, error: PeerError) -> Result:
    """Return the end that a peer's error means: the one place where the two meet."""
    denied = scope is Scope.TUNNEL and error.result == 4
    code = error.result if scope is Scope.TUNNEL else 2
    return Result(scope, code, error.error, error.message, Cause.NOT_AUTHORIZED if denied else Cause.PROTOCOL)


def from_wire(scope: Scope, value: ResultCode | None) -> Result:
    """Return what the peer gave as its reason (None: its message was too damaged to tell)."""
    if value is None:
        return Result(scope, 0, 0, "the peer's reason could not be read", Cause.PEER)
    return Result(scope, value.result, value.error, value.message, Cause.PEER)


def to_wire(result: Result) -> ResultCode:
    """Return the Result Code AVP's value; the text is cut to what an AVP certainly holds."""
    return ResultCode(result.code, result.error, result.message.encode()[:900].decode("utf-8", "ignore"))


def for_tunnel(code: int, error: int = 0, message: str = "", cause: Cause = Cause.REQUESTED) -> Result:
    """Return the end of a tunnel, as StopCCN carries it: for_tunnel(6, message="reboot")."""
    return Result(Scope.TUNNEL, code, error, message, cause)


def for_session(code: int, error: int = 0, message: str = "", cause: Cause = Cause.REQUESTED) -> Result:
    """Return the end of a session, as CDN carries it: for_session(3, message="line removed")."""
    return Result(Scope.SESSION, code, error, message, cause)
