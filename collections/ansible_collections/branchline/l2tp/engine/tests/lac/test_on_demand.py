"""A host's line over PPPoE that dials on demand: the first packet is not lost, and hanging up is told by PADT."""

from __future__ import annotations

from tests.lac.test_compulsory import PACKET
from tests.lac.world import HOST, LNS, World
from tests.lines.world import changed

LINE, ADDRESS = "home1-lns1", "10.20.0.16"


def test_it_dials_hangs_up_and_dials_again(tmp_path, monkeypatch):
    async def scene(world):
        for number in (1, 2):
            await world.until(lambda: world.line()["state"] == "waiting")
            await world.until(lambda: world.line("lac1")["state"] == "down")
            world.path("home1").arrived(LINE, PACKET)
            await world.until(lambda: len(world.path("lns1").delivered.get(LINE, [])) == number, 15)  # noqa: B023 - called in this round
            world.hosts["home1"].hang_up(LINE)
        assert world.path("home1").calls.count(("keep", LINE)) == 1

    host = changed(changed(HOST, f"lines/{LINE}/address", ADDRESS), f"lines/{LINE}/dial", {"when": "demand"})
    user = changed(LNS, "lns/users/home1@corp.example/address", ADDRESS)
    World(tmp_path, monkeypatch, lns=user, host=host).run(scene)
