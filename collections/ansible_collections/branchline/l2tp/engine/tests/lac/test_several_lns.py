"""Several LNSs of one realm: the next takes over, a silent one is tried last, the preferred one has the line again."""

from __future__ import annotations

from tests.lac.world import LAC, World
from tests.lines.world import changed


def test_the_next_lns_takes_over(tmp_path, monkeypatch):
    async def scene(world):
        await world.opened("home1", "lac1")
        events = [event["event"] for event in world.events["lac1"]]
        return world.line("lac1")["lns"], world.trunk()["dead_until"], "failover" in events

    lns, dead_until, told = World(tmp_path, monkeypatch, spare=True).run(scene, ("lns2", "lac1", "home1"))
    assert (lns, told) == ("lac1-lns2", True)
    assert dead_until is not None


def test_a_dead_lns_is_tried_last(tmp_path, monkeypatch):
    async def scene(world):
        await world.opened("home1", "lac1")
        first = world.line("lac1")["pppoe"]["session"]
        world.hosts["lac1"].reconnect("home1-lns1")
        await world.until(lambda: (world.line("lac1")["pppoe"] or {}).get("session") not in (None, first))
        await world.opened("home1", "lac1")
        return [event["lns"] for event in world.events["lac1"] if event["event"] == "failover"]

    assert World(tmp_path, monkeypatch, spare=True).run(scene, ("lns2", "lac1", "home1")) == ["lac1-lns1"]


def test_the_preferred_lns_has_the_line_again_once_it_answers(tmp_path, monkeypatch):
    """PADT: the host, which knows of no LNS, dials anew."""

    async def scene(world):
        await world.opened("home1", "lac1", "lns2")
        await world.start("lns1", world.lns)
        await world.until(lambda: world.line("lac1")["lns"] == "lac1-lns1", 20)
        await world.opened("home1", "lac1", "lns1")
        return [event["lns"] for event in world.events["lac1"] if event["event"] == "return"]

    lac = changed(changed(LAC, "lac/dead", 1), "lac/setup", 1)
    world = World(tmp_path, monkeypatch, lac=lac, spare=True)
    assert world.run(scene, ("lns2", "lac1", "home1")) == ["lac1-lns1"]


def test_a_tunnel_whose_lns_died_is_made_anew_in_the_same_call(tmp_path, monkeypatch):
    async def scene(world):
        await world.opened()
        for port in world.hosts["lns1"]._server._ports.values():
            port.close()  # as a kill -9 does: nobody hears of it
        await world.start("lns1", world.lns)
        world.hosts["home1"].reconnect("home1-lns1")
        await world.until(lambda: world.line("home1")["state"] != "open")
        await world.opened()
        return [event["event"] for event in world.events["lac1"]].count("failover")

    assert World(tmp_path, monkeypatch).run(scene) == 1
