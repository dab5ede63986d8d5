"""A gateway whose kernel carries frames on: both sessions are taken in time, bridged, counted, and given back."""

from __future__ import annotations

import pytest
from tests.gateway.test_realm import CALLER, world_of
from tests.gateway.test_switch import SEQUENCED
from tests.gateway.world import BRANCH, World
from tests.lines.test_line import ICMP_FROM_BRANCH
from tests.lines.test_taken import Kernels
from tests.lines.world import changed

from branchline.datapath.interface import Carrier, Deliver
from branchline.datapath.recorded import RecordedChannel
from branchline.errors import LocalError
from branchline.l2tp.results import for_session
from branchline.lines.explain import explain


@pytest.fixture
def world(tmp_path):
    """Return three hosts, all of them with a kernel that takes sessions."""
    made = World(tmp_path)
    Kernels(made)
    return made


def channels(world):
    """The gateway's last session of the branch, and that of the LNS."""
    taken = world.path("gw1").taken
    return tuple(next(each for each in reversed(taken) if each.carrier.lns is lns) for lns in (True, False))


def test_the_two_sessions_are_bridged_and_the_status_says_so(world):
    async def scene(world):
        await world.opened()
        near, far = channels(world)
        assert (near.bridged, far.bridged) == (far, near)
        entry = world.line("gw1")
        assert entry["datapath"] == {"name": "recorded", "reason": "a recording, and bridges the two sessions"}
        assert explain(entry)[-1]["evidence"]["datapath"] == entry["datapath"]

    world.run(scene)


def test_what_came_before_the_bridge_is_carried_on_in_order(world):
    async def scene(world):
        await world.opened()
        near, far = channels(world)
        branch, lns = world.path("oslo").taken[-1], world.path("lns2").taken[-1]
        assert far.sent[0] == branch.sent[0]  # it began while the gateway was still calling the LNS
        carried = [channel.counters() for channel in (near, far, lns)]
        assert carried[0].rx_packets == carried[1].tx_packets == carried[2].rx_packets == len(branch.sent)
        assert len(far.sent) + len(near.sent) < len(branch.sent) + len(lns.sent)  # most of it the engine has not seen

    world.run(scene)


def test_the_counters_are_the_kernels(world):
    async def scene(world):
        await world.opened()
        (switched,) = world.hosts["gw1"]._switch._sessions.values()
        near = channels(world)[0].counters()
        counters = world.line("gw1")["counters"]
        assert (counters["rx_packets"], counters["tx_packets"]) == (near.rx_packets, near.tx_packets)
        assert switched.crossing.rx_packets < near.rx_packets

    world.run(scene)


@pytest.mark.parametrize(("branch", "numbered"), [(BRANCH, False), (SEQUENCED, True)])
def test_sequence_numbers_are_the_kernels_on_both_hops(tmp_path, branch, numbered):
    world = World(tmp_path, branch=branch)
    Kernels(world)

    async def scene(world):
        await world.opened()
        assert [channel.sequenced for channel in channels(world)] == [numbered, numbered]

    world.run(scene)


@pytest.mark.parametrize("numbered", [False, True])
def test_a_branch_that_is_asked_who_it_is_is_bridged_when_it_has_said_so(tmp_path, numbered):
    world = world_of(tmp_path, branch=changed(CALLER, "lines/oslo-lns2/sequencing", numbered))
    Kernels(world)

    async def scene(world):
        await world.opened()
        near, far = channels(world)
        assert (near.bridged, near.sequenced, far.sequenced) == (far, numbered, numbered)
        assert len(near.sent) > 2 > len(far.sent)  # LCP and the challenge were the gateway's
        assert (world.line("gw1")["realm"], world.line("lns2")["user"]) == ("corp.example", "oslo@corp.example")

    world.run(scene)


ENDED = [
<<<<<<< HEAD
    # by, how
=======
    # by        how
>>>>>>> s-g
    ("oslo", lambda world: world.hosts["oslo"].reconnect("oslo-lns2")),
    ("lns2", lambda world: world.hosts["lns2"].reconnect("oslo-lns2")),
    ("gw1", lambda world: world.hosts["gw1"].reconnect("oslo-lns2")),
    ("the kernel", lambda world: channels(world)[1].on_lost()),
]  # fmt: skip


@pytest.mark.parametrize("end", [row[1] for row in ENDED], ids=[row[0] for row in ENDED])
def test_both_sessions_end_together_and_the_line_comes_back(world, end):
    async def scene(world):
        await world.opened()
        before = channels(world)
        end(world)
        await world.until(lambda: all(channel.closed for channel in before))
        await world.until(lambda: not any(channel.closed for channel in channels(world)), 15)
        await world.opened()
        near, far = channels(world)
        assert near.bridged is far

    world.run(scene)


def test_a_call_that_no_lns_takes_leaves_nothing_in_the_kernel(world):
    async def scene(world):
        await world.until(lambda: len(world.path("gw1").taken) > 1)
        assert world.path("gw1").taken[0].closed

    world.gateway["gateway"]["lns"]["gw1-lns2"]["tunnel_secret"] = "another"
    world.run(scene)


def sender(carrier: Carrier) -> Deliver:
    """What sends frames as a kernel would, from the engine's own socket; the engine still hears what comes."""
    port = carrier.own_socket.func.__self__

    def send(frame: bytes) -> None:
        port.send_frame(carrier.tunnel, carrier.session, b"\xff\x03" + frame)

    return send


def refusing(_carrier: Carrier) -> Deliver:
    raise LocalError("it bridges no PPP channels", "Linux does since 5.11")


def far_only(carrier: Carrier) -> Deliver:
    return refusing(carrier) if carrier.lns else sender(carrier)


def near_only(carrier: Carrier) -> Deliver:
    return sender(carrier) if carrier.lns else refusing(carrier)


ASKED = changed(CALLER, "lines/oslo-lns2/sequencing", True)


@pytest.mark.parametrize("kernel", [refusing, near_only, far_only, sender])
@pytest.mark.parametrize("branch", [BRANCH, SEQUENCED, ASKED], ids=["plain", "sequenced", "asked"])
def test_what_the_kernel_does_not_bridge_is_carried_on_without_it(tmp_path, monkeypatch, kernel, branch):
    """Whichever of the three steps fails: the branch's session, the LNS's session, the bridge."""

    def no_bridge(_self, _other):
        raise LocalError("it bridges no PPP channels", "Linux does since 5.11")

    monkeypatch.setattr(RecordedChannel, "bridge", no_bridge)
    world = world_of(tmp_path, branch=branch) if branch is ASKED else World(tmp_path, branch=branch)
    world.kernel, world.in_kernel = kernel, ("gw1",)

    async def scene(world):
        await world.opened()
        ends = ("oslo", "lns2")
        for name in ends * 3:
            world.path(name).senders["oslo-lns2"](ICMP_FROM_BRANCH)
        await world.until(lambda: all(len(world.path(name).delivered["oslo-lns2"]) == 3 for name in ends))
        entry = world.line("gw1")
        why = "the kernel could not take it: it bridges no PPP channels; Linux does since 5.11"
        assert entry["datapath"] == {"name": "tun", "reason": why}
        assert entry["counters"]["rx_packets"] > 3 < entry["counters"]["tx_packets"]
        assert all(channel.given_back for channel in world.path("gw1").taken)
        served = next(iter(world.hosts["lns2"]._server._sessions.values()))
        served.port.call(served.port.endpoint.close_session, *served.ids, for_session(3))
        await world.until(lambda: world.line("gw1")["state"] != "open")

    world.run(scene)
