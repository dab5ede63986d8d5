"""Values and names of variables that nobody can read, and what is said about them."""

from __future__ import annotations

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.plan import kinds
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.plan.inventories import (
    SMALL,
    changed,
    errors,
    planned,
)

REFUSED = [
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
        (
            "lns1.branchline_ike_version: is a variable of branches and gateways and LACs; "
            "move it to the group variables of the branches and gateways and LACs"
        ),
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
]


@pytest.mark.parametrize(("changes", "line"), REFUSED, ids=[line.partition(";")[0][:70] for _, line in REFUSED])
def test_a_contradiction_is_the_only_error(changes, line):
    assert errors(changed(changes)) == [line]


def test_null_counts_as_not_set():
    assert planned(changed({"oslo": {"mtu": None, "psk": None, "lns": None}})).hosts == planned(SMALL).hosts


def test_a_secret_never_gets_into_an_error():
    assert "hunter2" not in "".join(errors(changed({"oslo": {"psk": ["hunter2"], "private_key": {"a": "hunter2"}}})))
