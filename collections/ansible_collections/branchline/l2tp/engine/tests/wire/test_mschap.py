"""RFC 2759: MS-CHAPv2's formats, and its proofs against the examples of 9.2."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from branchline.errors import PeerError
from branchline.wire import md4des, mschap
from branchline.wire.mschap import Failure, Proof, Response

EXAMPLE = Proof(
    challenge=bytes.fromhex("5B5D7C7D7B3F2F3E3C2C602132262628"),
    peer_challenge=bytes.fromhex("21402324255E262A28295F2B3A337C7E"),
    user="User",
    password=b"clientPass",
)


@pytest.mark.parametrize("user", ["User", "DOMAIN\\User"])
def test_examples(user):
    """RFC 2759 9.2; a domain in front of the name counts for nothing (4 and 8.2)."""
    proof = EXAMPLE._replace(user=user)
    assert proof.challenge_hash().hex().upper() == "D02E4386BCE91226"
    assert proof.password_hash().hex().upper() == "44EBBA8D5312B8D611474411F56989AE"
    assert md4des.md4(proof.password_hash()).hex().upper() == "41C00C584BD2D91C4017A2A12FA59F3F"
    assert proof.nt_response().hex().upper() == "82309ECD8D708B5EA08FAA3981CD83544233114A3D85D6DF"
    assert proof.authenticator_response().hex().upper() == "407A5589115FD0D6209F510FE9C04566932CDA56"


@pytest.mark.parametrize("password", ["", "grün€", "\U0001f511", "x" * 256])
def test_passwords_are_utf16(password):
    wanted = md4des.md4(password.encode("utf-16-le"))
    assert EXAMPLE._replace(password=password.encode()).password_hash() == wanted


@given(st.binary(max_size=40), st.text(max_size=20))
def test_any_password_and_name(password, user):
    user = user.encode("utf-8", "backslashreplace").decode()
    assert len(EXAMPLE._replace(password=password, user=user).nt_response()) == 24


# RFC 1320 A.5.
MD4 = [
    (b"",      "31d6cfe0d16ae931b73c59d7e0c089c0"),
    (b"a",     "bde52cb31de33e46245e05fbdbd6fb24"),
    (b"abc",   "a448017aaf21d8525fc10ae87aa6729d"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "digest"), MD4)
def test_md4(data, digest):
    assert md4des.md4(data).hex() == digest


def test_response_both_ways():
    wire = bytes(range(16)) + bytes(8) + bytes(range(24)) + bytes(1)
    assert mschap.decode(wire) == Response(bytes(range(16)), bytes(range(24)))
    assert mschap.encode(mschap.decode(wire)) == wire


@pytest.mark.parametrize("size", [0, 16, 48, 50])
def test_response_refusals(size):
    with pytest.raises(PeerError):
        mschap.decode(bytes(size))


def test_success_both_ways():
    wire = b"S=407A5589115FD0D6209F510FE9C04566932CDA56 M=welcome"
    assert mschap.encode_success(mschap.decode_success(wire), "welcome") == wire


@pytest.mark.parametrize("wire", [b"", b"S=", b"S=407A", b"M=x S=" + b"0" * 40, b"S=" + b"0" * 41, b"S=" + b"x" * 40])
def test_success_refusals(wire):
    with pytest.raises(PeerError):
        mschap.decode_success(wire)


C = "000102030405060708090A0B0C0D0E0F"
FAILURES = [
    (f"E=691 R=0 C={C} V=3 M=no",   Failure(691, False, bytes(range(16)), "no")),
    (f"E=648 R=1 C={C} V=3 M=",     Failure(648, True, bytes(range(16)), "")),
]  # fmt: skip


@pytest.mark.parametrize(("wire", "failure"), FAILURES)
def test_failures_both_ways(wire, failure):
    assert mschap.decode_failure(wire.encode()) == failure
    assert mschap.encode_failure(failure) == wire.encode()


def test_some_peers_leave_fields_out():
    assert mschap.decode_failure(b"E=691 R=1") == Failure(691, True, b"", "")


@pytest.mark.parametrize("wire", [b"", b"E=", b"E=x", b"R=0 E=691", b"Access denied"])
def test_failure_refusals(wire):
    with pytest.raises(PeerError):
        mschap.decode_failure(wire)


@given(st.binary(max_size=80), st.sampled_from([b"", b"E=691 ", b"S="]))
def test_damaged(data, start):
    for decode in (mschap.decode, mschap.decode_success, mschap.decode_failure):
        with contextlib.suppress(PeerError):
            decode(start + data)
