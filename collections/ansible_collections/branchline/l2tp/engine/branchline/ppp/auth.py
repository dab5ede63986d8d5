"""Checking what a peer presents against its secret: pure, so that RADIUS or a file may do it as well."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Union

from branchline.wire import chap, mschap


@dataclass(frozen=True)
class PapCredentials:
    """An Authenticate-Request (RFC 1334 2.2.1)."""

    name: str
    password: bytes = field(repr=False)
    method: str = field(default="pap", init=False)


@dataclass(frozen=True)
class ChapCredentials:
    """A Response to our Challenge (RFC 1994 4.1)."""

    name: str
    identifier: int
    challenge: bytes
    response: bytes = field(repr=False)
    method: str = field(default="chap-md5", init=False)


@dataclass(frozen=True)
class MsChapV2Credentials:
    """A Response to our Challenge (RFC 2759 4); `identifier` is the packet's, which RADIUS wants."""

    name: str
    identifier: int
    challenge: bytes
    response: mschap.Response = field(repr=False)
    method: str = field(default="mschapv2", init=False)


Credentials = Union[PapCredentials, ChapCredentials, MsChapV2Credentials]


def user_of(credentials: Credentials) -> str:
    """Whose secret to look up: for MS-CHAPv2 the name without its domain."""
    return mschap.user_of(credentials.name) if isinstance(credentials, MsChapV2Credentials) else credentials.name


@dataclass(frozen=True)
class Verdict:
    """Whether the peer is who it says, and the message of the packet that tells it so."""

    ok: bool
    message: bytes


def check(credentials: Credentials, secret: bytes | None) -> Verdict:
    """Compare in constant time. `secret` None: no such user; the peer cannot tell that from a wrong secret.

    Secrets are UTF-8. The messages of MS-CHAPv2 are those of RFC 2759 5 and 6.
    """
    if isinstance(credentials, PapCredentials):
        return _plain(hmac.compare_digest(credentials.password, secret or b""), secret)
    if isinstance(credentials, ChapCredentials):
        wanted = chap.digest(credentials.identifier, secret or b"", credentials.challenge)
        return _plain(hmac.compare_digest(credentials.response, wanted), secret)
    return _check_mschapv2(credentials, secret)


def _plain(equal: bool, secret: bytes | None) -> Verdict:
    ok = equal and secret is not None
    return Verdict(ok, b"welcome" if ok else b"name or secret is wrong")


def _check_mschapv2(credentials: MsChapV2Credentials, secret: bytes | None) -> Verdict:
    proof = mschap.Proof(credentials.challenge, credentials.response.peer_challenge, credentials.name, secret or b"")
    if not hmac.compare_digest(credentials.response.nt_response, proof.nt_response()) or secret is None:
        failure = mschap.Failure(691, retry=False, challenge=credentials.challenge, message="name or secret is wrong")
        return Verdict(False, mschap.encode_failure(failure))
    return Verdict(True, mschap.encode_success(proof.authenticator_response(), "welcome"))
