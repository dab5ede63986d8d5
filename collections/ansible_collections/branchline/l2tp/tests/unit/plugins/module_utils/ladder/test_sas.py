"""Security associations from recorded listings, and which of them carries a line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder import proposals, sas

RECORDED = Path(__file__).parent / "recorded"
TURIN_ID = "C=NO, O=Branch, CN=turin"


def recorded(host: str) -> list[sas.Ike]:
    return sas.parse(json.loads((RECORDED / f"{host}.json").read_text())["sas"])


def test_a_branch_behind_nat() -> None:
    (sa,) = recorded("rotterdam")
    assert (sa.connection, sa.version, sa.state, sa.nat) == ("rotterdam-lns1", "2", "ESTABLISHED", (True, True))
    assert (sa.local, sa.remote) == (("192.168.1.10", 4500), ("203.0.113.10", 4500))
    assert proposals.text(sa.algorithms) == "aes256gcm16-prfsha384-ecp384"
    (child,) = sa.installed
    assert (child.bytes_in, child.bytes_out, child.packets_in, child.packets_out) == (650, 650, 5, 5)
    assert (child.mode, child.protocol, child.encap) == ("tunnel", "esp", True)


def test_both_ends_speak_of_the_same_sas() -> None:
    (branch,), at_lns = recorded("rotterdam"), recorded("lns")[1]
    assert branch.spis == at_lns.spis
    assert (branch.children[0].spi_in, branch.children[0].spi_out) == (
        at_lns.children[0].spi_out,
        at_lns.children[0].spi_in,
    )


@pytest.mark.parametrize(
    ("address", "identity", "found"),
    [
        ("10.99.0.1", "rotterdam", "1"),  # both agree
        ("10.99.0.2", TURIN_ID, "2"),
        (None, "rotterdam", "1"),  # L2TP is down: by identity
        ("10.99.0.2", "other", "2"),  # the address decides; that the identity is another one is rung 2's to say
        ("10.99.0.2", None, "2"),
        ("192.168.1.10", TURIN_ID, "2"),  # the peer's private address means nothing here
        ("10.99.0.7", "other", None),
        (None, None, None),
    ],
)
def test_the_lns_finds_a_line(address: str | None, identity: str | None, found: str | None) -> None:
    sa = sas.Index(recorded("lns")).for_peer(address, identity)
    assert (sa.uniqueid if sa else None) == found


def test_a_branch_finds_its_line() -> None:
    index = sas.Index(recorded("turin"))
    assert index.for_connection("turin-lns1") is not None
    assert index.for_connection("other") is None


def test_the_sa_in_use_is_preferred() -> None:
    (good,) = recorded("rotterdam")
    old = replace(good, uniqueid="old", age=good.age + 100)
    half_open = replace(good, uniqueid="half", state="CONNECTING", age=0, children=[])
    bare = replace(good, uniqueid="bare", age=0, children=[])
    best = sas.best([half_open, old, bare, good])
    assert best is good


@pytest.mark.parametrize(
    ("section", "text"),
    [
        ({"encr-alg": "AES_CBC", "encr-keysize": "256", "integ-alg": "HMAC_SHA2_256_128"}, "aes256-sha256"),
        ({"encr-alg": "CHACHA20_POLY1305", "prf-alg": "PRF_HMAC_SHA2_256", "dh-group": "CURVE_25519"},
         "chacha20poly1305-prfsha256-curve25519"),
        ({"encr-alg": "3DES_CBC", "integ-alg": "HMAC_SHA1_96", "prf-alg": "PRF_HMAC_SHA1", "dh-group": "MODP_1024"},
         "3des-sha1-prfsha1-modp1024"),
        ({"encr-alg": "AES_CBC", "encr-keysize": "128", "integ-alg": "AES_XCBC_96", "prf-alg": "PRF_AES128_XCBC"},
         "aes128-aesxcbc-prfaesxcbc"),
    ],
)  # fmt: skip
def test_negotiated(section: dict[str, str], text: str) -> None:
    assert proposals.text(proposals.negotiated(section)) == text


GCM = {"encr": "aes256gcm16", "prf": "prfsha384", "dh": "ecp384"}
CBC = {"encr": "aes256", "integ": "sha256", "prf": "prfsha256", "dh": "modp2048"}


@pytest.mark.parametrize(
    ("algorithms", "wanted", "allowed"),
    [
        (GCM, ["aes256gcm16-prfsha384-ecp384"], True),
        (GCM, ["aes256gcm128-prfsha384-ecp384"], True),  # the other spelling of a 16 byte tag
        (GCM, ["aes128gcm16-prfsha256-x25519", "aes256gcm16-prfsha384-ecp384"], True),
        (GCM, ["aes128gcm16-prfsha384-ecp384"], False),
        (GCM, ["aes256gcm16-prfsha256-ecp384"], False),
        (CBC, ["aes256-sha256-modp2048"], True),  # the PRF follows the integrity algorithm
        (CBC, ["aes256-aes128-sha256-sha1-modp2048-ecp256"], True),  # several of a kind in one proposal
        (CBC, ["aes256-sha1-modp2048"], False),
        (CBC, ["default"], True),
        (CBC, [], True),
        ({"encr": "aes256gcm16"}, ["aes256gcm16-ecp384"], True),  # the first child SA has no exchange of its own
        ({"encr": "aes256gcm16", "dh": "curve25519"}, ["aes256gcm16-x25519"], True),
    ],
)
def test_allowed(algorithms: dict[str, str], wanted: list[str], *, allowed: bool) -> None:
    assert proposals.allowed(algorithms, wanted) is allowed
