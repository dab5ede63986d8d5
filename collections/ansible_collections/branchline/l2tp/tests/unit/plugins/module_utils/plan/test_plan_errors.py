"""Inventories that contradict themselves, and what is said about it: host, variable, problem, remedy."""

from __future__ import annotations

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.plan import checks, intent
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import Finding, PlanErrors, Report
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.plan.inventories import (
    LNS1,
    SMALL,
    changed,
    errors,
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
            "The host's outer address: callers send IKE, ESP and L2TP there."
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
]


@pytest.mark.parametrize(("changes", "line"), REFUSED, ids=[line.partition(";")[0][:70] for _, line in REFUSED])
def test_a_contradiction_is_named(changes, line):
    assert line in errors(changed(changes))


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


def test_a_host_cannot_be_both():
    both = {"lns": SMALL["lns"], "branches": SMALL["lns"]}
    assert errors(both) == [
        "lns1.branchline_groups: is in the group of LNSs and in that of branches; leave it in one of them"
    ]


def test_errors_are_sorted_and_unique():
    one, two = Finding("b", "mtu", "x", "y"), Finding("a", "mtu", "x", "y")
    assert PlanErrors([one, two, one]).errors == [two, one]


def test_checks_can_be_run_alone():
    report = Report()
    checks.check(intent.read(intent_of(SMALL), report), [], report)
    assert report.errors == []
