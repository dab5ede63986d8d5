"""A compulsory line: it opens, carries packets, says what is wrong, comes back, fails over, changes what differs."""

from __future__ import annotations

import pytest
from tests.lac.world import HOST, LAC, LNS, World
from tests.lines.world import changed

from branchline.l2tp.results import for_session

PACKET = bytes.fromhex("4500001c000000004001000a0a140010 0a140001 0800f7ff00000000".replace(" ", ""))


def test_a_host_gets_its_address_from_the_lns_of_its_realm(tmp_path, monkeypatch):
    async def scene(world):
        await world.opened()
        return [world.line(name) for name in ("home1", "lac1", "lns1")]

    home, lac, lns = World(tmp_path, monkeypatch).run(scene)
    assert (home["address"], home["peer_address"], home["dns"]) == ("10.20.0.16", "10.20.0.1", ["10.10.0.53"])
    assert (home["pppoe"]["session"], home["pppoe"]["ac_name"]) == (lac["pppoe"]["session"], "lac1")
    assert (lac["role"], lac["user"], lac["auth"]) == ("lac", "home1@corp.example", "mschapv2")
    assert (lac["realm"], lac["lns"], lac["address"]) == ("corp.example", "lac1-lns1", None)
    assert (lac["session"]["id"], lac["correlation"]) == (lns["session"]["peer_id"], lns["correlation"])
    assert (lns["address"], lns["user"], lns["auth"]) == ("10.20.0.16", "home1@corp.example", "mschapv2")


def test_the_lns_tells_what_the_concentrator_knows_of_the_host(tmp_path, monkeypatch):
    async def scene(world):
        await world.opened()
        return world.line("lns1")["call"], world.line("lac1")["pppoe"]

    call, pppoe = World(tmp_path, monkeypatch).run(scene)
    assert (call["calling_number"], call["called_number"], call["sub_address"]) == (
        pppoe["mac"],
        "corp.example",
        "eth1",
    )
    assert (call["physical_channel"] & 0xFFFF, call["tx_speed"]) == (pppoe["session"], 1_000_000_000)


@pytest.mark.parametrize("sequencing", [False, True])
def test_packets_pass_both_ways(tmp_path, monkeypatch, sequencing):
    async def scene(world):
        await world.opened()
        for _ in range(3):
            world.path("home1").senders["home1-lns1"](PACKET)
            world.path("lns1").senders["home1-lns1"](PACKET)
        ends = ("home1", "lns1")
        await world.until(lambda: all(len(world.path(name).delivered["home1-lns1"]) == 3 for name in ends))
        return [world.path(name).delivered["home1-lns1"] for name in ends], world.line("lac1")["counters"]

    lac = changed(LAC, "lac/lns/lac1-lns1/sequencing", sequencing)
    packets, counters = World(tmp_path, monkeypatch, lac=lac).run(scene)
    assert packets == [[PACKET] * 3] * 2
    assert counters["rx_packets"] >= 3 <= counters["tx_packets"]


@pytest.mark.parametrize("method", ["pap", "chap-md5", "mschapv2"])
def test_each_method_is_carried_on(tmp_path, monkeypatch, method):
    """Proved to the LNS by what was said to the concentrator: LCP is not negotiated a second time."""

    async def scene(world):
        await world.opened()
        return world.line("lns1")["auth"], [event["event"] for event in world.events["home1"]]

    auth, events = World(tmp_path, monkeypatch, lac=changed(LAC, "lac/auth", [method])).run(scene)
    assert (auth, events.count("authenticated")) == (method, 1)


NOT_AS_PROXIED = [
    changed(LNS, "lns/proxy", "renegotiate"),
    changed(LNS, "lns/mtu", 1300),
    changed(LNS, "lns/auth", ["chap-md5"]),
]


@pytest.mark.parametrize("lns", NOT_AS_PROXIED)
def test_an_lns_that_wants_something_else_begins_anew(tmp_path, monkeypatch, lns):
    async def scene(world):
        await world.opened()
        return world.line("lns1")["auth"]

    auth = World(tmp_path, monkeypatch, lns=lns).run(scene)
    assert auth == lns["lns"]["auth"][0]


WRONG = [
    # what is wrong                                                  the host says           the concentrator says
    ({"host": changed(HOST, "lines/home1-lns1/secret", "other")}, "refused our name", "the session ended"),
    ({"host": changed(HOST, "lines/home1-lns1/user", "home1@other.example")}, "refused our name", None),
    ({"lns": changed(LNS, "lns/users", {})}, "refused our name", "the session ended"),
    ({"lns": changed(LNS, "lns/peers/lac1/secret", "other")}, "no LNS takes the call", "secrets differ"),
    ({"host": changed(HOST, "lines/home1-lns1/auth", ["pap"])}, "by pap only", "is not allowed here"),
    ({"host": changed(HOST, "lines/home1-lns1/pppoe/service", "gold")}, "no answer to", None),
    ({"host": changed(HOST, "lines/home1-lns1/pppoe/ac", "lac9")}, "not 'lac9'", None),
    ({"host": changed(HOST, "lines/home1-lns1/pppoe/vlan", 7)}, "no answer to", None),
    ({"lac": changed(LAC, "lac/max_sessions_per_mac", 1)}, None, None),
]


@pytest.mark.parametrize(("documents", "at_host", "at_lac"), WRONG)
def test_what_is_wrong_is_said(tmp_path, monkeypatch, documents, at_host, at_lac):
    async def scene(world):
        if at_host is None:
            return await world.opened()
        await world.until(lambda: at_host in str(world.line()["last_error"]), 35)
        assert world.line()["last_error"]["remedy"]
        if at_lac is not None:
            said = world.events["lac1"]
            await world.until(lambda: any(at_lac in str(event.get("reason")) for event in said))
        return None

    World(tmp_path, monkeypatch, **documents).run(scene)


def test_the_service_chooses_the_realm(tmp_path, monkeypatch):
    async def scene(world):
        await world.opened("home1")
        return next(each for each in world.hosts["lac1"].status()["lines"] if each["state"] == "open")

    user = "home1"
    host = changed(changed(HOST, "lines/home1-lns1/pppoe/service", "office"), "lines/home1-lns1/user", user)
    lns = changed(LNS, "lns/users", {user: {"secret": "ppp secret", "pool": "branches"}})
    lac = changed(LAC, "lac/services", [{"name": "office", "realm": "corp.example"}])
    entry = World(tmp_path, monkeypatch, lac=lac, lns=lns, host=host).run(scene)
    assert (entry["user"], entry["realm"], entry["pppoe"]["service"]) == (user, "corp.example", "office")


def test_nobody_takes_the_place_of_a_caller_by_its_name(tmp_path, monkeypatch):
    """The LNS alone knows who is who: a host with another's name and a wrong secret changes nothing for the other."""

    async def scene(world):
        await world.opened()
        session = world.line("lac1")["pppoe"]["session"]
        thief = changed(HOST, "lines/home1-lns1/secret", "guessed")
        thief["host_name"] = "thief"
        world.events["thief"] = []
        await world.start("thief", thief)
        await world.until(lambda: "refused our name" in str(world.line("thief")["last_error"]))
        line = world.line("lac1")
        return session == line["pppoe"]["session"], line["state"], world.line("lns1")["state"]

    assert World(tmp_path, monkeypatch).run(scene) == (True, "open", "open")


def test_hosts_on_a_vlan(tmp_path, monkeypatch):
    async def scene(world):
        await world.opened()
        return world.line("lac1")["pppoe"]["vlan"]

    lac = changed(LAC, "lac/interfaces", [{"interface": "eth1", "vlans": [0, 7]}])
    host = changed(HOST, "lines/home1-lns1/pppoe/vlan", 7)
    assert World(tmp_path, monkeypatch, lac=lac, host=host).run(scene) == 7


def test_packets_of_1500_where_both_ends_say_so(tmp_path, monkeypatch):
    async def scene(world):
        await world.opened()
        return world.line()["mtu"], world.line()["pppoe"]["max_payload"], world.line("lac1")["mtu"]

    lac, host = changed(LAC, "lac/mru", 1500), changed(HOST, "lines/home1-lns1/mtu", 1500)
    world = World(tmp_path, monkeypatch, lac=lac, host=host, lns=changed(LNS, "lns/mtu", 1500))
    assert world.run(scene) == (1500, 1500, 1500)


def test_an_interface_that_is_too_small_says_so(tmp_path, monkeypatch):
    async def scene(world):
        await world.until(lambda: "needs one of 1508 on eth1, which has 1500" in str(world.line()["last_error"]))

    world = World(tmp_path, monkeypatch, host=changed(HOST, "lines/home1-lns1/mtu", 1500))
    world.ethernet.mtu = 1500
    world.run(scene)


def test_the_host_hangs_up(tmp_path, monkeypatch):
    async def scene(world):
        await world.opened()
        await world.apply("home1", changed(world.branch, "lines", {}))
        await world.until(lambda: world.line("lns1")["state"] == world.line("lac1")["state"] == "down")
        return world.line("lac1")["last_error"]["what"], world.hosts["lac1"].status()["lac"]["sessions"]

    what, sessions = World(tmp_path, monkeypatch).run(scene)
    assert "no longer wanted" in what
    assert sessions == 0


def test_the_lns_hangs_up(tmp_path, monkeypatch):
    """CDN becomes PADT; the host dials again."""

    async def scene(world):
        await world.opened()
        first = world.line()["pppoe"]["session"]
        server = world.hosts["lns1"]._server
        server.end(server.by_line["home1-lns1"], for_session(3, message="closing time"))
        await world.until(lambda: "closing time" in str(world.line()["last_error"]))
        await world.until(lambda: (world.line()["pppoe"] or {}).get("session") not in (None, first))
        await world.opened()

    World(tmp_path, monkeypatch).run(scene)


@pytest.mark.parametrize("name", ["lac1", "lns1"])
def test_the_line_comes_back_when_one_of_them_restarts(tmp_path, monkeypatch, name):
    async def scene(world):
        await world.opened()
        await world.hosts[name].close()
        await world.until(lambda: world.line()["state"] != "open")
        await world.start(name, {"lac1": world.lac, "lns1": world.lns}[name])
        await world.opened()

    World(tmp_path, monkeypatch).run(scene)


def test_a_concentrator_that_died_silently(tmp_path, monkeypatch):
    """The next one knows nothing of the session, and says so when the host speaks: no echo has to time out."""

    async def scene(world):
        await world.opened()
        world.ethernet.ports[0].close()  # the concentrator's, as a kill -9 does
        await world.start("lac1", world.lac)
        await world.until(lambda: len(world.ethernet.ports) == 2)
        world.path("home1").senders["home1-lns1"](PACKET)
        await world.until(lambda: "there is no such session" in str(world.line()["last_error"]))
        await world.opened()

    World(tmp_path, monkeypatch).run(scene)


def test_apply_touches_only_what_differs(tmp_path, monkeypatch):
    async def scene(world):
        await world.opened()
        before = world.line("lac1")["session"]
        wider = changed(world.lac, "lac/realms/other.example", {"lns": [{"line": "lac1-lns1"}]})
        wider["lac"]["callers"]["x@other.example"] = {"line": "x-lns1"}
        changes = await world.apply("lac1", wider)
        after = world.line("lac1")["session"]
        await world.apply("lac1", changed(wider, "lac/lns/lac1-lns1/hello", 30))
        await world.until(lambda: world.line("lac1")["session"] != before)
        await world.opened()
        return changes, before == after

    changes, same = World(tmp_path, monkeypatch).run(scene)
    assert {change["line"]: change["action"] for change in changes} == {"lac": "updated", "x-lns1": "added"}
    assert same


def test_an_interface_that_comes_and_goes(tmp_path, monkeypatch):
    async def scene(world):
        await world.opened()
        world.ethernet.missing = True
        await world.until(lambda: world.line("lac1")["state"] == "down")
        world.ethernet.missing = False
        await world.opened()

    World(tmp_path, monkeypatch).run(scene)


def test_no_lac_no_more(tmp_path, monkeypatch):
    async def scene(world):
        await world.opened()
        await world.apply("lac1", changed(world.lac, "lac", None))
        await world.until(lambda: world.line("lns1")["state"] == "down")
        return world.hosts["lac1"].status()

    status = World(tmp_path, monkeypatch).run(scene)
    assert (status["lines"], status["trunks"], status["lac"]) == ([], [], None)
