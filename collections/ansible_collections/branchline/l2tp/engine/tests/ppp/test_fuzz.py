"""Whatever a peer sends, a Link does not raise, does not flood, and always knows when it wants to be woken."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from two_ends import CLIENT, GIVEN, LNS, End, Wire

from branchline.ppp.link import Phase
from branchline.wire import ppp

PROTOCOLS = (ppp.LCP, ppp.PAP, ppp.CHAP, ppp.IPCP, ppp.IPV6CP, 0x80FD, ppp.IPV4)
METHODS = ("mschapv2", "chap-md5", "pap")

CONFIGS = {
    "client": replace(CLIENT, answer=METHODS, network=replace(CLIENT.network, interface_id=b"\2" * 8)),
    "lns": replace(LNS, demand=METHODS),
    "both": replace(LNS, demand=METHODS, answer=METHODS, user="lns1", secret=b"s3cret"),
    "open": replace(LNS, demand=(), network=replace(GIVEN, interface_id=b"\1" * 8)),
}


def genuine():
    """Frames of real conversations, by whom they are sent to."""
    frames = []
    for method in METHODS:
        wire = Wire(End(CONFIGS["client"], 1), End(replace(LNS, demand=(method,)), 2)).up().run(limit=40.0)
        wire.a.link.close("enough", wire.now)
        frames += [frame for _, frame in wire.run().frames]
    return sorted(set(frames))


GENUINE = genuine()


@st.composite
def damaged(draw):
    frame = bytearray(draw(st.sampled_from(GENUINE)))
    for _ in range(draw(st.integers(0, 3))):
        frame[draw(st.integers(2, len(frame) - 1))] = draw(st.integers(0, 255))
    return bytes(frame[: draw(st.integers(2, len(frame)))] if draw(st.booleans()) else frame)


@st.composite
def packets(draw):
    """Well-framed packets with any code, identifiers that may fit, and data that may be options."""
    option = st.builds(
        lambda kind, data: bytes((kind, len(data) + 2)) + data, st.integers(0, 255), st.binary(max_size=9)
    )
    data = b"".join(draw(st.lists(option, max_size=5))) if draw(st.booleans()) else draw(st.binary(max_size=60))
    packet = ppp.Packet(draw(st.integers(0, 14)), draw(st.integers(0, 255) | st.integers(0, 3)), data)
    return ppp.encode_frame(draw(st.sampled_from(PROTOCOLS)), ppp.encode(packet))


FRAMES = st.lists(st.binary(max_size=80) | damaged() | packets(), max_size=40)


@pytest.mark.parametrize("name", CONFIGS)
@settings(max_examples=150, deadline=None)
@given(stage=st.integers(0, 20), seed=st.integers(0, 3), frames=FRAMES)
def test_nothing_breaks_a_link(name, stage, seed, frames):
    """The frames come after `stage` genuine ones, a second apart."""
    end, peer = End(CONFIGS[name], seed), End(CONFIGS["lns" if name == "client" else "client"], seed + 10)
    wire = Wire(end, peer).up()
    wire.run(lambda: len(wire.frames) >= stage, limit=20.0)
    now = wire.now
    for frame in frames:
        now += 1.0
        end.link.on_timeout(now)
        end.turn(now)
        end.link.receive(frame, now)
        assert len(end.turn(now)) <= 3, "one frame must not make many"
        deadline = end.link.next_timeout()
        assert (deadline is None) == (end.link.phase is Phase.DEAD), "a living link has a deadline"
        assert bool(end.reason) == (end.link.phase is Phase.DEAD)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_wire_that_damages(seed):
    """Every tenth octet of a third of the frames is wrong: both ends end up somewhere, with a reason."""
    dice = random.Random(seed)

    class Damaging(Wire):
        def _deliver(self):
            self._flying = [(at, order, self._damage(frame), other) for at, order, frame, other in self._flying]
            super()._deliver()

        def _damage(self, frame):
            if dice.random() > 0.33:
                return frame
            return bytes(octet ^ (dice.randrange(256) if dice.random() < 0.1 else 0) for octet in frame)

    wire = Damaging(End(CLIENT, 1), End(LNS, 2)).up()
    wire.run(limit=1000.0)
    for end in (wire.a, wire.b):
        assert end.link.network_open or end.reason or end.link.next_timeout() is not None
