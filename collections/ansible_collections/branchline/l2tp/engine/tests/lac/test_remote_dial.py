"""RFC 2661 5.2.2 and 7.5 at work: an LNS has a concentrator call a host that waits, or that a dialler makes come."""

from __future__ import annotations

import sys

import pytest
from tests.lac.test_compulsory import PACKET
from tests.lac.world import HOST, LAC, LNS, World
from tests.lines.world import changed

from branchline.errors import LocalError

MAC = "02:00:00:00:00:02"  # of the second port: the host's
CIRCUITS = {"5551234": {"line": "home1-lns1", "mac": MAC}}
DIALLED_LAC = changed(
    changed(LAC, "lac/services", [{"name": ""}, {"name": "standby", "wait": True}]), "lac/callers", {}
)
DIALLED_LAC["lac"]["circuits"] = CIRCUITS
DIALLED_LAC["lac"]["lns"]["lac1-lns1"]["outgoing"] = True
DIALLING_LNS = changed(LNS, "lns/users/home1@corp.example/dial", {"lac": "lac1", "number": "5551234"})
WAITING_HOST = changed(HOST, "lines/home1-lns1/pppoe", {"interface": "eth1", "service": "standby", "wait": True})
OTHER_SERVICE = changed(DIALLED_LAC, "lac/services", [{"name": name, "wait": True} for name in ("standby", "other")])


def world_of(tmp_path, monkeypatch, *, lac=DIALLED_LAC, lns=DIALLING_LNS, host=WAITING_HOST):
    return World(tmp_path, monkeypatch, lac=lac, lns=lns, host=host)


async def ready(world, *, host=True):
    """The tunnel is up because it is to be kept, and the host waits."""
    await world.until(lambda: world.trunk()["state"] == "open")
    await world.until(lambda: world.hosts["lns1"]._server.peers)
    if host:
        await world.until(lambda: world.line()["state"] == "pppoe" and world.hosts["lac1"].status()["lac"]["sessions"])


@pytest.mark.parametrize("circuit", [CIRCUITS["5551234"], {"line": "home1-lns1", "service": "standby"}])
def test_an_lns_calls_a_host_that_waits(tmp_path, monkeypatch, circuit):
    async def scene(world):
        await ready(world)
        waiting = world.hosts["lac1"].status()["lines"]
        world.hosts["lns1"].call("home1-lns1")
        await world.opened()
        world.path("lns1").senders["home1-lns1"](PACKET)
        await world.until(lambda: world.path("home1").delivered["home1-lns1"] == [PACKET])
        return waiting, [world.line(name) for name in ("home1", "lac1", "lns1")]

    lac = changed(DIALLED_LAC, "lac/circuits/5551234", circuit)
    waiting, (home, lac, lns) = world_of(tmp_path, monkeypatch, lac=lac).run(scene)
    assert {entry["state"] for entry in waiting} == {"down", "pppoe"}  # the line, and a host that is nobody's yet
    assert (home["address"], lns["address"], lns["user"]) == ("10.20.0.16", "10.20.0.16", "home1@corp.example")
    assert (lac["lns"], lac["session"]["peer_id"]) == ("lac1-lns1", lns["session"]["id"])
    assert lac["correlation"] == lns["correlation"]


def test_a_line_that_is_kept_up_is_called_again(tmp_path, monkeypatch):
    async def scene(world):
        await world.opened()
        first = world.line("lns1")["session"]["id"]
        world.hosts["home1"].reconnect("home1-lns1")
        await world.until(lambda: (world.line("lns1")["session"] or {}).get("id") not in (None, first))
        await world.opened()

    monkeypatch.setattr("branchline.lines.dialling.KEEPING", 0.2)
    lns = changed(DIALLING_LNS, "lns/users/home1@corp.example/dial/keep", True)
    world_of(tmp_path, monkeypatch, lns=lns).run(scene)


REFUSED = [
    # what is wrong                                                       what the LNS says
    ({"lac": changed(DIALLED_LAC, "lac/circuits", {})}, "no circuit has the number '5551234'"),
    ({"lac": changed(DIALLED_LAC, "lac/circuits/5551234/mac", "02:00:00:00:00:99")}, "no host waits on that circuit"),
    ({"lac": changed(DIALLED_LAC, "lac/circuits/5551234/remote_id", "x")}, "no host waits on that circuit"),
    ({"lac": changed(OTHER_SERVICE, "lac/circuits/5551234/service", "other")}, "no host waits on that circuit"),
    ({"host": changed(WAITING_HOST, "lines/home1-lns1/secret", "wrong")}, "name or secret of the peer is wrong"),
]


@pytest.mark.parametrize(("documents", "words"), REFUSED)
def test_why_a_call_comes_to_nothing(tmp_path, monkeypatch, documents, words):
    async def scene(world):
        await ready(world)
        world.hosts["lns1"].call("home1-lns1")
        said = world.events["lns1"]
        await world.until(lambda: any(words in str(event.get("reason")) for event in said))
        await world.until(lambda: world.line("lns1")["state"] == "down")
        return world.line("lns1")["last_error"]

    assert world_of(tmp_path, monkeypatch, **documents).run(scene)["what"]


def test_a_lac_that_makes_no_calls(tmp_path, monkeypatch):
    """It gives no Bearer Capabilities, so it is not even asked (RFC 2661 4.4.3)."""

    async def scene(world):
        await world.opened()  # so the tunnel is up
        world.hosts["lns1"].call("home2-lns1")
        said = world.events["lns1"]
        await world.until(lambda: any("it makes no outgoing calls" in str(event.get("reason")) for event in said))

    user = {"line": "home2-lns1", "secret": "x", "pool": "branches", "dial": {"lac": "lac1", "number": "7"}}
    World(tmp_path, monkeypatch, lns=changed(LNS, "lns/users/home2", user)).run(scene)


def test_without_a_tunnel_there_is_no_call(tmp_path, monkeypatch):
    async def scene(world):
        with pytest.raises(LocalError, match="lac1 has no tunnel to here"):
            world.hosts["lns1"].call("home1-lns1")
        with pytest.raises(KeyError):
            world.hosts["lns1"].call("oslo-lns1")

    world_of(tmp_path, monkeypatch).run(scene, ("lns1",))


def test_somebody_else_may_not_answer(tmp_path, monkeypatch):
    async def scene(world):
        await ready(world)
        world.hosts["lns1"].call("home1-lns1")
        said = world.events["home1"]
        await world.until(lambda: any(event["event"] == "down" for event in said))
        return world.line("lns1")["state"], world.line("lns1", "thief-lns1")["state"]

    lns = changed(DIALLING_LNS, "lns/users/thief", {"line": "thief-lns1", "secret": "other", "pool": "branches"})
    host = changed(changed(WAITING_HOST, "lines/home1-lns1/user", "thief"), "lines/home1-lns1/secret", "other")
    world = world_of(tmp_path, monkeypatch, lns=lns, host=host)
    assert world.run(scene)[1] != "open"


def test_a_dialler_makes_the_host_come(tmp_path, monkeypatch):
    async def scene(world):
        await ready(world, host=False)
        world.hosts["lns1"].call("home1-lns1")
        await world.until(called.exists)
        await world.start("home1", world.branch)
        await world.opened()
        return called.read_text()

    called = tmp_path / "called"
    program = f"import pathlib, sys; pathlib.Path({str(called)!r}).write_text(sys.argv[-1])"
    lac = changed(DIALLED_LAC, "lac/circuits/5551234/dialler", [sys.executable, "-c", program])
    world = world_of(tmp_path, monkeypatch, lac=lac)
    assert world.run(scene, ("lns1", "lac1")) == "5551234"


@pytest.mark.parametrize(
    ("dialler", "words"),
    [([sys.executable, "-c", "raise SystemExit(3)"], "ended with code 3"), (["/no/such/dialler"], "No such file")],
)
def test_a_dialler_that_fails(tmp_path, monkeypatch, dialler, words):
    async def scene(world):
        await ready(world, host=False)
        world.hosts["lns1"].call("home1-lns1")
        said = world.events["lns1"]
        await world.until(lambda: any(words in str(event.get("reason")) for event in said))

    lac = changed(DIALLED_LAC, "lac/circuits/5551234/dialler", dialler)
    world_of(tmp_path, monkeypatch, lac=lac).run(scene, ("lns1", "lac1"))


def test_a_waiting_host_finds_out_that_its_concentrator_restarted(tmp_path, monkeypatch):
    async def scene(world):
        await ready(world)
        world.ethernet.ports[0].close()  # the concentrator's, as a kill -9 does
        await world.start("lac1", world.lac)
        await world.until(lambda: "there is no such session" in str(world.line()["last_error"]))
        await ready(world)
        world.hosts["lns1"].call("home1-lns1")
        await world.opened()

    monkeypatch.setattr("branchline.lines.pppoe_waiting.INTERVAL", 0.2)
    world_of(tmp_path, monkeypatch).run(scene)
