# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The algorithms that a proposal may name, with the verdicts of RFC 8247 (IKEv2) and RFC 8221 (ESP and AH)."""

from __future__ import annotations

from dataclasses import dataclass

MUST, SHOULD, MAY, SHOULD_NOT, MUST_NOT = "MUST", "SHOULD", "MAY", "SHOULD NOT", "MUST NOT"
ABSENT = ""
"""The protocol has no such algorithm."""

AEAD, CIPHER, INTEGRITY, PRF, GROUP = "AEAD cipher", "cipher", "integrity", "PRF", "key exchange"


@dataclass(frozen=True)
class Algorithm:
    """One row: strongSwan's keyword, its type, the verdicts, and the octets of IV, block and ICV."""

    keyword: str
    kind: str
    ike: str
    esp: str
    iv: int = 0
    block: int = 0
    icv: int = 0


# RFC 8247 2.1 (encryption), 2.2 (PRF), 2.3 (integrity), 2.4 (groups); RFC 8221 5 (encryption), 6 (authentication).
# A group in an ESP proposal is judged as in IKE, whose exchange it is.
# MUST- (SHA-1) is written MUST: allowed today, no warning. What an RFC leaves out but IANA has is MAY.
ROWS = (
    #         keyword        type       RFC 8247     RFC 8221     iv  block icv
    Algorithm("aes128gcm16", AEAD,      SHOULD,      MUST,        8,  4,    16),
    Algorithm("aes192gcm16", AEAD,      MAY,         MAY,         8,  4,    16),
    Algorithm("aes256gcm16", AEAD,      SHOULD,      MUST,        8,  4,    16),
    Algorithm("chacha20poly1305", AEAD, SHOULD,      SHOULD,      8,  4,    16),
    Algorithm("aes128",      CIPHER,    MUST,        MUST,        16, 16,   0),
    Algorithm("aes192",      CIPHER,    MAY,         MAY,         16, 16,   0),
    Algorithm("aes256",      CIPHER,    MUST,        MUST,        16, 16,   0),
    Algorithm("3des",        CIPHER,    MAY,         SHOULD_NOT,  8,  8,    0),
    Algorithm("blowfish128", CIPHER,    ABSENT,      MUST_NOT,    8,  8,    0),
    Algorithm("des",         CIPHER,    MUST_NOT,    MUST_NOT,    8,  8,    0),
    # RFC 8221 has NULL as a MUST for authentication only; a line of ours shall be encrypted, or say "ah" or "none".
    Algorithm("null",        CIPHER,    ABSENT,      MUST_NOT,    0,  4,    0),
    Algorithm("md5",         INTEGRITY, MUST_NOT,    MUST_NOT,    0,  0,    12),
    Algorithm("sha1",        INTEGRITY, MUST,        MUST,        0,  0,    12),
    Algorithm("sha256",      INTEGRITY, MUST,        MUST,        0,  0,    16),
    Algorithm("sha384",      INTEGRITY, MAY,         MAY,         0,  0,    24),
    Algorithm("sha512",      INTEGRITY, SHOULD,      SHOULD,      0,  0,    32),
    Algorithm("aesxcbc",     INTEGRITY, SHOULD,      SHOULD,      0,  0,    12),
    Algorithm("prfmd5",      PRF,       MUST_NOT,    ABSENT),
    Algorithm("prfsha1",     PRF,       MUST,        ABSENT),
    Algorithm("prfsha256",   PRF,       MUST,        ABSENT),
    Algorithm("prfsha384",   PRF,       MAY,         ABSENT),
    Algorithm("prfsha512",   PRF,       SHOULD,      ABSENT),
    Algorithm("prfaesxcbc",  PRF,       SHOULD,      ABSENT),
    Algorithm("modp768",     GROUP,     MUST_NOT,    ABSENT),
    Algorithm("modp1024",    GROUP,     SHOULD_NOT,  ABSENT),
    Algorithm("modp1536",    GROUP,     SHOULD_NOT,  ABSENT),
    Algorithm("modp2048",    GROUP,     MUST,        ABSENT),
    Algorithm("modp3072",    GROUP,     MAY,         ABSENT),
    Algorithm("modp4096",    GROUP,     MAY,         ABSENT),
    Algorithm("modp1024s160", GROUP,    MUST_NOT,    ABSENT),
    Algorithm("modp2048s224", GROUP,    SHOULD_NOT,  ABSENT),
    Algorithm("modp2048s256", GROUP,    SHOULD_NOT,  ABSENT),
    Algorithm("ecp256",      GROUP,     SHOULD,      ABSENT),
    Algorithm("ecp384",      GROUP,     MAY,         ABSENT),
    Algorithm("ecp521",      GROUP,     MAY,         ABSENT),
    Algorithm("x25519",      GROUP,     MAY,         ABSENT),
)  # fmt: skip

ALGORITHMS = {row.keyword: row for row in ROWS}
