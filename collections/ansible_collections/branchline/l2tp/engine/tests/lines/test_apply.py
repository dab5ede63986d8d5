"""Moving to another configuration: what differs is touched, what is refused harms nothing, nothing is left behind."""

from __future__ import annotations

import asyncio

import pytest
from tests.aio.charon import FakeCharon
from tests.lines.world import BRANCH, LNS, World, changed

from branchline.config import parse
from branchline.errors import LocalError

SECOND = {**BRANCH["lines"]["oslo-lns1"], "user": "second", "interface": "second"}
SECOND_USER = {"line": "second-lns1", "secret": "ppp secret", "pool": "branches"}


def test_apply_touches_only_what_differs(tmp_path):
    async def scene(world):
        await world.opened()
        before = world.line()["session"]["id"]
        more = changed(world.lns, "lns/users/second", SECOND_USER)
        lns = await world.apply("lns1", more)
        line = {**SECOND, "port": world.lns["lns"]["listen"][0]["port"]}
        branch = await world.apply("oslo", changed(world.branch, "lines/second-lns1", line))
        await world.until(lambda: world.line(line="second-lns1")["state"] == "open")
        gone = await world.apply("oslo", world.branch)
        gone_too = await world.apply("lns1", world.lns)
        return lns, branch, gone, gone_too, world.line()["session"]["id"] == before, world.line()["state"]

    lns, branch, gone, gone_too, same, state = World(tmp_path).run(scene)
    assert lns == branch == [{"line": "second-lns1", "action": "added"}]
    assert gone == gone_too == [{"line": "second-lns1", "action": "removed"}]
    assert (same, state) == (True, "open")


def test_an_updated_line_moves_to_its_new_settings(tmp_path):
    async def scene(world):
        await world.opened()
        await world.apply("lns1", changed(world.lns, "lns/users/oslo/address", "10.20.0.17"))
        await world.until(lambda: world.line()["address"] == "10.20.0.17")
        return world.hosts["lns1"].status()["pools"][0]["used"]

    assert World(tmp_path).run(scene) == 1  # reserved by name; the old one went back


def test_an_address_that_cannot_be_had_is_refused_and_harms_nothing(tmp_path):
    async def scene(world):
        await world.opened()
        before = world.line("lns1")["session"]
        wrong = changed(world.lns, "lns/listen", [*world.lns["lns"]["listen"], {"address": "192.0.2.99"}])
        wrong["lns"]["users"] = {}
        with pytest.raises(LocalError, match=r"cannot use 192\.0\.2\.99:1701"):
            await world.apply("lns1", wrong)
        return world.line("lns1")["session"] == before, world.hosts["lns1"].config == parse(world.lns)

    assert World(tmp_path).run(scene) == (True, True)


@pytest.mark.parametrize(("field", "value"), [("host_name", "bergen"), ("mark", 5), ("datapath", "tun")])
def test_what_is_of_every_socket_is_not_applied_in_place(tmp_path, field, value):
    async def scene(world):
        return world.hosts["oslo"].takes(parse(changed(world.branch, field, value)))

    assert World(tmp_path).run(scene) is False


IPSEC = {"connection": "oslo-lns1", "child": "l2tp", "virtual_ip": True}


def test_a_line_that_is_removed_while_it_waits_takes_its_sa_along(tmp_path):
    async def scene(world):
        fake = FakeCharon(tmp_path / "vici")
        await fake.start()
        fake.on_initiate = lambda connection: fake.install(connection, vip="127.0.0.7")
        await world.until(lambda: world.line()["attempts"] > 0)
        await world.apply("oslo", changed(world.branch, "lines", {}))
        await fake.stop()
        return fake.sas

    wrong = changed(changed(BRANCH, "lines/oslo-lns1/ipsec", IPSEC), "lines/oslo-lns1/secret", "wrong")
    assert World(tmp_path, branch=wrong).run(scene) == {}


def test_the_lines_networks_are_held_until_it_is_removed(tmp_path):
    async def scene(world):
        await world.until(lambda: world.line()["last_error"])
        held = dict(world.path("oslo").held), dict(world.path("lns1").held)
        await world.apply("oslo", changed(world.branch, "lines", {}))
        return (*held, world.path("oslo").held)

    wrong = changed(BRANCH, "lines/oslo-lns1/secret", "wrong")
    branch, lns, afterwards = World(tmp_path, branch=wrong).run(scene)
    assert branch == {"oslo-lns1": frozenset({"10.10.0.0/24"})}
    assert lns == {"lns": frozenset({"192.168.50.0/24"})}
    assert afterwards == {"oslo-lns1": frozenset()}


def test_a_network_that_holds_the_lns_is_not_held(tmp_path):
    async def scene(world):
        await world.opened()
        return dict(world.path("oslo").held)

    wide = changed(BRANCH, "lines/oslo-lns1/routes", ["127.0.0.0/8", "10.10.0.0/24"])
    assert World(tmp_path, branch=wide).run(scene) == {"oslo-lns1": frozenset({"10.10.0.0/24"})}


def test_a_stricter_policy_counts_at_once(tmp_path):
    async def scene(world):
        await world.opened()
        strict = changed(world.lns, "lns/require_tunnel_secret", True)
        strict["lns"]["peers"] = {}
        await world.apply("lns1", strict)
        world.hosts["oslo"].reconnect("oslo-lns1")
        await world.until(lambda: "not authorized" in str(world.line()["last_error"]))

    easy = changed(changed(LNS, "lns/require_tunnel_secret", False), "lns/peers", {})
    branch = changed(changed(BRANCH, "lines/oslo-lns1/tunnel_secret", None), "lines/oslo-lns1/hide_avps", False)
    World(tmp_path, easy, branch).run(scene)


def test_another_address_of_the_lns_ends_its_sessions_and_they_come_back(tmp_path):
    async def scene(world):
        await world.opened()
        await world.apply("lns1", changed(world.lns, "lns/address", "10.20.0.2"))
        await world.until(lambda: world.line()["peer_address"] == "10.20.0.2")
        return [call for call in world.path("lns1").calls if call[0].endswith("shared")]

    calls = World(tmp_path).run(scene)
    assert calls == [
        ("open_shared", "l2tp0 10.20.0.1 1360"), ("close_shared", "l2tp0"), ("open_shared", "l2tp0 10.20.0.2 1360"),
    ]  # fmt: skip


def test_a_device_that_somebody_removes_is_made_anew(tmp_path):
    async def scene(world):
        await world.opened()
        before = world.line()["session"]
        world.path("lns1").on_lost("l2tp0")
        await world.until(lambda: world.line()["session"] != before)
        await world.opened()
        again = world.line()["session"]
        world.path("oslo").on_lost("oslo-lns1")
        await world.until(lambda: world.line()["session"] != again)
        await world.opened()
        await asyncio.sleep(0)

    World(tmp_path).run(scene)
