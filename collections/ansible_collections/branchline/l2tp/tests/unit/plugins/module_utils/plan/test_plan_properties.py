"""What holds for every inventory: both ends agree, overlaps are found, and the time grows with the hosts."""

from __future__ import annotations

import itertools
import time

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.plan import addresses
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.addresses import Claim, Range
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.plan.inventories import (
    LNS1,
    X509,
    errors,
    many,
    planned,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

BRANCH = st.fixed_dictionaries(
    {},
    optional={
        "ike_version": st.sampled_from([1, 2]),
        "ike_auth": st.sampled_from(["psk", "x509"]),
        "profile": st.sampled_from(["compatible", "windows"]),
        "protection": st.sampled_from(["esp", "none"]),
        "sequencing": st.booleans(),
        "managed": st.booleans(),
        "secret_generation": st.integers(1, 3),
        "ipsec_backend": st.sampled_from(["libipsec", "kernel"]),
        "ppp_secret": st.just(True),
    },
)
NO_FACTS = None
CREDENTIALS = {name: value for name, value in X509.items() if name != "ike_auth"}


def inventory(branches):
    lns = {**LNS1, **CREDENTIALS, "ipsec_backend": "kernel"}
    return {
        "lns": {"lns1": lns},
        "branches": {f"b{number}": {**CREDENTIALS, **branch} for number, branch in enumerate(branches)},
    }


@settings(deadline=None, max_examples=60)
@given(st.lists(BRANCH, max_size=6))
def test_both_ends_agree(branches):
    made_from = inventory(branches)
    assume(not errors(made_from, NO_FACTS))
    made = planned(made_from, NO_FACTS)
    ends = {**made.hosts, **made.rendered}
    assert set(ends) == {"lns1", *made_from["branches"]}
    for line in made.lines:
        agree(line, ends[line["branch"]], ends["lns1"])
    assert set(all_references(ends)) == set(made.secrets)


def agree(line, branch, lns):
    client, server = branch["engine"]["lines"][line["name"]], lns["engine"]["lns"]
    user, peer = server["users"][client["user"]], server["peers"].get(branch["engine"]["host_name"])
    assert (user["secret"], user["line"], user["address"]) == (client["secret"], line["name"], client["address"])
    assert (peer or {"secret": None})["secret"] == client["tunnel_secret"]
    assert client["peer_host_name"] == lns["engine"]["host_name"]
    assert client["auth"] == server["auth"]
    assert client["mtu"] == line["mtu"] <= server["mtu"]
    assert {"address": client["lns"], "port": client["port"]} in server["listen"]
    assert (client["ipsec"] is None) == (line["protection"] == "none")
    if client["ipsec"] is not None:
        agree_in_ipsec(line, branch["ipsec"], lns["ipsec"])


def agree_in_ipsec(line, branch, lns):
    (initiator,) = branch["connections"]
    same = ("version", "auth", "proposals", "esp_proposals", "ah_proposals")
    alike = [one for one in lns["connections"] if all(one[key] == initiator[key] for key in same)]
    own = [one for one in alike if one["remote_id"] == initiator["local_id"]]  # which charon prefers
    (responder,) = own or [one for one in alike if one["remote_id"] is None]
    assert initiator["name"] == line["connection"]
    assert line["local_id"] in (initiator["local_id"], None)
    assert initiator["remote_id"] == responder["local_id"]
    assert initiator["remote_address"] == responder["local_address"]
    assert initiator["remote_ts"] == responder["local_ts"]
    assert initiator["local_ts"].startswith(responder["remote_ts"].rstrip("]"))
    assert (initiator["mode"], initiator["virtual_ip"]) == (line["mode"], line["mode"] == "tunnel")
    assert responder["mode"] == initiator["mode"]
    assert initiator["virtual_ip"] == (responder["pool"] is not None)
    assert responder["unique_marks"] or line["mode"] == "tunnel" or line["managed"][line["branch"]]
    assert all(secret in lns["secrets"] for secret in branch["secrets"])
    assert len(branch["secrets"]) == (line["auth"] == "psk")
    if line["auth"] == "x509":
        assert line["local_id"] in responder["remote_ids"]


def all_references(value):
    if isinstance(value, dict):
        if set(value) == {"$secret"}:
            yield value["$secret"]
        for inner in value.values():
            yield from all_references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from all_references(inner)


USES = ["branch", "lns", "pool"]
CLAIM = st.builds(
    lambda first, size, host, use: Claim(Range(first, first + size), host, "lans", use, ""),
    st.integers(0, 60),
    st.integers(0, 20),
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(USES),
)
SHARED = frozenset({"lns"})


def clash(one, other):
    """Overlap by the definition, pair by pair; two hosts may share what is in SHARED."""
    apart = one.range.last < other.range.first or other.range.last < one.range.first
    allowed = one.use == other.use and one.use in SHARED and one.host != other.host
    return not apart and not allowed


@settings(deadline=None)
@given(st.lists(CLAIM, max_size=12, unique=True))
def test_the_sweep_finds_what_comparing_all_pairs_finds(claims):
    found = list(addresses.overlaps(claims, SHARED))
    assert all(clash(one, other) for one, other in found)
    late = {later for one, other in itertools.combinations(sorted(claims), 2) if clash(one, other) for later in [other]}
    assert {later for _, later in found} == late


RANGES = [
    ("10.0.0.1", "10.0.0.1", 1),
    ("10.0.0.1-10.0.0.9", "10.0.0.1-10.0.0.9", 9),
    ("10.0.0.0/29", "10.0.0.1-10.0.0.6", 6),
    ("10.0.0.0/31", "10.0.0.0-10.0.0.1", 2),
    ("10.0.0.7/32", "10.0.0.7", 1),
]


@pytest.mark.parametrize(("text", "shown", "size"), RANGES)
def test_ranges(text, shown, size):
    read = addresses.pool_range(text)
    assert (str(read), read.size) == (shown, size)


def test_without():
    hole = addresses.address("10.0.0.4")
    assert [str(one) for one in addresses.without([addresses.pool_range("10.0.0.4-10.0.0.9")], hole)] == [
        "10.0.0.5-10.0.0.9"
    ]
    assert list(addresses.without([addresses.pool_range("10.0.0.4")], hole)) == []


def took(count):
    inventory = many(count)
    start = time.process_time()
    made = planned(inventory)
    assert len(made.lines) == count
    return time.process_time() - start


def test_ten_thousand_branches_in_seconds():
    assert took(10_000) < 10


def test_time_grows_with_the_branches():
    """The least of several times: a busy machine only ever makes them longer."""
    took(500)
    small, large = took(2_000), took(4_000)
    for _ in range(8):
        if large / small < 3:
            break
        small, large = min(small, took(2_000)), min(large, took(4_000))
    assert large / small < 3


def test_ten_thousand_mistakes_in_seconds():
    inventory = many(10_000)
    for branch in inventory["branches"].values():
        branch.update(lans=["10.128.0.0/16"], typo=1)
    start = time.process_time()
    assert len(errors(inventory)) == 19_999
    assert time.process_time() - start < 10
