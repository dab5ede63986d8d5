"""Three hosts over loopback: a branch's session is carried on to the right LNS, what ends it is said at both hops."""

from __future__ import annotations

import asyncio

import pytest
from tests.gateway.world import BRANCH, GATEWAY, LNS2, World
from tests.lines.test_line import ICMP_FROM_BRANCH
from tests.lines.world import changed

from branchline.l2tp.results import for_session
from branchline.lines.explain import explain

SEQUENCED = changed(BRANCH, "lines/oslo-lns2/sequencing", True)


def test_a_line_opens_through_the_gateway(tmp_path):
    async def scene(world):
        await world.opened()
        return world.line("oslo"), world.line("gw1"), world.line("lns2"), world.trunk()

    branch, gateway, lns, trunk = World(tmp_path).run(scene)
    assert (branch["address"], branch["user"], branch["auth"]) == ("10.20.0.16", "oslo", "mschapv2")
    assert (branch["peer"]["host_name"], gateway["peer"]["host_name"]) == ("gw1", "oslo")
    assert (lns["peer"]["host_name"], gateway["onward"]["peer"]["host_name"]) == ("gw1", "lns2")
    assert branch["correlation"] == gateway["correlation"] == lns["correlation"]
    assert branch["session"]["peer_id"] == gateway["session"]["id"]
    assert gateway["onward"]["session"]["peer_id"] == lns["session"]["id"]
    assert (trunk["state"], trunk["sessions"], gateway["lns"]) == ("open", 1, "gw1-lns2")
    assert [rung["ok"] for rung in explain(gateway)] == [True] * 5
    assert [rung["ok"] for rung in explain(trunk)] == [True] * 3


@pytest.mark.parametrize("branch", [BRANCH, SEQUENCED])
def test_packets_pass_both_ways(tmp_path, branch):
    async def scene(world):
        await world.opened()
        ends = ("oslo", "lns2")
        for _ in range(3):
            for name in ends:
                world.path(name).senders["oslo-lns2"](ICMP_FROM_BRANCH)
        await world.until(lambda: all(len(world.path(name).delivered["oslo-lns2"]) == 3 for name in ends))
        return world.line("gw1")["counters"]

    counters = World(tmp_path, branch=branch).run(scene)
    assert counters["rx_packets"] > 3
    assert counters["tx_packets"] > 3


def test_the_lns_turns_sequencing_on_and_off_at_both_hops(tmp_path):
    async def scene(world):
        await world.opened()
        (served,) = world.hosts["lns2"]._server._sessions.values()
        (switched,) = world.hosts["gw1"]._switch._sessions.values()
        near = switched.port.endpoint.sessions[switched.ids]
        seen = []
        for on in (True, False):
            served.port.call(served.port.endpoint.set_sequencing, *served.ids, on=on)
            world.path("lns2").senders["oslo-lns2"](ICMP_FROM_BRANCH)
            await world.until(lambda wanted=on: near.sequence.on is wanted)
            seen.append(near.sequence.on)
        await world.until(lambda: len(world.path("oslo").delivered["oslo-lns2"]) == 2)
        return seen

    assert World(tmp_path).run(scene) == [True, False]


def test_set_link_info_and_wan_errors_pass(tmp_path):
    async def scene(world):
        await world.opened()
        heard = []
        (served,) = world.hosts["lns2"]._server._sessions.values()
        client = world.hosts["oslo"]._lines["oslo-lns2"][0]._attempt
        served.port._on_event = heard.append
        client._port._on_event = heard.append
        served.port.call(served.port.endpoint.send_link_info, *served.ids, (1, 2))
        session = (client._tunnel, next(iter(client._port.endpoint.sessions))[1])
        client._port.call(client._port.endpoint.send_wan_errors, *session, (1, 2, 3, 4, 5, 6))
        await world.until(lambda: sum(type(event).__name__ == "LinkInfo" for event in heard) == 2)
        return [(event.accm, event.errors) for event in heard if type(event).__name__ == "LinkInfo"]

    assert sorted(World(tmp_path).run(scene), key=str) == [((1, 2), None), (None, (1, 2, 3, 4, 5, 6))]


def test_the_lns_s_reason_reaches_the_branch(tmp_path):
    async def scene(world):
        await world.opened()
        (served,) = world.hosts["lns2"]._server._sessions.values()
        world.hosts["lns2"]._server.end(served, for_session(3, message="maintenance at nine"))
        await world.until(lambda: world.line("oslo")["last_error"])
        said = world.line("oslo")["last_error"]["what"]
        await world.opened()
        return said

    assert "maintenance at nine (call disconnected for administrative reasons)" in World(tmp_path).run(scene)


def test_the_branch_s_goodbye_reaches_the_lns(tmp_path):
    async def scene(world):
        await world.opened()
        await world.apply("oslo", changed(world.branch, "lines", {}))
        await world.until(lambda: {world.line(name)["state"] for name in ("gw1", "lns2")} == {"down"})
        return world.trunk()["sessions"], world.hosts["lns2"].status()["pools"][0]["used"]

    assert World(tmp_path).run(scene) == (0, 0)


WRONG = [
    # what is wrong                                                              the branch says
    (changed(GATEWAY, "gateway/rules", []), LNS2, "no rule carries calls of oslo"),
    (changed(GATEWAY, "gateway/peers/oslo/secret", "x"), LNS2, "the tunnel ended"),
    (changed(GATEWAY, "gateway/lns/gw1-lns2/tunnel_secret", "x"), LNS2, "gw1-lns2: the tunnel ended"),
    (changed(GATEWAY, "gateway/lns/gw1-lns2/peer_host_name", "x"), LNS2, "gw1-lns2: the tunnel ended"),
    (GATEWAY, changed(LNS2, "lns/users/oslo/secret", "x"), "refused our name or secret"),
]


@pytest.mark.parametrize(("gateway", "lns", "words"), WRONG)
def test_what_is_wrong_is_said(tmp_path, gateway, lns, words):
    async def scene(world):
        await world.until(lambda: world.line()["last_error"] and words in world.line()["last_error"]["what"], 15)

    World(tmp_path, gateway=gateway, lns=lns).run(scene)


def test_a_dead_lns_is_passed_over_and_the_preferred_one_taken_again(tmp_path):
    async def scene(world):
        await world.opened("oslo", "gw1", "lns3")
        first = world.line("gw1")["lns"], world.trunk()["dead_until"] is not None
        await world.start("lns2", world.lns)
        await world.until(lambda: world.line("gw1")["lns"] == "gw1-lns2", 20)  # by itself
        await world.opened("oslo", "gw1", "lns2")
        return first, world.line("gw1")["lns"]

    gateway = changed(changed(GATEWAY, "gateway/dead", 2), "gateway/setup", 1)
    seen = World(tmp_path, gateway=gateway, spare=True).run(scene, ("lns3",))
    assert seen == (("gw1-lns3", True), "gw1-lns2")


def test_an_lns_that_goes_away_is_replaced(tmp_path):
    async def scene(world):
        await world.opened("oslo", "gw1", "lns2")
        await world.hosts.pop("lns2").close()
        await world.until(lambda: world.line("gw1")["lns"] == "gw1-lns3" and world.line("oslo")["state"] == "open", 20)

    World(tmp_path, gateway=changed(GATEWAY, "gateway/setup", 1), spare=True).run(scene)


def test_apply_touches_only_what_differs(tmp_path):
    async def scene(world):
        await world.opened()
        before = world.line()["since"]
        more = changed(world.gateway, "gateway/peers/lyon", {"secret": "s"})
        changes = await world.apply("gw1", more)
        await asyncio.sleep(0.05)
        kept = world.line()["since"] == before
        await world.apply("gw1", changed(more, "gateway/lns/gw1-lns2/hello", 30))
        await world.until(lambda: world.line()["since"] != before and world.line()["state"] == "open", 15)
        return changes, kept

    assert World(tmp_path).run(scene) == ([{"line": "gateway", "action": "updated"}], True)


def test_a_trunk_without_sessions_is_hung_up(tmp_path):
    async def scene(world):
        await world.opened()
        await world.apply("oslo", changed(world.branch, "lines", {}))
        await world.until(lambda: world.trunk()["state"] == "down", 15)
        return world.trunk()["last_error"]

    assert World(tmp_path, gateway=changed(GATEWAY, "gateway/idle", 1)).run(scene) is None
