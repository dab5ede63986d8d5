"""A gateway that goes by realm: it asks the branch who it is, and passes that on (RFC 2661 4.4.5) untouched."""

from __future__ import annotations

import pytest
from tests.gateway.world import BRANCH, GATEWAY, LNS2, World
from tests.lines.test_line import ICMP_FROM_BRANCH
from tests.lines.world import changed

from branchline.lines.explain import explain

CORP, LAB = "oslo@corp.example", "oslo@lab.example"
RULES = [
    {"host_name": "oslo", "realm": "corp.example", "line": "oslo-lns2", "lns": [{"line": "gw1-lns2"}]},
    {"realm": "lab.example", "lns": [{"line": "gw1-lns2"}]},
]
BY_REALM = changed(GATEWAY, "gateway/rules", RULES)
BY_REALM["gateway"]["mru"] = 1360
USERS = {CORP: {"line": "oslo-lns2", "secret": "ppp secret", "pool": "branches"}}
LNS = changed(LNS2, "lns/users", USERS)
LNS["lns"]["auth"] = ["mschapv2", "chap-md5", "pap"]
CALLER = changed(BRANCH, "lines/oslo-lns2/user", CORP)
CALLER["lines"]["oslo-lns2"].update(secret="ppp secret", mtu=1360, auth=["mschapv2", "chap-md5", "pap"], address=None)


def world_of(tmp_path, *, gateway=BY_REALM, lns=LNS, branch=CALLER, spare=False):
    world = World(tmp_path, gateway=gateway, lns=lns, branch=branch, spare=spare)
    world.spare["lns"].update(users=USERS, auth=LNS["lns"]["auth"])
    return world


def count(world, name, event):
    return [each["event"] for each in world.events[name]].count(event)


def test_a_line_opens_through_the_gateway(tmp_path):
    async def scene(world):
        await world.opened()
        return [world.line(name) for name in ("oslo", "gw1", "lns2")]

    branch, gateway, lns = world_of(tmp_path).run(scene)
    assert (branch["address"], lns["address"], lns["user"]) == ("10.20.0.16", "10.20.0.16", CORP)
    assert (gateway["user"], gateway["realm"], gateway["auth"]) == (CORP, "corp.example", "mschapv2")
    assert branch["correlation"] == gateway["correlation"] == lns["correlation"]
    assert gateway["onward"]["session"]["peer_id"] == lns["session"]["id"]
    assert [rung["ok"] for rung in explain(gateway)] == [True] * 5


@pytest.mark.parametrize("method", ["pap", "chap-md5", "mschapv2"])
@pytest.mark.parametrize("sequencing", [False, True])
def test_each_method_is_carried_on(tmp_path, method, sequencing):
    """The LNS goes by what was said to the gateway: nobody has to prove himself a second time. Then packets pass."""

    async def scene(world):
        await world.opened()
        ends = ("oslo", "lns2")
        for _ in range(3):
            for name in ends:
                world.path(name).senders["oslo-lns2"](ICMP_FROM_BRANCH)
        await world.until(lambda: all(len(world.path(name).delivered["oslo-lns2"]) == 3 for name in ends))
        return world.line("lns2")["auth"], count(world, "oslo", "authenticated")

    gateway = changed(BY_REALM, "gateway/auth", [method])
    branch = changed(CALLER, "lines/oslo-lns2/sequencing", sequencing)
    assert world_of(tmp_path, gateway=gateway, branch=branch).run(scene) == (method, 1)


NOT_AS_ASKED = [
    changed(LNS, "lns/proxy", "renegotiate"),
    changed(LNS, "lns/mtu", 1300),
    changed(LNS, "lns/auth", ["chap-md5"]),
]


@pytest.mark.parametrize("lns", NOT_AS_ASKED)
def test_an_lns_that_wants_something_else_begins_anew(tmp_path, lns):
    async def scene(world):
        await world.opened()
        return world.line("lns2")["auth"]

    assert world_of(tmp_path, lns=lns).run(scene) == lns["lns"]["auth"][0]


def test_a_realm_without_a_line_of_its_own(tmp_path):
    async def scene(world):
        await world.opened("oslo", "lns2")
        (entry,) = [each for each in world.hosts["gw1"].status()["lines"] if each["state"] == "open"]
        return entry

    lns = changed(LNS, "lns/users", {LAB: USERS[CORP]})
    entry = world_of(tmp_path, lns=lns, branch=changed(CALLER, "lines/oslo-lns2/user", LAB)).run(scene)
    assert (entry["line"], entry["realm"]) == (f"oslo-{entry['correlation']}", "lab.example")


WRONG = [
    # what is wrong                                                            the branch says
    ({"branch": changed(CALLER, "lines/oslo-lns2/user", "oslo@x.example")}, "refused our name or secret"),
    ({"branch": changed(CALLER, "lines/oslo-lns2/user", "oslo")}, "refused our name or secret"),
    ({"branch": changed(CALLER, "lines/oslo-lns2/secret", "other")}, "refused our name or secret"),
    ({"branch": changed(CALLER, "lines/oslo-lns2/auth", ["pap"])}, "pap"),
    ({"lns": changed(LNS, "lns/users", {})}, "refused our name or secret"),
    ({"lns": changed(LNS, "lns/peers/gw1/secret", "other")}, "gw1-lns2: the tunnel ended"),
]


@pytest.mark.parametrize(("documents", "words"), WRONG)
def test_what_is_wrong_is_said(tmp_path, documents, words):
    async def scene(world):
        await world.until(lambda: words in str(world.line()["last_error"]), 15)

    world_of(tmp_path, **documents).run(scene)


def test_a_realm_that_nobody_serves_is_told_at_the_gateway(tmp_path):
    async def scene(world):
        said = world.events["gw1"]
        words = "no rule carries calls of oslo to no number of realm x.example on"
        await world.until(lambda: any(words in str(event.get("reason")) for event in said))
        await world.until(lambda: world.line()["last_error"])
        return [entry["line"] for entry in world.hosts["gw1"].status()["lines"] if entry["state"] == "open"]

    assert world_of(tmp_path, branch=changed(CALLER, "lines/oslo-lns2/user", "oslo@x.example")).run(scene) == []


def test_the_next_lns_of_the_realm_takes_over(tmp_path):
    async def scene(world):
        await world.opened("oslo", "gw1", "lns3")
        return world.line("gw1")["lns"], count(world, "oslo", "authenticated"), count(world, "gw1", "failover") > 0

    gateway = changed(BY_REALM, "gateway/setup", 1)
    assert world_of(tmp_path, gateway=gateway, spare=True).run(scene, ("lns3",)) == ("gw1-lns3", 1, True)


def test_what_needs_no_realm_is_not_asked(tmp_path):
    """A rule for the host's name that comes first decides, and the gateway says nothing in PPP."""

    async def scene(world):
        await world.opened()
        return world.line("gw1"), count(world, "gw1", "lcp-up")

    first = [{"host_name": "oslo", "line": "oslo-lns2", "lns": [{"line": "gw1-lns2"}]}, *RULES[1:]]
    entry, asked = world_of(tmp_path, gateway=changed(BY_REALM, "gateway/rules", first)).run(scene)
    assert (entry["user"], entry["realm"], asked) == (None, None, 0)


def test_the_branch_hangs_up(tmp_path):
    async def scene(world):
        await world.opened()
        await world.apply("oslo", changed(world.branch, "lines", {}))
        await world.until(lambda: {world.line(name)["state"] for name in ("gw1", "lns2")} == {"down"})
        return world.trunk()["sessions"]

    assert world_of(tmp_path).run(scene) == 0


def test_apply_touches_only_what_differs(tmp_path):
    async def scene(world):
        await world.opened()
        before = world.line()["since"]
        more = [*RULES, {"realm": "new.example", "lns": [{"line": "gw1-lns2"}]}]
        await world.apply("gw1", changed(world.gateway, "gateway/rules", more))
        kept = world.line()["since"] == before
        await world.apply("gw1", changed(world.gateway, "gateway/rules", RULES[1:]))
        await world.until(lambda: world.line()["state"] != "open")
        return kept

    assert world_of(tmp_path).run(scene)
