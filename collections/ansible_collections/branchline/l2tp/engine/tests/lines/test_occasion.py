"""Lines that dial on demand or have hours, over loopback: no packet is lost, and nobody hangs up who is needed."""

from __future__ import annotations

import asyncio
import copy
from datetime import datetime, timedelta

import pytest
from tests.aio.charon import FakeCharon
from tests.lines.world import BRANCH, LNS, World, changed

from branchline.errors import ConfigError, LocalError
from branchline.lines import occasion

ADDRESS = "10.20.0.17"
LINE = "oslo-lns1"
MONDAY = datetime(2027, 1, 4, 12, 0)
WORK = [{"days": ["mon"], "from": "08:00", "to": "18:00"}]


def packet(number: int) -> bytes:
    """A packet from the branch to the LNS's LAN, with its number."""
    header = "4500001c000000004001000a0a140011 0a0a000a 0800f7ff".replace(" ", "")
    return bytes.fromhex(header) + number.to_bytes(4, "big")


def world(tmp_path, **dial) -> World:
    """Both hosts, the branch's line with this section `dial`."""
    branch = changed(changed(BRANCH, f"lines/{LINE}/address", ADDRESS), f"lines/{LINE}/dial", dial)
    return World(tmp_path, changed(LNS, "lns/users/oslo/address", ADDRESS), branch)


def on_demand(tmp_path, **more) -> World:
    return world(tmp_path, when="demand", **more)


class Wall:
    """The clock on the wall, which tests set; engines look at it often."""

    def __init__(self, monkeypatch, now: datetime) -> None:
        self.now = now
        monkeypatch.setattr(occasion, "wall_clock", lambda: self.now)
        monkeypatch.setattr(occasion, "LOOK", 0.05)


async def state(world: World, wanted: str) -> None:
    await world.until(lambda: world.line()["state"] == wanted)


def told(world: World, event: str) -> list[str | None]:
    """The reasons of the events of this name."""
    return [each.get("reason") for each in world.events["oslo"] if each["event"] == event]


def arrived(world: World) -> list[bytes]:
    return world.path("lns1").delivered.get(LINE, [])


def test_the_first_packets_dial_and_none_is_lost(tmp_path):
    async def scene(world):
        await state(world, "waiting")
        line = world.line()
        assert (line["address"], line["interface"], line["dial"]["waiting"]) == (ADDRESS, LINE, 0)
        assert world.line("lns1")["state"] == "down"
        for number in range(3):
            world.path("oslo").arrived(LINE, packet(number))
        await world.opened()
        world.path("oslo").arrived(LINE, packet(3))
        await world.until(lambda: len(arrived(world)) == 4)
        assert arrived(world) == [packet(number) for number in range(4)]
        assert world.line()["counters"]["tx_dropped"] == 0

    on_demand(tmp_path).run(scene)


def test_an_idle_line_hangs_up_politely_and_dials_again_with_the_same_device(tmp_path):
    async def scene(world):
        for round_ in range(2):
            await state(world, "waiting")
            world.path("oslo").arrived(LINE, packet(round_))
            await world.until(lambda: len(told(world, "hung-up")) == round_ + 1)  # noqa: B023 - called in this round
            await world.until(lambda: world.line("lns1")["state"] == "down")
            assert "no longer wanted" in world.line("lns1")["last_error"]["what"]
        assert arrived(world) == [packet(0), packet(1)]
        assert told(world, "hung-up") == ["nothing has passed for 0.3 s"] * 2
        assert (told(world, "down"), world.line()["last_error"]) == ([], None)
        calls = world.path("oslo").calls
        assert (calls.count(("keep", LINE)), calls.count(("forget", LINE))) == (1, 0)

    on_demand(tmp_path, idle=0.3).run(scene)


def test_a_packet_in_the_moment_of_the_goodbye_dials_again(tmp_path):
    async def scene(world):
        await state(world, "waiting")
        world.path("oslo").arrived(LINE, packet(0))
        await world.opened()
        world.hosts["oslo"].hang_up(LINE)
        await world.until(lambda: not world.path("oslo").kept[LINE].carried)
        world.path("oslo").arrived(LINE, packet(1))
        await world.until(lambda: told(world, "hung-up"))
        await world.until(lambda: arrived(world) == [packet(0), packet(1)])
        assert told(world, "hung-up") == ["asked to hang up"]

    on_demand(tmp_path).run(scene)


def test_people_dial_and_hang_up(tmp_path):
    async def scene(world):
        await state(world, "waiting")
        world.hosts["oslo"].hang_up(LINE)  # does nothing
        world.hosts["oslo"].dial(LINE)
        await world.opened()
        world.hosts["oslo"].reconnect(LINE)
        await world.until(lambda: "asked to reconnect" in told(world, "down"))
        await world.opened()
        world.hosts["oslo"].hang_up(LINE)
        await state(world, "waiting")
        with pytest.raises(KeyError):
            world.hosts["oslo"].dial("elsewhere")

    on_demand(tmp_path).run(scene)


def test_a_line_that_is_always_open_cannot_be_hung_up(tmp_path):
    async def scene(world):
        await world.opened()
        with pytest.raises(ConfigError, match="always open"):
            world.hosts["oslo"].hang_up(LINE)
        world.hosts["oslo"].dial(LINE)
        assert (world.line()["state"], world.line()["dial"]) == ("open", None)

    world(tmp_path).run(scene)


def test_a_packet_waits_while_dials_fail(tmp_path):
    """The LNS gives another address than the fixed one, until that is mended."""

    async def scene(world):
        await state(world, "waiting")
        world.path("oslo").arrived(LINE, packet(0))
        await world.until(lambda: world.line()["attempts"] > 1)
        assert ADDRESS in world.line()["last_error"]["what"]
        assert world.path("oslo").waiting(LINE) == 1
        await world.apply("lns1", changed(world.lns, "lns/users/oslo/address", ADDRESS))
        await world.until(lambda: arrived(world) == [packet(0)])

    wrong = on_demand(tmp_path)
    wrong.lns = changed(wrong.lns, "lns/users/oslo/address", "10.20.0.16")
    wrong.run(scene)


def test_nobody_dials_for_packets_that_are_too_old(tmp_path, monkeypatch):
    async def scene(world):
        await state(world, "waiting")
        world.path("oslo").arrived(LINE, packet(0))
        await world.until(lambda: world.line()["attempts"])
        clock = asyncio.get_running_loop().time
        monkeypatch.setattr(world.path("oslo").kept[LINE].queue, "_clock", lambda: clock() + 60)
        await state(world, "waiting")
        line = world.line()
        assert (line["dial"]["waiting"], line["counters"]["tx_dropped"]) == (0, 1)

    refused = on_demand(tmp_path)
    refused.lns = changed(refused.lns, "lns/users/oslo/secret", "other")
    refused.run(scene)


@pytest.mark.parametrize("when", ["always", "demand"])
def test_hours_open_and_close_a_line(tmp_path, monkeypatch, when):
    wall = Wall(monkeypatch, MONDAY - timedelta(hours=5))

    async def scene(world):
        await state(world, "resting")
        assert world.line()["dial"]["until"] == "2027-01-04 08:00"
        with pytest.raises(LocalError, match="outside of its hours; dial it again from 2027-01-04 08:00 on"):
            world.hosts["oslo"].dial(LINE)
        if when == "demand":
            world.path("oslo").arrived(LINE, packet(0))  # is dropped
        wall.now = MONDAY
        if when == "demand":
            await state(world, "waiting")
            world.path("oslo").arrived(LINE, packet(1))
        await world.opened()
        wall.now = MONDAY + timedelta(hours=6)
        await state(world, "resting")
        await world.until(lambda: world.line("lns1")["state"] == "down")
        assert told(world, "hung-up") == ["its hours are over"]
        assert arrived(world) == ([packet(1)] if when == "demand" else [])
        assert world.line()["counters"]["tx_dropped"] == (when == "demand")
        assert world.path("oslo").held[LINE] == {"10.10.0.0/24"}

    world(tmp_path, when=when, hours=WORK).run(scene)


def test_a_device_that_was_removed_while_the_line_waits_is_made_anew(tmp_path):
    async def scene(world):
        await state(world, "waiting")
        path = world.path("oslo")
        path.kept[LINE].lost = True
        path.on_lost(LINE)
        await world.until(lambda: not path.kept[LINE].lost)
        path.arrived(LINE, packet(0))
        await world.until(lambda: arrived(world) == [packet(0)])

    on_demand(tmp_path).run(scene)


def test_a_host_without_the_device_says_so_and_goes_on_trying(tmp_path, monkeypatch):
    async def scene(world):
        await world.until(lambda: world.line()["attempts"] > 1)
        assert "no route" in world.line()["last_error"]["what"]

    async def keep(_path, _line, _wake):
        raise LocalError("there is no route", "give it one")

    monkeypatch.setattr("branchline.datapath.recorded.RecordedDataPath.keep", keep)
    on_demand(tmp_path).run(scene)


def test_what_is_no_longer_wanted_leaves_nothing(tmp_path):
    async def scene(world):
        await state(world, "waiting")
        document = copy.deepcopy(world.branch)
        document["lines"] = {}
        assert await world.apply("oslo", document) == [{"line": LINE, "action": "removed"}]
        assert (world.path("oslo").kept, world.path("oslo").held[LINE]) == ({}, frozenset())

    on_demand(tmp_path).run(scene)


def test_ipsec_comes_with_the_dial_and_goes_with_the_hanging_up(tmp_path):
    async def scene(world):
        fake = FakeCharon(tmp_path / "vici")
        await fake.start()
        fake.on_initiate = lambda connection: fake.install(connection, vip="127.0.0.7")
        await state(world, "waiting")
        assert not fake.sas
        for number in range(2):
            world.path("oslo").arrived(LINE, packet(number))
            await world.opened()
            assert fake.sas
            world.hosts["oslo"].hang_up(LINE)
            await state(world, "waiting")
            assert not fake.sas
        await world.until(lambda: arrived(world) == [packet(0), packet(1)])
        await fake.stop()
        assert told(world, "down") == []

    secured = on_demand(tmp_path)
    ipsec = {"connection": LINE, "child": "l2tp", "virtual_ip": True}
    secured.branch = changed(secured.branch, f"lines/{LINE}/ipsec", ipsec)
    secured.run(scene)
