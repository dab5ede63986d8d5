"""A concentrator whose kernel carries frames on: the host's PPPoE session and the LNS's are bridged, else relayed."""

from __future__ import annotations

import pytest
from tests.lac.test_compulsory import PACKET
from tests.lac.world import Ethernet, World

from branchline.datapath.interface import AnyCarrier, Deliver, HostCarrier
from branchline.datapath.recorded import RecordedChannel, RecordedDataPath
from branchline.errors import LocalError
from branchline.lac.host_side import HostSide
from branchline.pppoe.events import Place


class Kernel:
    """Plays that of lac1: its frames go out by the engine's own sockets, and what comes in there is its own."""

    def __init__(self, tmp_path, monkeypatch, refuse=()) -> None:
        self.world = World(tmp_path, monkeypatch)
        self._refuse = refuse
        start = self.world.start

        async def only_the_concentrators(name, document):
            self.world.kernel = self.taken if name == "lac1" else None
            await start(name, document)

        monkeypatch.setattr(self.world, "start", only_the_concentrators)

    def taken(self, carrier: AnyCarrier) -> Deliver:
        """What sends a session's frames."""
        if type(carrier).__name__ in self._refuse:
            raise LocalError("it bridges no PPP channels", "Linux does since 5.11")
        if isinstance(carrier, HostCarrier):
            return self.host(carrier)
        port = carrier.own_socket.func.__self__
        return lambda frame: port.send_frame(carrier.tunnel, carrier.session, b"\xff\x03" + frame)

    def host(self, carrier: HostCarrier) -> Deliver:
        """Send on the access network."""
        (subscriber,) = self.world.hosts["lac1"]._concentrator._subscribers.values()
        assert (carrier.mac, carrier.session) == (subscriber.begun.place.mac, subscriber.begun.session)
        return subscriber._port.transmitter(subscriber.begun.place, carrier.session)

    @property
    def channels(self) -> tuple[RecordedChannel, RecordedChannel]:
        """The last session of the host, and that of the LNS."""
        taken = list(reversed(self.world.path("lac1").taken))
        kinds = [isinstance(channel.carrier, HostCarrier) for channel in taken]
        return taken[kinds.index(True)], taken[kinds.index(False)]

    @property
    def port(self):
        """The concentrator's end of the access network."""
        return next(port for port in self.world.ethernet.ports if port.spared is not None)


def feed(kernel: Kernel) -> None:
    """What comes up to the engine's sockets is what a kernel has before it: give it to the channels."""
    host, lns = kernel.channels
    (subscriber,) = kernel.world.hosts["lac1"]._concentrator._subscribers.values()
    subscriber._port.open_sink(subscriber.begun.place, subscriber.begun.session, host.arrive)
    lns.carrier.own_socket.func.__self__.open_sink(
        lns.carrier.tunnel, lns.carrier.session, lambda frame: lns.arrive(frame.removeprefix(b"\xff\x03"))
    )


def test_both_sessions_are_taken_when_the_lns_answers_and_bridged(tmp_path, monkeypatch):
    kernel = Kernel(tmp_path, monkeypatch)

    async def scene(world):
        await world.until(lambda: world.line("lac1")["state"] == "open")
        feed(kernel)
        host, lns = kernel.channels
        assert (host.bridged, lns.bridged, kernel.port.spared) == (lns, host, True)
        await world.opened()
        for _ in range(3):
            world.path("home1").senders["home1-lns1"](PACKET)
            world.path("lns1").senders["home1-lns1"](PACKET)
        ends = ("home1", "lns1")
        await world.until(lambda: all(len(world.path(name).delivered["home1-lns1"]) == 3 for name in ends))
        entry = world.line("lac1")
        assert entry["datapath"] == {"name": "recorded", "reason": "a recording, and bridges the two sessions"}
        counted = lns.counters()
        assert entry["counters"]["rx_packets"] == counted.tx_packets > 3
        assert entry["counters"]["tx_packets"] == counted.rx_packets > 3

    kernel.world.run(scene)


ENDED = [
<<<<<<< HEAD
    # by, how
=======
    # by        how
>>>>>>> s-g
    ("home1", lambda kernel: kernel.world.hosts["home1"].reconnect("home1-lns1")),
    ("lns1", lambda kernel: kernel.world.hosts["lns1"].reconnect("home1-lns1")),
    ("lac1", lambda kernel: kernel.world.hosts["lac1"].reconnect("home1-lns1")),
    ("the kernel", lambda kernel: kernel.channels[0].on_lost()),
]  # fmt: skip


@pytest.mark.parametrize("end", [row[1] for row in ENDED], ids=[row[0] for row in ENDED])
def test_both_sessions_end_together(tmp_path, monkeypatch, end):
    kernel = Kernel(tmp_path, monkeypatch)

    async def scene(world):
        await world.until(lambda: world.line("lac1")["state"] == "open")
        feed(kernel)
        await world.opened()
        before = kernel.channels
        end(kernel)
        await world.until(lambda: all(channel.closed for channel in before))
        await world.until(lambda: not any(channel.closed for channel in kernel.channels), 15)

    kernel.world.run(scene)


NOT_BRIDGED = [(), ("HostCarrier",), ("Carrier",), ("Carrier", "HostCarrier")]


@pytest.mark.parametrize("refuse", NOT_BRIDGED, ids=lambda refuse: "+".join(refuse) or "bridge")
def test_what_the_kernel_does_not_bridge_is_relayed(tmp_path, monkeypatch, refuse):
    """Whichever of the three steps fails: the host's session, the LNS's, the bridge."""

    def no_bridge(_self, _other):
        raise LocalError("it bridges no PPP channels", "Linux does since 5.11")

    monkeypatch.setattr(RecordedChannel, "bridge", no_bridge)
    kernel = Kernel(tmp_path, monkeypatch, refuse)

    async def scene(world):
        await world.opened()
        for _ in range(3):
            world.path("home1").senders["home1-lns1"](PACKET)
            world.path("lns1").senders["home1-lns1"](PACKET)
        ends = ("home1", "lns1")
        await world.until(lambda: all(len(world.path(name).delivered["home1-lns1"]) == 3 for name in ends))
        assert "Linux does since 5.11" in world.line("lac1")["datapath"]["reason"]
        assert all(channel.given_back for channel in world.path("lac1").taken)
        assert kernel.port.spared is False

    kernel.world.run(scene)


def test_the_kernel_takes_no_session_out_of_a_vlan_without_a_device():
    ethernet = Ethernet()
    port = ethernet("eth1", frozenset((7,)), None)
    side = HostSide(port, Place(b"\2\0\0\0\0\7", 7), 1, print)
    side.offer(RecordedDataPath(kernel=lambda _carrier: print))
    assert side.channel is None
    assert "VLAN" in side.refused
