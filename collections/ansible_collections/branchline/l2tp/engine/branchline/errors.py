"""Who is at fault, said by the type: every error that the engine raises on purpose is one of these."""

from __future__ import annotations


class BranchlineError(Exception):
    """Base of all of them."""


class PeerError(BranchlineError):
    """The peer sent something that it must not; never raised for anything else.

    `result` and `error` are the codes of RFC 2661 4.4.2 that a StopCCN or CDN about it carries.
    """

    def __init__(self, message: str, *, result: int = 2, error: int = 6) -> None:
        super().__init__(message)
        self.message = message
        self.result = result
        self.error = error


class ConfigError(BranchlineError):
    """The configuration is wrong: the field by its path, what is wrong, and what to do about it."""

    def __init__(self, field: str, message: str, remedy: str) -> None:
        super().__init__(f"{field}: {message}; {remedy}")
        self.field = field
        self.message = message
        self.remedy = remedy


class LocalError(BranchlineError):
    """This host refuses or lacks something (a device, a privilege, a daemon); `remedy` says what helps."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(f"{message}; {remedy}" if remedy else message)
        self.message = message
        self.remedy = remedy
