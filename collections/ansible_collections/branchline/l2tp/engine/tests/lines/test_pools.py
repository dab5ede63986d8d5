"""Pools: each address to one holder, given back, remembered, and told clearly when there is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from branchline.errors import LocalError
from branchline.lines.pools import Pool, expand

EXPANDED = [
    ("10.0.0.1", ["10.0.0.1"]),
    ("10.0.0.254-10.0.1.1", ["10.0.0.254", "10.0.0.255", "10.0.1.0", "10.0.1.1"]),
    ("10.0.0.0/30", ["10.0.0.1", "10.0.0.2"]),
    ("10.0.0.0/31", ["10.0.0.0", "10.0.0.1"]),
]


@pytest.mark.parametrize(("text", "addresses"), EXPANDED)
def test_ranges_mean(text, addresses):
    assert expand(text) == addresses


def test_reserved_addresses_are_not_given():
    pool = Pool("p", ["10.0.0.1-10.0.0.3"], frozenset({"10.0.0.2"}))
    assert [pool.take("a"), pool.take("b")] == ["10.0.0.1", "10.0.0.3"]


def test_an_empty_pool_says_so_by_name():
    pool = Pool("branches", ["10.0.0.1"], frozenset())
    pool.take("a")
    with pytest.raises(LocalError, match="pool branches is empty: all 1 addresses"):
        pool.take("b")


def test_a_holder_gets_its_last_address_again():
    pool = Pool("p", ["10.0.0.1-10.0.0.9"], frozenset())
    first = pool.take("a")
    pool.take("b")
    pool.give_back(first)
    assert pool.take("a") == first


def test_the_longest_free_address_goes_first():
    pool = Pool("p", ["10.0.0.1-10.0.0.2"], frozenset())
    pool.give_back(pool.take("a"))
    assert pool.take("b") == "10.0.0.2"


def test_giving_back_twice_or_a_strangers_changes_nothing():
    pool = Pool("p", ["10.0.0.1"], frozenset())
    address = pool.take("a")
    for back in (address, address, "10.9.9.9"):
        pool.give_back(back)
    assert pool.state().used == 0
    assert pool.take("b") == address


def test_a_pool_made_anew_keeps_what_is_held():
    pool = Pool("p", ["10.0.0.1-10.0.0.2"], frozenset())
    pool.hold("10.0.0.1", "a")
    pool.hold("10.9.9.9", "b")
    assert pool.take("c") == "10.0.0.2"
    pool.give_back("10.0.0.1")
    assert pool.take("d") == "10.0.0.1"


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans())))
def test_no_address_leaks_or_is_given_twice(steps):
    pool, held = Pool("p", ["10.0.0.0/29"], frozenset()), {}
    for holder, takes in steps:
        if takes and holder not in held:
            held[holder] = pool.take(holder)
        elif not takes and holder in held:
            pool.give_back(held.pop(holder))
        assert len(set(held.values())) == len(held)
        assert pool.state().used == len(held)
