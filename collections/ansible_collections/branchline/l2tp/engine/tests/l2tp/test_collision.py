"""RFC 2661 4.4.3 Tie Breaker: both sides send SCCRQ at once."""

from __future__ import annotations

import pytest
from stranger import Stranger, sccrq
from world import LAC_ADDRESS, LNS_ADDRESS, World

from branchline.l2tp.policy import TunnelProfile
from branchline.l2tp.results import Cause


@pytest.mark.parametrize("seed", range(10))
def test_one_tunnel_is_left(seed):
    world = World(seed)
    ends = [world.add(LAC_ADDRESS, "a", accept=True), world.add(LNS_ADDRESS, "b", accept=True)]
    ends[0].connect(LNS_ADDRESS, TunnelProfile(), 0.0)
    ends[1].connect(LAC_ADDRESS, TunnelProfile(), 0.0)
    world.run(2)
    opened = [event for end in world.events.values() for event in end if type(event).__name__ == "TunnelOpened"]
    closed = [event for end in world.events.values() for event in end if type(event).__name__ == "TunnelClosed"]
    assert len(opened) == 2
    assert [event.result.cause for event in closed] == [Cause.TIE_BREAKER]
    assert [len(end.tunnels) for end in ends] == [1, 1]


OURS = bytes.fromhex("8000000000000000")
CASES = [
    # their tie breaker; our tunnel lives, theirs is answered
    ("0000000000000001", False, True),
    ("8000000000000000", False, False),  # equal: both discard
    ("8000000000000001", True, False),
    (None, True, False),  # we included one, they did not: we win
]


@pytest.mark.parametrize(("theirs", "we_live", "they_live"), CASES)
def test_who_wins(theirs, we_live, they_live):
    world = World()
    end = world.add(LNS_ADDRESS, "b", accept=True)
    stranger = Stranger(world, LNS_ADDRESS)
    ours = end.connect(stranger.address, TunnelProfile(), 0.0)
    end.tunnels[ours].handshake.tie_breaker = OURS
    world.settle()
    stranger.heard()
    stranger.say(sccrq(**({"tie_breaker": bytes.fromhex(theirs)} if theirs else {})))
    assert (ours in end.tunnels) is we_live
    assert [message.type.name for _, message in stranger.heard()] == (["SCCRP"] if they_live else [])
    assert len(end.tunnels) == we_live + they_live


def test_without_tie_breakers_there_are_two_tunnels():
    world = World()
    end = world.add(LNS_ADDRESS, "b", accept=True)
    stranger = Stranger(world, LNS_ADDRESS)
    ours = end.connect(stranger.address, TunnelProfile(), 0.0)
    end.tunnels[ours].handshake.tie_breaker = None
    stranger.say(sccrq())
    assert len(end.tunnels) == 2
