"""MTU, profiles, IKE and secrets that contradict each other, and what is merely warned about."""

from __future__ import annotations

import pytest
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.plan.inventories import (
    CERTIFICATE,
    LAB,
    SMALL,
    changed,
    errors,
    planned,
)

REFUSED = [
    # MTU.
    (
        {"oslo": {"mtu": 1400}},
        (
            "oslo.branchline_mtu: is 1400, but the line carries 1360: libipsec truncates longer packets; "
            "set at most 1360, or remove it"
        ),
    ),
    (
        {"lns1": {"mtu": 1300}, "oslo": {"mtu": 1350}},
        "oslo.branchline_mtu: is 1350, above the 1300 of the LNS's interface; set at most 1300",
    ),
    # IPsec.
    (
        {"oslo": {"profile": "ancient"}},
        (
            "oslo.branchline_profile: unknown profile 'ancient'; "
            "choose one of modern, compatible, windows, or define it in branchline_profiles"
        ),
    ),
    (
        {"oslo": {"profile": "modern", "ike_version": 1}},
        (
            "oslo.branchline_profile: 'modern' has only AEAD ciphers for IKE, which IKEv1 lacks; "
            "set compatible or windows for this branch, or IKE version 2"
        ),
    ),
    (
        {"oslo": {"psk": True, "ike_version": 1}},
        (
            "oslo.branchline_psk: IKEv1 main mode cannot select a key of the branch's own; "
            "set it to null here; the shared one is lns1.branchline_ikev1_psk"
        ),
    ),
    (
        {"oslo": {"ipsec_backend": "kernel"}},
        (
            "oslo.branchline_ipsec_backend: is kernel, but the kernel of the host has no ESP; "
            "set it to auto or libipsec, or give the host a kernel with CONFIG_INET_ESP"
        ),
    ),
    (
        {"oslo": {"protection": "esp+ah"}},
        "oslo.branchline_protection: charon negotiates ESP or AH for a child SA, never both; use esp",
    ),
    (
        {"lns1": {"profiles": {"own": {"ike": ["des-md5-modp768"], "esp": ["aes256-sha1"]}}}},
        (
            "lns1.branchline_profiles: profile 'own', ike proposal 'des-md5-modp768': md5 is a MUST NOT of RFC 8247; "
            "take one of RFC 8221 or RFC 8247 that is at least MAY"
        ),
    ),
    (
        {"lns1": {"profiles": {"modern": {"ike": ["aes256-sha1-modp2048"], "esp": ["aes256-sha1"]}}}},
        "lns1.branchline_profiles: 'modern' is the name of a built-in profile; give yours another name",
    ),
    (
        {"lns1": {"profiles": {"own": {"ikev2": []}}}},
        "lns1.branchline_profiles: profile own has ['ikev2']; only ike, esp and ah are known",
    ),
    (
        {"oslo": {"profile": "windows", "ike_version": 1, "managed": False}},
        (
            "oslo.branchline_profile: Windows needs transport mode, and the line has tunnel mode with a virtual IP "
            "(oslo: libipsec, its kernel lacks ESP; lns1: libipsec, its kernel lacks ESP); "
            "set branchline_ipsec_backend of oslo to kernel, and serve it from an LNS whose kernel has ESP"
        ),
    ),
    (
        {"lns1": {"certificate": CERTIFICATE, "ca": CERTIFICATE}, "oslo": {"ike_auth": "x509", "ca": CERTIFICATE}},
        (
            "lns1.branchline_private_key: is missing, and a line of the host uses x509; "
            "set it: PEM text or a path on the controller"
        ),
    ),
]


@pytest.mark.parametrize(("changes", "line"), REFUSED, ids=[line.partition(";")[0][:70] for _, line in REFUSED])
def test_a_contradiction_is_named(changes, line):
    assert line in errors(changed(changes))


def test_missing_secrets_when_none_are_generated():
    found = errors(changed({"oslo": {"psk": True, "tunnel_secret": True}, "lyon": {"ike_version": 1}}), store=False)
    remedy = "is missing, and the generated store is off; set it (ansible-vault)"
    assert found == [
        f"lns1.branchline_ikev1_psk: {remedy}",
        f"lyon.branchline_ppp_secret: {remedy}",
        f"lyon.branchline_tunnel_secret: {remedy}",
        f"oslo.branchline_ppp_secret: {remedy}",
    ]


def test_ah_needs_the_kernel_at_both_ends():
    inventory = changed({"oslo": {"protection": "ah"}})
    assert [line.partition(";")[0] for line in errors(inventory)] == [
        "oslo.branchline_protection: ah needs the kernel's IPsec, and lns1 has libipsec",
        "oslo.branchline_protection: ah needs the kernel's IPsec, and oslo has libipsec",
    ]
    assert errors(inventory, kernel_esp=True) == []


WARNED = [
    ({"oslo": {"ike_version": 1}}, "oslo.branchline_ike_version: IKEv1 is deprecated (RFC 9395); use IKEv2 wherever"),
    ({"oslo": {"ike_version": 1}}, "lns1.branchline_ikev1_psk: all IKEv1 PSK branches share this key"),
    ({"oslo": {"protection": "none"}}, "oslo.branchline_protection: none: the line is not encrypted, and lns1 takes"),
    (
        {"lns1": {"profiles": {"own": {"ike": ["aes256-sha1-modp1024"], "esp": ["3des-sha1"]}}}},
        "lns1.branchline_profiles: profile 'own', esp proposal '3des-sha1': 3des is a SHOULD NOT of RFC 8221",
    ),
]


@pytest.mark.parametrize(("changes", "start"), WARNED)
def test_what_should_not_stay_is_warned_about(changes, start):
    assert [line for line in planned(changed(changes)).warnings if line.startswith(start)]


def test_nothing_is_said_about_what_is_right():
    assert planned(SMALL).warnings == []


def test_one_warning_for_all_hosts_that_share_it():
    warnings = planned(changed({"oslo": {"ike_version": 1}, "lyon": {"ike_version": 1}}, LAB)).warnings
    assert [line.partition(":")[0] for line in warnings] == [
        "lns1.branchline_ikev1_psk",
        "lyon.branchline_ike_version (and on 2 more hosts)",
    ]
