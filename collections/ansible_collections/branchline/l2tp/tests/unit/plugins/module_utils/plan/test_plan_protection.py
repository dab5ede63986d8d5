"""MTU, profiles, IKE and secrets that contradict each other, and what is merely warned about."""

from __future__ import annotations

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.compute import plan
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import PlanErrors
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.plan.inventories import (
    CERTIFICATE,
    LAB,
    SMALL,
    changed,
    errors,
    intent,
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
        {"oslo": {"ipsec_mode": "transport"}},
        (
            "oslo.branchline_ipsec_mode: is transport, which kernel-libipsec refuses "
            "(oslo: libipsec, its kernel lacks ESP; lns1: libipsec, its kernel lacks ESP); "
            "set it to tunnel, or both ends' ipsec_backend to kernel"
        ),
    ),
    (
        {"oslo": {"protection": "esp+ah", "behind_nat": True}},
        (
            "oslo.branchline_protection: esp+ah cannot pass the NAT that branchline_behind_nat tells of: "
            "AH covers the addresses; use esp"
        ),
    ),
    (
        {"oslo": {"protection": "esp+ah", "ipsec_mode": "tunnel"}},
        "oslo.branchline_ipsec_mode: is tunnel, and ESP within AH is in transport mode; remove it",
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


def test_ah_needs_a_kernel_that_has_it():
    inventory = changed({"oslo": {"protection": "ah"}})
    known = {host: {"kernel_esp": True, "kernel_ah": host != "lns1"} for host in ("lns1", "oslo", "lyon")}
    with pytest.raises(PlanErrors, match="ah needs the kernel's, and that of lns1 has none"):
        plan(intent(inventory), known)


def ah_warnings(**oslo):
    warnings = planned(changed({"oslo": oslo}), kernel_esp=True).warnings
    return [line.partition("branchline_protection: ")[2] for line in warnings]


def test_what_ah_lacks_is_said():
    assert ah_warnings(protection="ah") == ["ah does not encrypt and no NAT lets ah through; use esp"]
    assert ah_warnings(protection="ah", behind_nat=False) == ["ah does not encrypt; use esp"]
    assert ah_warnings(protection="esp+ah") == ["no NAT lets ah through; use esp"]
    assert ah_warnings(protection="esp+ah", behind_nat=False) == []


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
