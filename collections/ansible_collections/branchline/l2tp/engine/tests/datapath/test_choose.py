"""Which data path a host gets, and the reason that its status gives; what cannot work is refused beforehand."""

from __future__ import annotations

import asyncio

import pytest
from tests.datapath.netlink import FakeNetlink

from branchline.config import InvalidConfigError, parse
from branchline.datapath import choose
from branchline.errors import ConfigError, LocalError

LACKS = "/dev/ppp: No such file or directory (module ppp_generic)"
CHOSEN = [
    # wanted   what the kernel lacks  name      the reason
    ("auto",   "",                    "kernel", "this kernel has L2TP and PPP"),
    ("auto",   LACKS,                 "tun",    LACKS),
    ("tun",    "",                    "tun",    "asked for"),
    ("tun",    LACKS,                 "tun",    "asked for"),
    ("kernel", "",                    "kernel", "asked for; this kernel has L2TP and PPP"),
]  # fmt: skip


@pytest.fixture
def removed(monkeypatch):
    """How often the kernel's table was taken away; none is really."""
    times = []
    monkeypatch.setattr(choose.kernel_table, "remove", lambda: times.append(None))
    return times


@pytest.mark.parametrize(("wanted", "lacks", "name", "reason"), CHOSEN)
def test_what_is_wanted_and_works_is_had(monkeypatch, removed, wanted, lacks, name, reason):
    async def scene():
        datapath, said = choose.choose(wanted, FakeNetlink())
        where = datapath.where("oslo-lns1")
        await datapath.close()
        return datapath.name, said, where.name, where.reason

    loaded = []
    monkeypatch.setattr(choose.kernel_table, "load", lambda: loaded.append(None))
    monkeypatch.setattr(choose, "obstacle", lambda: lacks)
    assert asyncio.run(scene()) == (name, reason, name, reason)
    assert len(loaded) == (name == "kernel")
    assert len(removed) == 1  # at the end of a run in the kernel, or at the start of one that is not


def test_a_forced_kernel_that_cannot_is_refused_before_anything_is_done(monkeypatch, removed):
    async def chosen():
        choose.choose("kernel", FakeNetlink())

    monkeypatch.setattr(choose, "obstacle", lambda: LACKS)
    with pytest.raises(ConfigError) as caught:
        asyncio.run(chosen())
    assert (caught.value.field, LACKS in caught.value.message, removed) == ("datapath", True, [])


def refuse(error: Exception):
    """A function that raises `error` whatever it is given."""

    def function(*_arguments, **_options):
        raise error

    return function


def test_each_thing_that_the_kernel_lacks_is_named(monkeypatch):
    class Sock:
        def close(self):
            """Nothing is open."""

    monkeypatch.setattr(choose.socket, "socket", refuse(OSError(97, "Address family not supported")))
    assert "modules pppox, l2tp_ppp" in choose.obstacle()
    monkeypatch.setattr(choose.socket, "socket", lambda *_: Sock())
    monkeypatch.setattr(choose.os, "open", refuse(OSError(2, "No such file or directory")))
    assert choose.obstacle() == LACKS
    monkeypatch.setattr(choose.os, "open", refuse(OSError(13, "Permission denied")))
    assert choose.obstacle() == "/dev/ppp: Permission denied"
    monkeypatch.setattr(choose.os, "open", lambda *_: -1)
    monkeypatch.setattr(choose.os, "close", lambda _: None)
    monkeypatch.setattr(choose.kernel_table, "check", refuse(LocalError("there is no nft", "install nftables")))
    assert choose.obstacle() == "there is no nft (install nftables)"
    monkeypatch.setattr(choose.kernel_table, "check", lambda: None)
    assert choose.obstacle() == ""


@pytest.mark.parametrize("wanted", ["fpga", "", None, 5])
def test_what_nobody_has_is_refused_by_the_configuration(wanted):
    with pytest.raises(InvalidConfigError, match="datapath"):
        parse({"version": 1, "host_name": "h", "datapath": wanted})
