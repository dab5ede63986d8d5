"""Sessions whose frames a kernel takes: PPP opens the line through the channel, and no packet passes the engine."""

from __future__ import annotations

import asyncio

import pytest
from tests.lines.world import BRANCH, LNS, World, changed

from branchline.datapath.interface import Carrier, Deliver
from branchline.errors import LocalError
from branchline.wire import ppp


class Kernels:
    """Two kernels and a wire: what an end sends into its channel comes out of the other end's."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.kernel = self.taken

    def taken(self, carrier: Carrier) -> Deliver:
        """Return what carries a frame to the other end."""

        def send(frame: bytes) -> None:
            asyncio.get_running_loop().call_soon(self._arrive, carrier, frame)

        return send

    def _arrive(self, sender: Carrier, frame: bytes) -> None:
        for host in self._world.hosts:
            for channel in self._world.path(host).taken:
                to = channel.carrier
                if (to.tunnel, to.session) == (sender.peer_tunnel, sender.peer_session) and not channel.closed:
                    channel.arrive(frame)


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    Kernels(made)
    return made


def channels(world):
    """The last channel of the branch and that of the LNS."""
    return world.path("oslo").taken[-1], world.path("lns1").taken[-1]


def test_the_line_opens_through_the_channels_and_its_frames_have_no_ff_03(world):
    async def scene(world):
        await world.opened()
        for channel in channels(world):
            assert [frame[:2] for frame in channel.sent].count(b"\xff\x03") == 0
            assert ppp.split(channel.sent[0])[0] == ppp.LCP
            assert not channel.sequenced
        for host in ("oslo", "lns1"):
            path = world.path(host).paths["oslo-lns1"]
            assert path.channel is world.path(host).taken[-1]
            assert world.line(host)["datapath"] == {"name": "recorded", "reason": "a recording"}

    world.run(scene)


def test_each_kernel_gets_the_ids_and_a_socket_for_the_peer_alone(world):
    async def scene(world):
        await world.opened()
        branch, lns = (channel.carrier for channel in channels(world))
        assert (branch.lns, lns.lns) == (False, True)
        assert (branch.tunnel, branch.session) == (lns.peer_tunnel, lns.peer_session)
        assert (lns.tunnel, lns.session) == (branch.peer_tunnel, branch.peer_session)
        ours, theirs = branch.own_socket(), lns.own_socket()
        assert ours.getpeername() == theirs.getsockname()
        assert ours.getsockname() == theirs.getpeername()
        assert branch.own_socket() is ours

    world.run(scene)


def test_the_lns_is_ready_before_the_branch_hears_that_it_may_send(world):
    """ICRP and ICCN are answered only when the kernel has the session: no numbered frame may miss it (5.4)."""
    order = []

    async def scene(world):
        await world.opened()

    taken = world.kernel

    def noting(carrier: Carrier) -> Deliver:
        order.append("lns" if carrier.lns else "lac")
        return taken(carrier)

    world.kernel = noting
    world.run(scene)
    assert order[:2] == ["lns", "lac"]


def test_sequence_numbers_are_the_kernels(tmp_path):
    world = World(tmp_path, branch=changed(BRANCH, "lines/oslo-lns1/sequencing", True))
    Kernels(world)

    async def scene(world):
        await world.opened()
        assert [channel.sequenced for channel in channels(world)] == [True, True]

    world.run(scene)


def test_the_channel_is_closed_with_its_session(world):
    async def scene(world):
        await world.opened()
        before = channels(world)
        world.hosts["oslo"].reconnect("oslo-lns1")
        await world.until(lambda: all(channel.closed for channel in before))
        await world.until(lambda: len(world.path("oslo").taken) > 1)
        await world.opened()
        assert not any(channel.closed for channel in channels(world))

    world.run(scene)


def test_a_session_that_nobody_proves_to_own_is_closed_too(tmp_path):
    world = World(tmp_path, lns=changed(LNS, "lns/users/oslo/secret", "another"))
    Kernels(world)

    async def scene(world):
        await world.until(lambda: len(world.path("lns1").taken) > 1)
        await world.until(lambda: world.path("lns1").taken[0].closed and world.path("oslo").taken[0].closed)
        assert world.path("lns1").paths == {}

    world.run(scene)


def test_what_the_kernel_cannot_take_is_carried_without_it_and_the_reason_is_kept(world):
    def refusing(_carrier: Carrier) -> Deliver:
        raise LocalError("tunnel 7 is another one's", "reconnect")

    world.kernel = refusing

    async def scene(world):
        await world.opened()
        for host in ("oslo", "lns1"):
            path = world.path(host).paths["oslo-lns1"]
            assert path.channel is None
            assert path.refused == "the kernel could not take it: tunnel 7 is another one's; reconnect"

    world.run(scene)


@pytest.mark.parametrize("sequencing", [False, True])
def test_an_open_session_is_taken_later_unless_its_frames_are_numbered_already(tmp_path, sequencing):
    world = World(tmp_path, branch=changed(BRANCH, "lines/oslo-lns1/sequencing", sequencing))
    willing = []

    def taken(_carrier: Carrier) -> Deliver:
        if not willing:
            raise LocalError("it is another's", "wait")
        return willing.append

    world.kernel = taken

    async def scene(world):
        await world.opened()
        path = world.path("lns1").paths["oslo-lns1"]
        served = next(iter(world.hosts["lns1"]._server._sessions.values()))
        willing.append(b"")
        served.offer()
        assert (path.channel, served.ppp.channel is None) == (None, sequencing)

    world.run(scene)


def test_an_interface_that_somebody_removes_ends_its_session_alone(world):
    async def scene(world):
        await world.opened()
        before = channels(world)[1]
        interface = world.line("lns1")["interface"]
        world.hosts["lns1"].lost_device("of-nobody")
        assert not before.closed
        world.hosts["lns1"].lost_device(interface)
        await world.until(lambda: before.closed)
        await world.until(lambda: len(world.path("lns1").taken) > 1)
        await world.opened()

    world.run(scene)
