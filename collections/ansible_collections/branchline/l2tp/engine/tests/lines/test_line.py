"""A whole line over loopback: it opens, carries packets, refuses clearly, comes back, changes only what differs."""

from __future__ import annotations

import asyncio

import pytest
from tests.aio.charon import FakeCharon
from tests.lines.world import BRANCH, LNS, World, changed

from branchline.l2tp.results import for_session
from branchline.lines.server import LnsServer
from branchline.ppp.convergence import Convergence

ICMP_FROM_BRANCH = bytes.fromhex("4500001c000000004001000a0a140010 0a140001 0800f7ff00000000".replace(" ", ""))


def test_a_line_opens_at_both_ends(tmp_path):
    async def scene(world):
        await world.opened()
        return world.line("oslo"), world.line("lns1")

    branch, lns = World(tmp_path).run(scene)
    assert (branch["address"], branch["peer_address"], branch["dns"]) == ("10.20.0.16", "10.20.0.1", ["10.10.0.53"])
    assert (lns["address"], lns["peer_address"], lns["pool"]) == ("10.20.0.16", "10.20.0.1", "branches")
    assert (branch["auth"], branch["user"], lns["user"]) == ("mschapv2", "oslo", "oslo")
    assert (branch["interface"], branch["routes"]) == ("oslo-lns1", ["10.10.0.0/24"])
    assert branch["tunnel"]["peer_id"] == lns["tunnel"]["id"]
    assert branch["session"]["id"] == lns["session"]["peer_id"]
    assert branch["last_error"] is None


@pytest.mark.parametrize("sequencing", [False, True])
def test_packets_pass_both_ways(tmp_path, sequencing):
    async def scene(world):
        await world.opened()
        for _ in range(3):
            world.path("oslo").senders["oslo-lns1"](ICMP_FROM_BRANCH)
            world.path("lns1").senders["oslo-lns1"](ICMP_FROM_BRANCH)
        await world.until(lambda: all(len(world.path(name).delivered["oslo-lns1"]) == 3 for name in world.hosts))
        return [world.path(name).delivered["oslo-lns1"] for name in world.hosts]

    world = World(tmp_path, branch=changed(BRANCH, "lines/oslo-lns1/sequencing", sequencing))
    assert world.run(scene) == [[ICMP_FROM_BRANCH] * 3] * 2


@pytest.mark.parametrize("methods", [["pap"], ["chap-md5"], ["mschapv2"], ["mschapv2", "pap"]])
def test_each_method_proves_the_user(tmp_path, methods):
    async def scene(world):
        await world.opened()
        return world.line()["auth"]

    lns = changed(LNS, "lns/auth", methods)
    branch = changed(BRANCH, "lines/oslo-lns1/auth", ["mschapv2", "chap-md5", "pap"])
    assert World(tmp_path, lns, branch).run(scene) == methods[0]


def test_a_fixed_address_is_given(tmp_path):
    async def scene(world):
        await world.opened()
        return world.line()["address"], world.line("lns1")["pool"]

    lns = changed(LNS, "lns/users/oslo/address", "10.20.0.17")
    assert World(tmp_path, lns).run(scene) == ("10.20.0.17", None)


WRONG = [
    # what is wrong                                                               the branch says
    (changed(LNS, "lns/users/oslo/secret", "other"), BRANCH, "refused our name or secret"),
    (changed(LNS, "lns/users", {}), BRANCH, "refused our name or secret"),
    (changed(LNS, "lns/peers/oslo/secret", "other"), BRANCH, "the tunnel ended"),
    (changed(LNS, "lns/peers", {}), BRANCH, "the tunnel ended"),
    (LNS, changed(BRANCH, "lines/oslo-lns1/peer_host_name", "lns9"), "lns9"),
    (LNS, changed(BRANCH, "lines/oslo-lns1/auth", ["pap"]), "by pap only"),
    (LNS, changed(BRANCH, "lines/oslo-lns1/address", "10.20.0.99"), "10.20.0.99"),
    (changed(LNS, "lns/pools/branches", ["10.20.0.1"]), BRANCH, "pool branches is empty"),
]


@pytest.mark.parametrize(("lns", "branch", "words"), WRONG)
def test_what_is_wrong_is_said(tmp_path, lns, branch, words):
    async def scene(world):
        await world.until(lambda: world.line()["last_error"] and words in world.line()["last_error"]["what"])
        return world.line()

    line = World(tmp_path, lns, branch).run(scene)
    assert line["last_error"]["remedy"]
    assert line["state"] != "open"


def test_an_lns_that_hangs_up_instead_of_answering(tmp_path, monkeypatch):
    """As l2tpns does: CDN, and no word of CHAP."""
    monkeypatch.setattr(LnsServer, "credentials", lambda self, served, _event: self.end(served, for_session(3)))

    async def scene(world):
        await world.until(lambda: world.line()["last_error"])
        return world.line()["last_error"]["what"]

    assert "while 'oslo' was authenticating" in World(tmp_path).run(scene)


def test_an_lns_that_hangs_up_instead_of_agreeing(tmp_path, monkeypatch):
    """As l2tpns does after five Configure-Naks of IPCP: one fewer than we take."""
    taken = Convergence.answer

    def answer(self, asked):
        if self._name == "IPCP" and self._naks == 3 and server:
            server[0].end(next(iter(server[0]._sessions.values())), for_session(3))
        return taken(self, asked)

    async def scene(world):
        server.append(world.hosts["lns1"]._server)
        await world.until(lambda: world.line()["last_error"])
        return world.line()["last_error"]["what"]

    server = []
    monkeypatch.setattr(Convergence, "answer", answer)
    branch = changed(BRANCH, "lines/oslo-lns1/address", "10.20.0.99")
    assert "10.20.0.99 is configured; the session ended" in World(tmp_path, branch=branch).run(scene)


def test_the_reason_of_a_link_is_that_of_the_line(tmp_path):
    """Not merely that IPCP went down with it."""

    async def scene(world):
        await world.opened()
        served_by(world).ppp.close("the roof is on fire")
        await world.until(lambda: world.line()["last_error"])
        return world.line()["last_error"]["what"]

    assert "the roof is on fire" in World(tmp_path).run(scene)


def test_a_link_outlives_its_session_quietly(tmp_path):
    """Its timer may be due in the very moment in which the session ends."""

    async def scene(world):
        await world.opened()
        session = served_by(world).ppp
        session.port.call(session.port.endpoint.close_session, *session.ids, for_session(3))
        session.close("too late")
        await world.until(lambda: world.line()["last_error"])

    World(tmp_path).run(scene)


def served_by(world):
    """The LNS's end of the line."""
    return world.hosts["lns1"]._server.by_line["oslo-lns1"]


def test_a_host_without_the_device_says_so_and_goes_on_trying(tmp_path):
    async def scene(world):
        await world.until(lambda: world.line()["attempts"] > 1)
        return world.line()["last_error"]["what"]

    assert "cannot make oslo-lns1" in World(tmp_path, refuse=frozenset({"oslo-lns1"})).run(scene)


def test_the_line_comes_back_when_the_lns_restarts(tmp_path):
    async def scene(world):
        await world.opened()
        await world.hosts["lns1"].close()
        await world.until(lambda: world.line()["state"] != "open")
        await world.start("lns1", world.lns)
        await world.opened()
        return [event["event"] for event in world.events["oslo"] if event["event"] in ("open", "down")]

    events = World(tmp_path).run(scene)
    assert (events[0], events[-1]) == ("open", "open")
    assert "down" in events


def test_a_branch_that_died_silently_replaces_its_old_session(tmp_path):
    async def scene(world):
        await world.opened()
        first = world.line("lns1")["session"]["id"]
        line, task = world.hosts["oslo"]._lines["oslo-lns1"]
        line._attempt._port.close()  # as a kill -9 does: the peer hears nothing
        await world.start("oslo", world.branch)
        await world.until(lambda: (world.line("lns1")["session"] or {}).get("id") not in (None, first))
        await world.opened()
        task.cancel()
        return world.line("lns1")["address"], world.hosts["lns1"].status()["pools"][0]["used"]

    assert World(tmp_path).run(scene) == ("10.20.0.16", 1)


def test_addresses_come_back_however_sessions_end(tmp_path):
    async def scene(world):
        used = []
        for _ in range(4):
            await world.opened()
            used.append(world.hosts["lns1"].status()["pools"][0]["used"])
            ended = world.line()["session"]
            world.hosts["oslo"].reconnect("oslo-lns1")
            await world.until(lambda: world.line()["session"] != ended)  # noqa: B023 - called in this round
        return used

    assert World(tmp_path).run(scene) == [1, 1, 1, 1]


def test_a_line_over_ipsec_starts_from_the_virtual_ip_and_follows_the_sa(tmp_path):
    async def scene(world):
        fake = FakeCharon(tmp_path / "vici")
        await fake.start()
        fake.on_initiate = lambda connection: fake.install(connection, vip="127.0.0.7")
        await world.opened()
        first = world.line()["local"]["address"], world.line()["ipsec"]
        fake.remove("oslo-lns1")
        await world.until(lambda: world.line()["state"] != "open")
        await world.opened()
        await fake.stop()
        return first, [event.get("reason") for event in world.events["oslo"] if event["event"] == "down"]

    ipsec = {"connection": "oslo-lns1", "child": "l2tp", "virtual_ip": True}
    first, reasons = World(tmp_path, branch=changed(BRANCH, "lines/oslo-lns1/ipsec", ipsec)).run(scene)
    assert first == ("127.0.0.7", {"connection": "oslo-lns1", "virtual_ip": "127.0.0.7", "ike_id": 1})
    assert reasons == ["the IPsec SA is gone"]


def test_closing_a_host_ends_its_lines_politely(tmp_path):
    async def scene(world):
        await world.opened()
        host = world.hosts.pop("oslo")
        await host.close()
        await world.until(lambda: world.line("lns1")["state"] == "down")
        await asyncio.sleep(0)
        return world.line("lns1")["last_error"]["what"], host.context.datapath.paths

    what, paths = World(tmp_path).run(scene)
    assert "no longer wanted" in what
    assert paths == {}


def test_a_fault_of_the_engine_is_told_and_the_line_comes_back(tmp_path):
    async def scene(world):
        path = world.path("oslo")
        whole, path.attach = path.attach, broken
        await world.until(lambda: world.line()["last_error"])
        path.attach = whole
        await world.opened()
        return world.line()["last_error"]["what"]

    async def broken(_path, _send):
        raise RuntimeError("a bug")

    assert "a bug" in World(tmp_path).run(scene)
