"""A line with two LNSs: the preferred one, the other when it is silent, back without a gap; nothing is left wedged."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.aio.charon import FakeCharon
from tests.lines.standby_world import FAILOVER, STANDBY, TWO, TwoLnss
from tests.lines.world import LNS, changed

PACKET = bytes.fromhex("4500001c000000004001000a0a1400100a1400010800f7ff00000000")


def test_the_preferred_lns_carries_the_line(tmp_path, monkeypatch):
    async def scene(world):
        await world.until(world.carried)
        return world.line(), world.path("oslo").held["oslo-lns1"]

    line, held = TwoLnss(tmp_path, monkeypatch).run(scene)
    assert (line["standby"], line["peer"]["host_name"], line["address"]) == (None, "lns1", "10.20.0.16")
    assert [(each["standby"], each["last_error"]) for each in line["choices"]] == [(None, None), ("lns2", None)]
    assert held == {"10.10.0.0/24"}


def test_a_silent_lns_is_left_for_the_next_one_and_returned_to(tmp_path, monkeypatch):
    async def scene(world):
        await world.until(lambda: world.carried() == "lns1")
        world.kill("lns1")
        await world.until(lambda: world.carried() == "lns2")
        away = world.line(), world.path("oslo").paths["oslo-lns1"]
        await world.revive("lns1")
        await world.until(lambda: world.carried() == "lns1")
        world.path("oslo").senders["oslo-lns1"](PACKET)
        await world.until(lambda: world.path("lns1").delivered.get("oslo-lns1") == [PACKET])
        await world.until(lambda: world.line("lns2")["state"] == "down")
        return away, world.line(), world.told("open", "down", "return")

    (away, path), back, told = TwoLnss(tmp_path, monkeypatch).run(scene)
    assert (away["standby"], away["peer"]["host_name"], away["address"]) == ("lns2", "lns2", "10.21.0.16")
    assert (away["choices"][0]["dead_until"] is not None, away["last_error"]["remedy"] != "") == (True, True)
    assert path.outer_others == ("127.0.0.1", "127.0.0.1")
    assert (back["standby"], back["choices"][0]["dead_until"], back["choices"][0]["last_error"]) == (None, None, None)
    assert told == ["open", "down", "open", "open", "return"]


def test_the_running_line_is_not_touched_by_a_look_at_a_dead_lns(tmp_path, monkeypatch):
    async def scene(world):
        world.kill("lns1")
        await world.until(lambda: world.carried() == "lns2")
        since, calls = world.line()["since"], len(world.path("oslo").calls)
        await world.until(lambda: world.told("look"))
        world.path("oslo").senders["oslo-lns1"](PACKET)
        await world.until(lambda: world.path("lns2").delivered["oslo-lns1"] == [PACKET])
        return world.line()["since"] == since, len(world.path("oslo").calls) == calls, world.told("open")

    assert TwoLnss(tmp_path, monkeypatch).run(scene) == (True, True, ["open"])


def test_it_is_returned_to_before_the_running_line_is_left(tmp_path, monkeypatch):
    """At no moment is the line without a data path but within one attach."""

    async def scene(world):
        world.kill("lns1")
        await world.until(lambda: world.carried() == "lns2")
        begin = len(world.path("oslo").calls)
        await world.revive("lns1")
        await world.until(lambda: world.carried() == "lns1")
        await world.until(lambda: world.line("lns2")["state"] == "down")
        return world.path("oslo").calls[begin:], world.told("down")

    assert TwoLnss(tmp_path, monkeypatch).run(scene) == ([("attach", "oslo-lns1")], [])


REFUSALS = [
    # what lns1 does not take                           the line is on; is lns1 tried last for a while?
    (changed(LNS, "lns/users/oslo/secret", "other"), "lns2", False),
    (changed(LNS, "lns/peers/oslo/secret", "other"), "lns2", True),
    (changed(LNS, "lns/pools/branches", ["10.20.0.1"]), "lns2", False),
]


@pytest.mark.parametrize(("lns", "carried", "dead"), REFUSALS)
def test_a_refusal_is_not_the_end(tmp_path, monkeypatch, lns, carried, dead):
    async def scene(world):
        await world.until(world.carried)
        return world.carried(), world.line()["choices"][0], world.told("failover", "down")

    where, first, told = TwoLnss(tmp_path, monkeypatch, lns=lns).run(scene)
    assert (where, first["dead_until"] is not None, told) == (carried, dead, ["failover"])
    assert first["last_error"]["what"]


def test_both_die_and_the_line_comes_back_with_the_first_that_answers(tmp_path, monkeypatch):
    async def scene(world):
        await world.until(world.carried)
        world.kill("lns1")
        world.kill("lns2")
        await world.until(lambda: world.line()["attempts"] >= 1)
        await world.revive("lns2")
        await world.until(lambda: world.carried() == "lns2")
        await world.revive("lns1")
        await world.until(lambda: world.carried() == "lns1")

    TwoLnss(tmp_path, monkeypatch).run(scene)


def test_an_lns_that_says_goodbye_is_left_at_once(tmp_path, monkeypatch):
    async def scene(world):
        await world.until(lambda: world.carried() == "lns1")
        await world.hosts.pop("lns1").close()
        await world.until(lambda: world.carried() == "lns2")
        return world.told("failover")

    assert TwoLnss(tmp_path, monkeypatch).run(scene) == []


def test_a_session_that_its_lns_ends_is_opened_there_again(tmp_path, monkeypatch):
    async def scene(world):
        await world.until(lambda: world.carried() == "lns1")
        first = world.line()["session"]
        world.hosts["lns1"].reconnect("oslo-lns1")
        await world.until(lambda: world.carried() and world.line()["session"] != first)
        return world.carried()

    assert TwoLnss(tmp_path, monkeypatch).run(scene) == "lns1"


def test_asked_to_reconnect_it_begins_with_the_preferred_one(tmp_path, monkeypatch):
    async def scene(world):
        world.kill("lns1")
        await world.until(lambda: world.carried() == "lns2")
        await world.revive("lns1")
        world.hosts["oslo"].reconnect("oslo-lns1")
        await world.until(lambda: world.carried() == "lns1")

    TwoLnss(tmp_path, monkeypatch, failover=replace(FAILOVER, dead=0, again=60)).run(scene)


def test_equals_are_not_returned_to(tmp_path, monkeypatch):
    async def scene(world):
        await world.until(world.carried)
        first = world.carried()
        world.kill(first)
        await world.until(lambda: world.carried() not in ("", first))
        return world.line()["choices"], world.told("look")

    choices, looks = TwoLnss(tmp_path, monkeypatch, changed(TWO, "lines/oslo-lns1/standby/lns2/preference", 10)).run(
        scene
    )
    assert ([each["preference"] for each in choices], looks) == ([10, 10], [])


@pytest.mark.parametrize(
    ("routes", "held"), [(["10.20.0.0/24"], {"10.10.0.0/24", "10.20.0.0/24"}), (["127.0.0.0/8"], {"10.10.0.0/24"})]
)
def test_networks_of_every_lns_are_held_but_those_that_have_one(tmp_path, monkeypatch, routes, held):
    async def scene(world):
        await world.until(world.carried)
        return world.path("oslo").held["oslo-lns1"]

    branch = changed(TWO, "lines/oslo-lns1/standby", {"lns2": {**STANDBY, "routes": routes}})
    assert TwoLnss(tmp_path, monkeypatch, branch).run(scene) == held


def test_each_lns_has_a_connection_of_its_own_and_all_are_ended(tmp_path, monkeypatch):
    async def scene(world):
        fake = FakeCharon(tmp_path / "vici")
        await fake.start()
        fake.on_initiate = lambda connection: fake.install(connection, vip=f"127.0.0.{7 + int(connection[-1])}")
        await world.until(lambda: world.carried() == "lns1")
        own = world.line()["local"]["address"], set(fake.sas)
        world.kill("lns1")
        fake.remove("to-lns1")
        await world.until(lambda: world.carried() == "lns2")
        other = world.line()["local"]["address"], set(fake.sas)
        await world.until(lambda: world.told("look"))
        await world.until(lambda: set(fake.sas) == {"to-lns2"})
        await world.revive("lns1")
        await world.until(lambda: world.carried() == "lns1")
        await world.until(lambda: set(fake.sas) == {"to-lns1"})
        await world.hosts["oslo"].close()
        left = set(fake.sas)
        await fake.stop()
        return own, other, left

    branch = changed(TWO, "lines/oslo-lns1/ipsec", {"connection": "to-lns1", "virtual_ip": True})
    branch = changed(branch, "lines/oslo-lns1/standby/lns2/ipsec", {"connection": "to-lns2", "virtual_ip": True})
    own, other, left = TwoLnss(tmp_path, monkeypatch, branch).run(scene)
    assert (own, other, left) == (("127.0.0.8", {"to-lns1"}), ("127.0.0.9", {"to-lns2"}), set())


def test_an_sa_of_the_standby_that_is_gone_is_its_end(tmp_path, monkeypatch):
    async def scene(world):
        fake = FakeCharon(tmp_path / "vici")
        await fake.start()
        fake.on_initiate = lambda connection: fake.install(connection, vip=None)
        world.kill("lns1")
        await world.until(lambda: world.carried() == "lns2")
        await world.revive("lns1")
        fake.remove("to-lns2")
        await world.until(lambda: world.carried() == "lns1")
        await fake.stop()
        return [event["reason"] for event in world.events["oslo"] if event["event"] == "down"]

    branch = changed(TWO, "lines/oslo-lns1/standby/lns2/ipsec", {"connection": "to-lns2"})
    world = TwoLnss(tmp_path, monkeypatch, branch, failover=replace(FAILOVER, again=60))
    assert world.run(scene) == ["the IPsec SA is gone"]


def test_a_line_that_is_not_wanted_any_more_ends_wherever_it_stands(tmp_path, monkeypatch):
    async def scene(world):
        world.kill("lns1")
        await world.until(lambda: world.line()["state"] == "tunnel")
        await world.hosts["oslo"].close()
        return world.path("oslo").paths

    assert TwoLnss(tmp_path, monkeypatch).run(scene) == {}


def test_a_line_on_demand_is_dialled_at_the_lns_that_answers_and_loses_no_packet(tmp_path, monkeypatch):
    async def scene(world):
        await world.until(lambda: world.line()["state"] == "waiting")
        world.kill("lns1")
        world.path("oslo").arrived("oslo-lns1", PACKET)
        await world.until(lambda: world.carried() == "lns2")
        await world.until(lambda: world.path("lns2").delivered.get("oslo-lns1") == [PACKET])
        await world.revive("lns1")
        await world.until(lambda: world.carried() == "lns1")
        world.path("oslo").arrived("oslo-lns1", PACKET)
        await world.until(lambda: world.path("lns1").delivered.get("oslo-lns1") == [PACKET])
        world.hosts["oslo"].hang_up("oslo-lns1")
        await world.until(lambda: world.line()["state"] == "waiting")
        return world.line()["standby"], "oslo-lns1" in world.path("oslo").kept

    branch = changed(TWO, "lines/oslo-lns1/dial", {"when": "demand"})
    for place in ("", "standby/lns2/"):  # the device has its address before it is known who gives it
        branch = changed(branch, f"lines/oslo-lns1/{place}address", "10.20.0.16")
    world = TwoLnss(tmp_path, monkeypatch, branch)
    world.lns2["lns"]["users"]["oslo"]["address"] = "10.20.0.16"
    assert world.run(scene) == (None, True)
