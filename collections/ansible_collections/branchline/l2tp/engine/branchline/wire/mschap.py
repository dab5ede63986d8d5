"""MS-CHAPv2 (RFC 2759): its values and messages inside of CHAP's packets, and its proofs."""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

from branchline.errors import PeerError
from branchline.wire.md4des import des_encrypt, md4
from branchline.wire.ppp import decode_text

# RFC 2759 6: what the E= of a Failure packet means.
ERRORS = {
    646: "not at this hour",
    647: "the account is disabled",
    648: "the password has expired",
    649: "the account may not dial in",
    691: "name or secret is wrong",
    709: "the password could not be changed",
}

# RFC 2759 8.7, the two constants of GenerateAuthenticatorResponse().
MAGIC_1 = b"Magic server to client signing constant"
MAGIC_2 = b"Pad to make it do more than one iteration"


class Response(NamedTuple):
    """The Value of a Response packet (RFC 2759 4): 16 and 24 octets."""

    peer_challenge: bytes
    nt_response: bytes


class Failure(NamedTuple):
    """The Message of a Failure packet (RFC 2759 6)."""

    error: int
    retry: bool
    challenge: bytes
    message: str


def decode(value: bytes) -> Response:
    """Read the Value of a Response; its reserved octets and flags are ignored, as RFC 2759 4 wants."""
    if len(value) != 49:
        raise PeerError(f"an MS-CHAPv2 Response has {len(value)} octets instead of 49")
    return Response(value[:16], value[24:48])


def encode(response: Response) -> bytes:
    """Write the Value of a Response."""
    return response.peer_challenge + bytes(8) + response.nt_response + bytes(1)


def decode_success(data: bytes) -> bytes:
    """The authenticator response of a Success packet (RFC 2759 5), 20 octets."""
    found = re.match(rb"S=([0-9A-Fa-f]{40})(?![0-9A-Fa-f])", data)
    if not found:
        raise PeerError("an MS-CHAPv2 Success carries no authenticator response")
    return bytes.fromhex(found[1].decode())


def encode_success(authenticator_response: bytes, message: str) -> bytes:
    """Write the Message of a Success packet."""
    return f"S={authenticator_response.hex().upper()} M={message}".encode()


def decode_failure(data: bytes) -> Failure:
    """Read the Message of a Failure packet; fields that are missing or damaged are 0 or empty, the error is not."""
    error = re.match(rb"E=(\d{1,10})", data)
    if not error:
        raise PeerError("an MS-CHAPv2 Failure carries no error code")
    challenge = re.search(rb" C=([0-9A-Fa-f]{32})(?![0-9A-Fa-f])", data)
    message = re.search(rb" M=(.*)", data, re.DOTALL)
    return Failure(
        int(error[1]),
        re.search(rb" R=1", data) is not None,
        bytes.fromhex(challenge[1].decode()) if challenge else b"",
        decode_text(message[1]) if message else "",
    )


def encode_failure(failure: Failure) -> bytes:
    """Write the Message of a Failure packet."""
    challenge = failure.challenge.hex().upper()
    return f"E={failure.error} R={int(failure.retry)} C={challenge} V=3 M={failure.message}".encode()


def user_of(name: str) -> str:
    """The name without its DOMAIN\\ prefix, which counts for nothing here (RFC 2759 4)."""
    return name.rpartition("\\")[2]


class Proof(NamedTuple):
    """What both proofs are made of (RFC 2759 8); `password` is UTF-8, `user` may have a DOMAIN\\ prefix."""

    challenge: bytes
    peer_challenge: bytes
    user: str
    password: bytes

    def challenge_hash(self) -> bytes:
        """8.2, 8 octets; the name counts without its domain."""
        user = user_of(self.user).encode()
        return hashlib.sha1(self.peer_challenge + self.challenge + user, usedforsecurity=False).digest()[:8]

    def password_hash(self) -> bytes:
        """8.3, 16 octets."""
        return md4(self.password.decode("utf-8", "surrogateescape").encode("utf-16-le", "surrogatepass"))

    def nt_response(self) -> bytes:
        """8.1 and 8.5, 24 octets."""
        keys, clear = self.password_hash() + bytes(5), self.challenge_hash()
        return b"".join(des_encrypt(keys[at : at + 7], clear) for at in (0, 7, 14))

    def authenticator_response(self) -> bytes:
        """8.7, 20 octets: the end that was proven to proves that it knows the secret too."""
        inner = hashlib.sha1(md4(self.password_hash()) + self.nt_response() + MAGIC_1, usedforsecurity=False)
        outer = hashlib.sha1(inner.digest() + self.challenge_hash() + MAGIC_2, usedforsecurity=False)
        return outer.digest()
