"""Longest match over networks, against ipaddress itself."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from branchline.datapath.routes import RouteTable

ENTRIES = {"10.20.0.16/32": "a", "192.168.50.0/24": "b", "192.168.0.0/16": "c", "192.168.50.128/25": "d"}
FOUND = [
    ("10.20.0.16", "a"),
    ("10.20.0.17", None),
    ("192.168.50.1", "b"),
    ("192.168.50.200", "d"),
    ("192.168.51.1", "c"),
    ("8.8.8.8", None),
]


def packed(address: str) -> bytes:
    return ipaddress.IPv4Address(address).packed


@pytest.fixture
def table():
    table: RouteTable[str] = RouteTable()
    for network, value in ENTRIES.items():
        table.add(network, value)
    return table


@pytest.mark.parametrize(("address", "value"), FOUND)
def test_the_longest_network_wins(table, address, value):
    assert table.find(packed(address)) == value


def test_a_network_is_somebodys_once(table):
    with pytest.raises(ValueError, match="already routed"):
        table.add("192.168.0.0/16", "e")


def test_what_is_removed_is_not_found(table):
    for network in ENTRIES:
        table.remove(network)
    assert [table.find(packed(address)) for address, _ in FOUND] == [None] * len(FOUND)
    with pytest.raises(KeyError):
        table.remove("10.20.0.16/32")


NETWORKS = st.lists(
    st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(lambda p: ipaddress.IPv4Network(p, strict=False)),
    unique=True, max_size=12,
)  # fmt: skip


@given(NETWORKS, st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=8))
def test_it_agrees_with_a_search_of_all(networks, addresses):
    table: RouteTable[ipaddress.IPv4Network] = RouteTable()
    for network in networks:
        table.add(str(network), network)
    for number in addresses + [int(network[0]) for network in networks]:
        address = ipaddress.IPv4Address(number)
        holding = [network for network in networks if address in network]
        assert table.find(address.packed) == max(holding, key=lambda n: n.prefixlen, default=None)
