# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Negotiated algorithms against proposals: charon reports `AES_GCM_16`/256, a proposal is written `aes256gcm16-...`."""

from __future__ import annotations

import re
from typing import Any

ENCRYPTION = {
    "AES_CBC": "aes{bits}",
    "AES_CTR": "aes{bits}ctr",
    "AES_GCM_16": "aes{bits}gcm16",
    "AES_GCM_12": "aes{bits}gcm12",
    "AES_GCM_8": "aes{bits}gcm8",
    "AES_CCM_16": "aes{bits}ccm16",
    "AES_CCM_12": "aes{bits}ccm12",
    "AES_CCM_8": "aes{bits}ccm8",
    "CAMELLIA_CBC": "camellia{bits}",
    "CHACHA20_POLY1305": "chacha20poly1305",
    "3DES_CBC": "3des",
    "DES_CBC": "des",
    "NULL": "null",
}
INTEGRITY = {
    "HMAC_MD5_96": "md5",
    "HMAC_SHA1_96": "sha1",
    "HMAC_SHA2_256_96": "sha256_96",
    "HMAC_SHA2_256_128": "sha256",
    "HMAC_SHA2_384_192": "sha384",
    "HMAC_SHA2_512_256": "sha512",
    "AES_XCBC_96": "aesxcbc",
    "AES_CMAC_96": "aescmac",
}
ALIASES = {
    "x25519": "curve25519",
    "x448": "curve448",
    "aes": "aes128",
    "sha": "sha1",
    "sha2_256": "sha256",
    "sha2_384": "sha384",
    "sha2_512": "sha512",
    "chacha20poly1305compat": "chacha20poly1305",
}
_TAG_BITS = {"64": "8", "96": "12", "128": "16"}
_COUNTER_MODE = re.compile(r"^(aes\d+)(gcm|ccm)(64|96|128)$")


def keyword(token: str) -> str:
    """One token of a proposal in the spelling that negotiated() uses (`aes128gcm128` is `aes128gcm16`)."""
    token = ALIASES.get(token.lower(), token.lower())
    match = _COUNTER_MODE.match(token)
    return f"{match[1]}{match[2]}{_TAG_BITS[match[3]]}" if match else token


def negotiated(section: dict[str, Any]) -> dict[str, str]:
    """An SA's algorithms as proposal keywords, by kind: encr, integ, prf, dh; what was not negotiated is absent."""
    named = {
        "encr": _encryption(section.get("encr-alg", ""), section.get("encr-keysize", "")),
        "integ": _integrity(section.get("integ-alg", "")),
        "prf": _prf(section.get("prf-alg", "")),
        "dh": section.get("dh-group", "").lower().replace("_", ""),
    }
    return {kind: name for kind, name in named.items() if name}


def _encryption(name: str, bits: str) -> str:
    return ENCRYPTION.get(name, name.lower()).format(bits=bits)


def _integrity(name: str) -> str:
    return INTEGRITY.get(name, name.lower())


def _prf(name: str) -> str:
    """`PRF_HMAC_SHA2_384` -> `prfsha384`, `PRF_AES128_XCBC` -> `prfaesxcbc`."""
    short = name.replace("PRF_", "").replace("HMAC_", "").replace("SHA2_", "SHA").replace("AES128_", "AES")
    return f"prf{short.lower().replace('_', '')}" if name else ""


def text(algorithms: dict[str, str]) -> str:
    """The algorithms written as one proposal."""
    return "-".join(algorithms[kind] for kind in ("encr", "integ", "prf", "dh") if kind in algorithms)


def allowed(algorithms: dict[str, str], proposals: list[str]) -> bool:
    """Whether some proposal contains every negotiated algorithm.

    No proposals, or charon's own `default`, allow all. A proposal without a PRF takes the one of its integrity
    algorithm, and the first child SA of an IKE_SA has no key exchange of its own: absent kinds are not demanded.
    """
    if not proposals or "default" in proposals:
        return True
    return any(_within(algorithms, {keyword(token) for token in proposal.split("-")}) for proposal in proposals)


def _within(algorithms: dict[str, str], tokens: set[str]) -> bool:
    explicit_prf = any(token.startswith("prf") for token in tokens)
    asked = {kind: name for kind, name in algorithms.items() if kind != "prf" or explicit_prf}
    return set(asked.values()) <= tokens
