"""The verdicts of RFC 8247 and RFC 8221, transcribed a second time, and the profiles that they are applied to."""

from __future__ import annotations

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.plan import algorithms, mtu, profiles
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.profiles import BUILT_IN, Profile

# Names and verdicts as in the RFCs' own tables; those that they print with a plus or minus are without it here.
RFC_8247 = {
    # 2.1 encryption
    "ENCR_AES_CBC": "MUST", "ENCR_CHACHA20_POLY1305": "SHOULD", "ENCR_AES_GCM_16": "SHOULD", "ENCR_3DES": "MAY",
    "ENCR_DES": "MUST NOT",
    # 2.2 PRF
    "PRF_HMAC_SHA2_256": "MUST", "PRF_HMAC_SHA2_512": "SHOULD", "PRF_HMAC_SHA1": "MUST", "PRF_AES128_XCBC": "SHOULD",
    "PRF_HMAC_MD5": "MUST NOT",
    # 2.3 integrity
    "AUTH_HMAC_SHA2_256_128": "MUST", "AUTH_HMAC_SHA2_512_256": "SHOULD", "AUTH_HMAC_SHA1_96": "MUST",
    "AUTH_AES_XCBC_96": "SHOULD", "AUTH_HMAC_MD5_96": "MUST NOT",
    # 2.4 groups
    "14": "MUST", "19": "SHOULD", "5": "SHOULD NOT", "2": "SHOULD NOT", "1": "MUST NOT", "22": "MUST NOT",
    "23": "SHOULD NOT", "24": "SHOULD NOT",
}  # fmt: skip
RFC_8221 = {
    # 5 encryption
    "ENCR_DES": "MUST NOT", "ENCR_3DES": "SHOULD NOT", "ENCR_BLOWFISH": "MUST NOT", "ENCR_AES_CBC": "MUST",
    "ENCR_AES_GCM_16": "MUST", "ENCR_CHACHA20_POLY1305": "SHOULD",
    # 6 authentication
    "AUTH_HMAC_MD5_96": "MUST NOT", "AUTH_HMAC_SHA1_96": "MUST", "AUTH_AES_XCBC_96": "SHOULD",
    "AUTH_HMAC_SHA2_256_128": "MUST", "AUTH_HMAC_SHA2_512_256": "SHOULD",
}  # fmt: skip
KEYWORDS = {
    "ENCR_AES_CBC": ["aes128", "aes256"], "ENCR_AES_GCM_16": ["aes128gcm16", "aes256gcm16"],
    "ENCR_CHACHA20_POLY1305": ["chacha20poly1305"], "ENCR_3DES": ["3des"], "ENCR_DES": ["des"],
    "ENCR_BLOWFISH": ["blowfish128"],
    "PRF_HMAC_SHA2_256": ["prfsha256"], "PRF_HMAC_SHA2_512": ["prfsha512"], "PRF_HMAC_SHA1": ["prfsha1"],
    "PRF_AES128_XCBC": ["prfaesxcbc"], "PRF_HMAC_MD5": ["prfmd5"],
    "AUTH_HMAC_SHA2_256_128": ["sha256"], "AUTH_HMAC_SHA2_512_256": ["sha512"], "AUTH_HMAC_SHA1_96": ["sha1"],
    "AUTH_AES_XCBC_96": ["aesxcbc"], "AUTH_HMAC_MD5_96": ["md5"],
    "14": ["modp2048"], "19": ["ecp256"], "5": ["modp1536"], "2": ["modp1024"], "1": ["modp768"],
    "22": ["modp1024s160"], "23": ["modp2048s224"], "24": ["modp2048s256"],
}  # fmt: skip


@pytest.mark.parametrize("name", RFC_8247)
def test_rfc_8247(name):
    assert {algorithms.ALGORITHMS[keyword].ike for keyword in KEYWORDS[name]} == {RFC_8247[name]}


@pytest.mark.parametrize("name", RFC_8221)
def test_rfc_8221(name):
    assert {algorithms.ALGORITHMS[keyword].esp for keyword in KEYWORDS[name]} == {RFC_8221[name]}


def test_what_the_rfcs_do_not_name_is_at_most_allowed():
    named = {keyword for keywords in KEYWORDS.values() for keyword in keywords}
    levels = {level for row in algorithms.ROWS if row.keyword not in named for level in (row.ike, row.esp)}
    assert levels == {"MAY", "", "MUST NOT"}
    refused = [row for row in algorithms.ROWS if row.keyword not in named and "MUST NOT" in (row.ike, row.esp)]
    assert [row.keyword for row in refused] == ["null"]


WARNED = {"windows": ["aes256-sha256-modp1024", "aes256-sha1-modp1024"]}  # Android has no other group


@pytest.mark.parametrize("profile", BUILT_IN.values(), ids=list(BUILT_IN))
def test_the_built_in_profiles_are_beyond_reproach(profile):
    assert [verdict for verdict in profiles.judge(profile) if verdict.refused] == []
    assert [verdict.problem for verdict in profiles.judge(profile)] == [
        f"profile '{profile.name}', ike proposal '{proposal}': modp1024 is a SHOULD NOT of RFC 8247"
        for proposal in WARNED.get(profile.name, [])
    ]


JUDGED = [
    (("ike", "aes256gcm16-ecp256"), True, "not one each of"),
    (("ike", "aes256-sha256"), True, "not one each of"),
    (("ike", "aes256-aes128-sha256-modp2048"), True, "not one each of"),
    (("ike", "aes256-sha265-modp2048"), True, "unknown algorithm 'sha265' (did you mean 'sha256'?)"),
    (("ike", "des-sha256-modp2048"), True, "des is a MUST NOT of RFC 8247"),
    (("ike", "aes256-sha256-modp768"), True, "modp768 is a MUST NOT of RFC 8247"),
    (("ike", "blowfish128-sha256-modp2048"), True, "blowfish128 is not for ike"),
    (("ike", "aes256-sha1-modp1024"), False, "modp1024 is a SHOULD NOT of RFC 8247"),
    (("esp", "3des-sha1"), False, "3des is a SHOULD NOT of RFC 8221"),
    (("esp", "null-sha1"), True, "null is a MUST NOT of RFC 8221"),
    (("esp", "aes256gcm16-sha256"), True, "not one each of"),
    (("esp", "aes256"), True, "not one each of"),
    (("esp", "aes256gcm16-modp1536"), False, "modp1536 is a SHOULD NOT of RFC 8247"),
    (("ah", "md5"), True, "md5 is a MUST NOT of RFC 8221"),
    (("ah", "aes256-sha1"), True, "not one each of"),
]


@pytest.mark.parametrize(("offer", "refused", "problem"), JUDGED)
def test_verdicts(offer, refused, problem):
    protocol, proposal = offer
    parts = {"ike": ("aes256-sha256-modp2048",), "esp": ("aes256-sha256",), "ah": ()} | {protocol: (proposal,)}
    (verdict,) = profiles.judge(Profile("own", **parts))
    assert verdict.refused is refused
    assert problem in verdict.problem
    assert verdict.problem.startswith(f"profile 'own', {protocol} proposal {proposal!r}: ")


def test_an_empty_profile():
    assert [verdict.refused for verdict in profiles.judge(Profile("own", (), ()))] == [True]


GCM, CBC, SHA512 = ("aes256gcm16",), ("aes128-sha1", "aes256-sha256"), ("aes256-sha512",)
MTUS = [
    # mode        libipsec  ESP     protection  numbered  MTU
    (("tunnel",    True,    GCM,    "esp",      False), 1400 - 20 - 8 - 8 - 4),
    (("tunnel",    True,    CBC,    "esp",      False), 1360),
    (("tunnel",    True,    GCM,    "esp",      True),  1356),
    # 1500 - IP 20 - UDP 8 - SPI and number 8 - IV 8 - ICV 16 = 1440, less 2 of trailer; UDP 8, L2TP 8, PPP 4
    (("transport", False,   GCM,    "esp",      False), 1440 - 2 - 8 - 8 - 4),
    (("tunnel",    False,   GCM,    "esp",      False), 1440 - 2 - 20 - 8 - 8 - 4),
    # IV 16, ICV 16: 1432, of which whole blocks of 16 are 1424
    (("transport", False,   CBC,    "esp",      False), 1424 - 2 - 20),
    # ICV 32: 1416, 1408
    (("transport", False,   SHA512, "esp",      False), 1408 - 2 - 20),
    (("none",      False,   GCM,    "none",     False), 1460),
    (("none",      True,    GCM,    "none",     True),  1456),
    # AH: 12 and an ICV of 16
    (("transport", False,   GCM,    "ah",       False), 1500 - 20 - 28 - 20),
]  # fmt: skip


@pytest.mark.parametrize(("line", "octets"), MTUS)
def test_mtu(line, octets):
    mode, libipsec, esp, protection, numbered = line
    profile = Profile("own", ("aes256-sha256-modp2048",), esp, ("sha256",))
    assert mtu.line_mtu(mode, libipsec, profile, protection, numbered) == octets
