# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Profiles of algorithms by name, and the check of a profile's proposals against RFC 8221 and RFC 8247."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ansible_collections.branchline.l2tp.plugins.module_utils.plan.algorithms import (
    ABSENT,
    AEAD,
    ALGORITHMS,
    CIPHER,
    GROUP,
    INTEGRITY,
    MUST_NOT,
    PRF,
    SHOULD_NOT,
    Algorithm,
)


@dataclass(frozen=True)
class Profile:
    """Proposals in strongSwan's words, best first: of the IKE SA, of ESP, of AH."""

    name: str
    ike: tuple[str, ...]
    esp: tuple[str, ...]
    ah: tuple[str, ...] = ()


class Verdict(NamedTuple):
    """What is to say about a proposal; `refused` or merely warned about."""

    refused: bool
    problem: str


# An ESP proposal with a group has perfect forward secrecy from the first rekey on (RFC 7296 1.3.3).
BUILT_IN = {
    profile.name: profile
    for profile in (
        Profile(
            "modern",
            ike=("aes256gcm16-prfsha384-ecp384", "aes256gcm16-prfsha256-x25519", "aes128gcm16-prfsha256-ecp256"),
            esp=("aes256gcm16-ecp384", "aes256gcm16-x25519", "aes128gcm16-ecp256", "aes256gcm16", "aes128gcm16"),
            ah=("sha256-ecp256", "sha256"),
        ),
        Profile(
            "compatible",
            ike=("aes256-sha256-ecp256", "aes256-sha256-modp2048", "aes128-sha256-modp2048", "aes128-sha1-modp2048"),
            esp=("aes256gcm16", "aes256-sha256", "aes128-sha256", "aes128-sha1"),
            ah=("sha256", "sha1"),
        ),
        # What the built-in clients offer for L2TP, best first, less 3DES, DES and MD5: Windows 10, 11 the first three,
        # macOS and iOS the third and the last two, Android to 11 those two only, for it has no other group.
        Profile(
            "windows",
            ike=(
                *("aes256-sha1-ecp384", "aes128-sha1-ecp256", "aes256-sha1-modp2048"),
                *("aes256-sha256-modp1024", "aes256-sha1-modp1024"),
            ),
            esp=("aes256-sha1", "aes128-sha1"),
            ah=("sha1",),
        ),
    )
}

IKE_SHAPES = ({AEAD, PRF, GROUP}, {CIPHER, INTEGRITY, GROUP}, {CIPHER, INTEGRITY, PRF, GROUP})
ESP_SHAPES = ({AEAD}, {AEAD, GROUP}, {CIPHER, INTEGRITY}, {CIPHER, INTEGRITY, GROUP})
AH_SHAPES = ({INTEGRITY}, {INTEGRITY, GROUP})


def judge(profile: Profile) -> Iterator[Verdict]:
    """Everything that the RFCs, or plain grammar, have against a profile."""
    if not (profile.ike and profile.esp):
        yield Verdict(True, f"profile {profile.name!r} needs at least one proposal for ike and one for esp")
    for proposal in profile.ike:
        yield from _judge(profile.name, proposal, "ike", IKE_SHAPES)
    for proposal in profile.esp:
        yield from _judge(profile.name, proposal, "esp", ESP_SHAPES)
    for proposal in profile.ah:
        yield from _judge(profile.name, proposal, "ah", AH_SHAPES)


def _judge(profile: str, proposal: str, protocol: str, shapes: tuple[set[str], ...]) -> Iterator[Verdict]:
    where = f"profile {profile!r}, {protocol} proposal {proposal!r}"
    words = proposal.split("-")
    strange = [word for word in words if word not in ALGORITHMS]
    for word in strange:
        yield Verdict(True, f"{where}: unknown algorithm {word!r}{_guess(word)}")
    known = [ALGORITHMS[word] for word in words if word in ALGORITHMS]
    if not strange and (len({row.kind for row in known}) != len(known) or {row.kind for row in known} not in shapes):
        wanted = " or ".join(" + ".join(sorted(shape)) for shape in shapes)
        yield Verdict(True, f"{where}: not one each of {wanted}")
    for row in known:
        yield from _levels(row, where, protocol)


def _guess(word: str) -> str:
    near = difflib.get_close_matches(word, ALGORITHMS, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _levels(row: Algorithm, where: str, protocol: str) -> Iterator[Verdict]:
    key_exchange = protocol == "ike" or row.kind == GROUP
    level, rfc = (row.ike, "RFC 8247") if key_exchange else (row.esp, "RFC 8221")
    if level == ABSENT:
        yield Verdict(True, f"{where}: {row.keyword} is not for {protocol}")
    elif level == MUST_NOT:
        yield Verdict(True, f"{where}: {row.keyword} is a MUST NOT of {rfc}")
    elif level == SHOULD_NOT:
        yield Verdict(False, f"{where}: {row.keyword} is a SHOULD NOT of {rfc}")


def needs_ikev2(profile: Profile) -> bool:
    """Whether no proposal of it can be spoken in IKEv1, which has no AEAD ciphers for its own messages (RFC 5282 1)."""
    aead = {row.keyword for row in ALGORITHMS.values() if row.kind == AEAD}
    return bool(profile.ike) and all(aead & set(offer.split("-")) for offer in profile.ike)


def overhead(proposals: tuple[str, ...]) -> Algorithm:
    """The worst IV, block and ICV (octets) that any of the ESP or AH proposals can bring."""
    iv, block, icv = 0, 4, 0
    for proposal in proposals:
        rows = [ALGORITHMS[word] for word in proposal.split("-") if word in ALGORITHMS]  # the others are reported
        iv = max([iv, *(row.iv for row in rows)])
        block = max([block, *(row.block for row in rows)])
        icv = max([icv, *(row.icv for row in rows)])
    return Algorithm("worst", "", "", "", iv, block, icv)


def named(name: str, own: Mapping[str, Profile]) -> Profile | None:
    """A profile of the LNS's own, or a built-in one."""
    return own.get(name) or BUILT_IN.get(name)
