"""Who gets which address at an LNS, and what stays when its configuration changes."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from tests.lines.world import LNS

from branchline.config import Lns, parse
from branchline.errors import LocalError
from branchline.lines.addresses import Addresses

USERS: dict[str, dict[str, Any]] = {
    "fixed": {"secret": "s", "address": "10.20.0.17"},
    "both": {"secret": "s", "address": "10.20.0.200", "pool": "branches"},
    "first": {"secret": "s", "pool": "branches"},
    "second": {"secret": "s", "pool": "branches"},
    "third": {"secret": "s", "pool": "branches"},
}


def lns(users=None, **pools: list[str]) -> Lns:
    document = copy.deepcopy(LNS)
    document["lns"]["listen"] = [{"address": "127.0.0.1"}]
    document["lns"].update(users=users or USERS, pools=pools or {"branches": ["10.20.0.16-10.20.0.18"]})
    config = parse(document).lns
    assert config is not None
    return config


def taken(addresses: Addresses, config: Lns, *names: str) -> list[str]:
    return [addresses.take(config.users[name]) for name in names]


def used(addresses: Addresses) -> dict[str, tuple[int, int, int]]:
    return {pool["name"]: (pool["size"], pool["used"], pool["free"]) for pool in addresses.status()}


def test_a_users_own_address_comes_first_and_is_nobody_elses():
    config = lns()
    addresses = Addresses(config)
    assert taken(addresses, config, "first", "second", "fixed", "both") == [
        "10.20.0.16", "10.20.0.18", "10.20.0.17", "10.20.0.200",
    ]  # fmt: skip
    assert used(addresses) == {"branches": (3, 3, 0)}


def test_the_lns_never_gives_its_own_away():
    config = lns(branches=["10.20.0.1-10.20.0.2"])
    addresses = Addresses(config)
    assert taken(addresses, config, "first") == ["10.20.0.2"]


def test_an_empty_pool_is_named_and_what_comes_back_is_given_again():
    config = lns()
    addresses = Addresses(config)
    taken(addresses, config, "first", "second")
    with pytest.raises(LocalError, match="pool branches is empty"):
        addresses.take(config.users["third"])
    addresses.give_back("10.20.0.18")
    assert taken(addresses, config, "third") == ["10.20.0.18"]


@pytest.mark.parametrize("address", [None, "10.20.0.16", "10.20.0.17", "203.0.113.1"])
def test_giving_back_what_nobody_holds_changes_nothing(address):
    addresses = Addresses(lns())
    before = used(addresses)
    addresses.give_back(address)
    assert used(addresses) == before


def test_holders_keep_theirs_under_another_configuration():
    config = lns()
    addresses = Addresses(config)
    taken(addresses, config, "first", "fixed")
    wider = lns(branches=["10.20.0.16-10.20.0.19"])
    renewed = addresses.renewed(wider)
    assert taken(renewed, wider, "second", "third") == ["10.20.0.18", "10.20.0.19"]
    renewed.give_back("10.20.0.16")
    assert taken(renewed, wider, "first") == ["10.20.0.16"]


def test_an_address_that_left_the_pools_is_not_missed():
    config = lns()
    addresses = Addresses(config)
    taken(addresses, config, "first")
    moved = lns(branches=["10.30.0.1-10.30.0.2"])
    renewed = addresses.renewed(moved)
    assert used(renewed) == {"branches": (2, 0, 2)}
    renewed.give_back("10.20.0.16")
    assert used(renewed) == {"branches": (2, 0, 2)}


def test_a_fixed_address_that_became_a_pools_is_held_there():
    config = lns()
    addresses = Addresses(config)
    taken(addresses, config, "fixed")
    free = lns({"first": USERS["first"], "fixed": {"secret": "s", "pool": "branches"}})
    renewed = addresses.renewed(free)
    assert used(renewed) == {"branches": (3, 1, 2)}
    renewed.give_back("10.20.0.17")
    assert used(renewed) == {"branches": (3, 0, 3)}


def test_several_pools_are_told_apart():
    users = {"a": {"secret": "s", "pool": "red"}, "b": {"secret": "s", "pool": "blue"}}
    config = lns(users, red=["10.0.1.1"], blue=["10.0.2.1-10.0.2.2"])
    addresses = Addresses(config)
    assert taken(addresses, config, "a", "b") == ["10.0.1.1", "10.0.2.1"]
    addresses.give_back("10.0.1.1")
    assert used(addresses) == {"red": (1, 0, 1), "blue": (2, 1, 1)}
