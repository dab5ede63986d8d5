"""Which data path a host gets, and the reason that its status gives."""

from __future__ import annotations

import asyncio

import pytest
from tests.datapath.netlink import FakeNetlink

from branchline.config import InvalidConfigError, parse
from branchline.datapath.choose import choose

CHOSEN = [
    # wanted  name   a part of the reason
    ("auto", "tun", "user space"),
    ("tun", "tun", "asked for"),
]


@pytest.mark.parametrize(("wanted", "name", "words"), CHOSEN)
def test_what_is_wanted_is_had(wanted, name, words):
    async def scene():
        datapath, reason = choose(wanted, FakeNetlink())
        await datapath.close()
        return datapath.name, reason

    chosen, reason = asyncio.run(scene())
    assert (chosen, words in reason) == (name, True)


@pytest.mark.parametrize("wanted", ["kernel", "fpga", "", None, 5])
def test_what_this_version_does_not_have_is_refused_by_the_configuration(wanted):
    with pytest.raises(InvalidConfigError, match="datapath"):
        parse({"version": 1, "host_name": "h", "datapath": wanted})
