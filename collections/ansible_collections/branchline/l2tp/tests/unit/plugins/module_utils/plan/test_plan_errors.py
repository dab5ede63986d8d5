"""Inventories that contradict themselves, and what is said about it: host, variable, problem, remedy."""

from __future__ import annotations

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.plan import checks, intent, kinds
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import Finding, PlanErrors, Report
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.plan.inventories import (
    CERTIFICATE,
    LAB,
    LNS1,
    SMALL,
    changed,
    errors,
    planned,
)
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.plan.inventories import intent as intent_of

LNS2 = {**LNS1, "address": "203.0.113.11", "ppp_address": "10.21.0.1", "pools": {"branches": ["10.21.0.2-10.21.0.9"]}}
OWN = {"lns": "lns1"}

REFUSED = [
    # The ends of a line.
    ({"oslo": {"lns": "lns9"}}, "oslo.branchline_lns: unknown LNS 'lns9'; name a host of the group of LNSs (lns1)"),
    (
        {"lns2": LNS2, "lyon": OWN},
        (
            "oslo.branchline_lns: is missing, and there is not exactly one LNS; "
            "name a host of the group of LNSs (lns1, lns2)"
        ),
    ),
    (
        {"lns1": {"address": None}},
        (
            "lns1.branchline_address: is missing; set it (IPv4 address). "
            "The LNS's outer address: branches send IKE, ESP and L2TP there."
        ),
    ),
    (
        {"lns2": {**LNS2, "address": "203.0.113.10"}, "oslo": OWN, "lyon": OWN},
        "lns2.branchline_address: address '203.0.113.10' is that of lns1 already; give each host its own",
    ),
    # Addresses.
    (
        {"lyon": {"lans": ["192.168.50.128/25"]}},
        (
            "lyon.branchline_lans: 192.168.50.128/25 overlaps 192.168.50.0/24 of oslo.branchline_lans; "
            "give each its own addresses"
        ),
    ),
    (
        {"lyon": {"lans": ["10.10.0.128/25"]}},
        (
            "lyon.branchline_lans: 10.10.0.128/25 overlaps 10.10.0.0/24 of lns1.branchline_lans; "
            "give each its own addresses"
        ),
    ),
    (
        {"lyon": {"lans": ["10.20.0.64/26"]}},
        (
            "lyon.branchline_lans: 10.20.0.64/26 overlaps branches 10.20.0.16-10.20.0.127 of lns1.branchline_pools; "
            "give each its own addresses"
        ),
    ),
    (
        {"lyon": {"lans": ["10.99.0.8/29"]}},
        (
            "lyon.branchline_lans: 10.99.0.8/29 overlaps 10.99.0.0/24 of lns1.branchline_vip_pool; "
            "give each its own addresses"
        ),
    ),
    (
        {"lns1": {"pools": {"branches": ["10.20.0.16-10.20.0.31"], "guests": ["10.20.0.30-10.20.0.40"]}}}
        | {"oslo": {"pool": "branches"}, "lyon": {"pool": "branches"}},
        (
            "lns1.branchline_pools: guests 10.20.0.30-10.20.0.40 overlaps branches 10.20.0.16-10.20.0.31 of "
            "lns1.branchline_pools; give each its own addresses"
        ),
    ),
    (
        {"lns2": {**LNS2, "pools": {"b": ["10.20.0.100-10.20.0.110"]}}, "oslo": OWN, "lyon": OWN},
        (
            "lns2.branchline_pools: b 10.20.0.100-10.20.0.110 overlaps branches 10.20.0.16-10.20.0.127 of "
            "lns1.branchline_pools; give each its own addresses"
        ),
    ),
    (
        {"oslo": {"fixed_address": "10.20.0.200"}},
        (
            "oslo.branchline_fixed_address: 10.20.0.200 is outside pool 'branches' of lns1; "
            "choose one of the pool, or extend the pool"
        ),
    ),
    (
        {"oslo": {"fixed_address": "10.20.0.1"}},
        "oslo.branchline_fixed_address: 10.20.0.1 is the LNS's own (lns1); choose another one",
    ),
    (
        {"oslo": {"fixed_address": "10.20.0.20"}, "lyon": {"fixed_address": "10.20.0.20"}},
        "lyon.branchline_fixed_address: fixed address '10.20.0.20' is that of oslo already; give each host its own",
    ),
    (
        {"lns1": {"pools": {"branches": ["10.20.0.1-10.20.0.2"]}}},
        "lns1.branchline_pools: pool 'branches' has 1 addresses for 2 lines; make it larger",
    ),
    (
        {"lns1": {"vip_pool": "10.99.0.0/32"}},
        "lns1.branchline_vip_pool: 10.99.0.0/32 has 1 virtual IPs for 2 lines in tunnel mode; make it larger",
    ),
    (
        {"oslo": {"pool": "guests"}},
        "oslo.branchline_pool: unknown pool 'guests' of lns1; name one of its pools (branches)",
    ),
    (
        {"lns1": {"pools": {"a": ["10.20.0.16"], "b": ["10.20.0.17"]}}, "lyon": {"pool": "a"}},
        "oslo.branchline_pool: is missing, and lns1 has several; name one of its pools (a, b)",
    ),
    (
        {"oslo": {"probe": "192.168.51.1"}},
        "oslo.branchline_probe: 192.168.51.1 is in none of its lans; name a host of its lans that answers ping",
    ),
    # Names.
    (
        {"oslo": {"line": "north"}, "lyon": {"line": "north"}},
        "lyon.branchline_line: name of a line 'north' is that of oslo already; give each host its own",
    ),
    (
        {"oslo": {"id": "lyon"}},
        "lyon.branchline_id: IKE identity 'lyon' is that of oslo already; give each host its own",
    ),
    (
        {"oslo": {"id": "lns1"}},
        "oslo.branchline_id: IKE identity 'lns1' is that of lns1 already; give each host its own",
    ),
    (
        {"oslo": {"interface": "a-name-with-16ch"}},
        (
            "oslo.branchline_interface: 'a-name-with-16ch' is not an interface name of at most 15 letters, digits, "
            "'.', '_' or '-'; write an interface name of at most 15 letters, digits, '.', '_' or '-'"
        ),
    ),
    (
        {"oslo": {"interface": "ipsec0"}},
        "oslo.branchline_interface: 'ipsec0' is an interface that is not Branchline's; choose another name",
    ),
    # Variables.
    (
        {"oslo": {"fixed_adress": "10.20.0.20"}},
        "oslo.branchline_fixed_adress: is not a variable of Branchline; did you mean branchline_fixed_address?",
    ),
    (
        {"oslo": {"zzz": 1}},
        "oslo.branchline_zzz: is not a variable of Branchline; remove it; docs/intent.md lists all of them",
    ),
    (
        {"oslo": {"pools": {}}},
        "oslo.branchline_pools: is a variable of LNSs; move it to the group variables of the LNSs",
    ),
    (
        {"lns1": {"ike_version": 2}},
        "lns1.branchline_ike_version: is a variable of branches; move it to the group variables of the branches",
    ),
    # Types.
    (
        {"lns1": {"address": "203.0.113.256"}},
        "lns1.branchline_address: '203.0.113.256' is not an IPv4 address; write four numbers, as in 203.0.113.10",
    ),
    (
        {"oslo": {"lans": ["192.168.50.1/24"]}},
        "oslo.branchline_lans: '192.168.50.1/24' has host bits set; did you mean 192.168.50.0/24?",
    ),
    (
        {"oslo": {"lans": "192.168.50.0/24"}},
        "oslo.branchline_lans: '192.168.50.0/24' is not a list; write a list of networks, as in [...]",
    ),
    (
        {"oslo": {"lans": ["192.168.50.0"]}},
        (
            "oslo.branchline_lans: '192.168.50.0' is not a network in CIDR notation; "
            "write address/length, as in 192.168.50.0/24"
        ),
    ),
    (
        {"oslo": {"lans": ["192.168.50.0/33"]}},
        "oslo.branchline_lans: '192.168.50.0/33' is not an IPv4 network; write address/length, as in 192.168.50.0/24",
    ),
    (
        {"lns1": {"pools": {"branches": ["10.20.0.9-10.20.0.3"]}}},
        "lns1.branchline_pools: '10.20.0.9-10.20.0.3' ends before it begins; did you mean 10.20.0.3-10.20.0.9?",
    ),
    (
        {"lns1": {"pools": {"branches": []}}},
        "lns1.branchline_pools: a pool without addresses; give each pool at least one range, network or address",
    ),
    (
        {"lns1": {"pools": ["10.20.0.9"]}},
        "lns1.branchline_pools: list is not a mapping; write pools as in {branches: [10.20.0.16-10.20.0.127]}",
    ),
    (
        {"lns1": {"dns": ["10.0.0.1", "10.0.0.2", "10.0.0.3"]}},
        "lns1.branchline_dns: 3 DNS servers; give at most two: IPCP has a primary and a secondary one (RFC 1877)",
    ),
    (
        {"lns1": {"ppp_auth": ["mschapv1"]}},
        "lns1.branchline_ppp_auth: 'mschapv1' is not one of mschapv2, chap-md5, pap; write one of these words",
    ),
    (
        {"lns1": {"ppp_auth": []}},
        "lns1.branchline_ppp_auth: is empty, or has a word twice; write some of mschapv2, chap-md5, pap, best first",
    ),
    (
        {"oslo": {"default_route": "maybe"}},
        "oslo.branchline_default_route: 'maybe' is not a boolean; write true or false",
    ),
    (
        {"oslo": {"ike_version": 3}},
        "oslo.branchline_ike_version: 3 is not a whole number from 1 to 2; write such a number",
    ),
    ({"oslo": {"mtu": True}}, "oslo.branchline_mtu: True is not a whole number from 576 to 1500; write such a number"),
    (
        {"oslo": {"id": '"quoted"'}},
        (
            "oslo.branchline_id: '\"quoted\"' is not an IKE identity (host name, address, user@host or DN); "
            "write an IKE identity (host name, address, user@host or DN)"
        ),
    ),
    (
        {"oslo": {"certificate": "no PEM"}},
        (
            "oslo.branchline_certificate: is not a certificate in PEM; "
            "give the PEM text itself or the path of its file on the controller"
        ),
    ),
    (
        {"oslo": {"mtu": kinds.Unreadable("cannot be templated ('nope' is undefined)")}},
        "oslo.branchline_mtu: cannot be templated ('nope' is undefined); mend the template or the file that it names",
    ),
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
            "(oslo: kernel lacks ESP; lns1: kernel lacks ESP); set branchline_ipsec_backend of oslo to kernel, and "
            "serve it from an LNS whose kernel has ESP"
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


ALONE = [
    row for row in REFUSED if "pools" not in str(row[0]) and "x509" not in str(row[0]) and "des-" not in str(row[0])
]


@pytest.mark.parametrize(("changes", "line"), ALONE, ids=[line.partition(";")[0][:70] for _, line in ALONE])
def test_one_mistake_is_one_error(changes, line):
    assert errors(changed(changes)) == [line]


def test_every_error_at_once():
    together = {
        "lns1": {"dns": "10.0.0.1", "probe": "10.11.0.1"},
        "oslo": {"mtu": "big", "fixed_address": "10.30.0.1", "lans": ["10.10.0.0/28"], "typo": 1},
        "lyon": {"lns": "lns9", "id": "oslo"},
    }
    found = {line.partition(":")[0] for line in errors(changed(together))}
    assert found == {
        *("lns1.branchline_dns", "lns1.branchline_probe", "oslo.branchline_mtu", "oslo.branchline_fixed_address"),
        *("oslo.branchline_lans", "oslo.branchline_typo", "lyon.branchline_lns", "lyon.branchline_id"),
    }


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


def test_a_host_cannot_be_both():
    both = {"lns": SMALL["lns"], "branches": SMALL["lns"]}
    assert errors(both) == [
        "lns1.branchline_groups: is in the group of LNSs and in that of branches; leave it in one of them"
    ]


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


def test_null_counts_as_not_set():
    assert planned(changed({"oslo": {"mtu": None, "psk": None, "lns": None}})).hosts == planned(SMALL).hosts


def test_a_secret_never_gets_into_an_error():
    assert "hunter2" not in "".join(errors(changed({"oslo": {"psk": ["hunter2"], "private_key": {"a": "hunter2"}}})))


def test_errors_are_sorted_and_unique():
    one, two = Finding("b", "mtu", "x", "y"), Finding("a", "mtu", "x", "y")
    assert PlanErrors([one, two, one]).errors == [two, one]


def test_checks_can_be_run_alone():
    report = Report()
    checks.check(intent.read(intent_of(SMALL), report), [], report)
    assert report.errors == []
