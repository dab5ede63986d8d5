"""Pins: a peer's route leads outside the lines as long as a line needs it, whatever the host's routes do."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from tests.datapath.netlink import FakeNetlink

from branchline.datapath.netlink import NextHop
from branchline.datapath.pins import Pins
from branchline.errors import LocalError

PEER, PIN = "203.0.113.10", "203.0.113.10/32"
OTHER, OTHER_PIN = "203.0.113.11", "203.0.113.11/32"
LINE, WAN, LTE = NextHop(9, None), NextHop(2, "198.51.100.1"), NextHop(3, "192.0.2.1")
LINKS = frozenset({9})


def story(scene, hops=(LINE, WAN)):
    """Run `scene(pins, netlink)` on a host that reaches both peers over `hops`, best first."""

    async def run():
        netlink = FakeNetlink(**{PEER: list(hops), OTHER: list(hops)})
        return await asyncio.wait_for(scene(Pins(netlink), netlink), 10)

    return asyncio.run(run())


def test_a_pin_leads_around_the_lines():
    async def scene(pins, netlink):
        await pins.add("a", PEER, LINKS)
        return netlink.routes

    assert story(scene) == {PIN: WAN}


def test_a_peer_that_only_a_line_reaches_is_refused_with_a_remedy():
    async def scene(pins, netlink):
        with pytest.raises(LocalError, match=f"no route to {PEER} outside the lines; give this host a route"):
            await pins.add("a", PEER, LINKS)
        return netlink.routes

    assert story(scene, hops=(LINE,)) == {}


SHARED = [
    # lines and their peers                removed       what stays pinned
    ({"a": PEER}, ["a"], set()),
    ({"a": PEER}, ["a", "a"], set()),
    ({"a": PEER}, ["stranger"], {PIN}),
    ({"a": PEER, "b": PEER}, ["a"], {PIN}),
    ({"a": PEER, "b": PEER}, ["a", "b"], set()),
    ({"a": PEER, "b": OTHER}, ["a"], {OTHER_PIN}),
]


@pytest.mark.parametrize(("lines", "removed", "pinned"), SHARED)
def test_a_pin_goes_with_the_last_line_that_needs_it(lines, removed, pinned):
    async def scene(pins, netlink):
        for line, peer in lines.items():
            await pins.add(line, peer, LINKS)
        for line in removed:
            await pins.remove(line)
        return set(netlink.routes)

    assert story(scene) == pinned


OTHERS = [
    # the hops to the other LNS    what is pinned while the line is up    after the host has a way to both
    ([LINE, WAN], {PIN: WAN, OTHER_PIN: WAN}, {PIN: WAN, OTHER_PIN: WAN}),
    ([LINE], {PIN: WAN}, {PIN: WAN, OTHER_PIN: WAN}),
]


@pytest.mark.parametrize(("hops", "first", "then"), OTHERS)
def test_other_lnss_of_a_line_are_pinned_where_they_can_be(hops, first, then):
    async def scene(pins, netlink):
        netlink.hops[OTHER] = list(hops)
        await pins.add("a", PEER, LINKS, (PEER, OTHER))
        seen = dict(netlink.routes)
        netlink.hops[OTHER] = [LINE, WAN]
        await pins.refresh(LINKS)
        told = seen, dict(netlink.routes)
        await pins.remove("a")
        return *told, netlink.routes

    assert story(scene) == (first, then, {})


def test_a_refused_pin_is_not_remembered():
    async def scene(pins, netlink):
        netlink.refused.add(PIN)
        with pytest.raises(LocalError):
            await pins.add("a", PEER, LINKS)
        netlink.refused.clear()
        await pins.refresh(LINKS)
        return netlink.routes

    assert story(scene) == {}


MOVES = [
    # the host's way to the peer   the pin that was there   the pin then
    ([LINE, WAN], {PIN: WAN}, {PIN: WAN}),
    ([LINE, LTE, WAN], {PIN: WAN}, {PIN: LTE}),
    ([LINE], {PIN: WAN}, {PIN: WAN}),
    ([], {}, {}),
    ([WAN], {}, {PIN: WAN}),  # the link went down and came back: the kernel has taken the pin away
]


@pytest.mark.parametrize(("hops", "there", "then"), MOVES)
def test_a_pin_follows_the_host(hops, there, then):
    async def scene(pins, netlink):
        await pins.add("a", PEER, LINKS)
        netlink.hops[PEER], netlink.routes = hops, dict(there)
        await pins.refresh(LINKS)
        return netlink.routes

    assert story(scene) == then


def test_one_peer_out_of_reach_does_not_hold_the_others_back():
    async def scene(pins, netlink):
        await pins.add("a", PEER, LINKS)
        await pins.add("b", OTHER, LINKS)
        netlink.refused.add(PIN)
        netlink.hops = {PEER: [LTE], OTHER: [LTE]}
        await pins.refresh(LINKS)
        return netlink.routes

    assert story(scene) == {PIN: WAN, OTHER_PIN: LTE}


def test_a_refresh_never_brings_a_removed_pin_back():
    async def scene(pins, netlink):
        await pins.add("a", PEER, LINKS)
        netlink.hops[PEER] = [LTE]
        netlink.gate.clear()
        refresh = asyncio.ensure_future(pins.refresh(LINKS))
        await asyncio.sleep(0)
        remove = asyncio.ensure_future(pins.remove("a"))
        await asyncio.sleep(0)
        netlink.gate.set()
        await asyncio.gather(refresh, remove)
        return netlink.routes

    assert story(scene) == {}


def test_it_follows_until_it_is_cancelled():
    async def scene(pins, netlink):
        await pins.add("a", PEER, frozenset())
        seen = []
        following = asyncio.ensure_future(pins.follow(lambda: seen.append(LINKS) or LINKS))
        for hops in ([], [LTE]):
            netlink.hops[PEER] = hops
            netlink.changes.put_nowait(None)
            for _ in range(20):
                await asyncio.sleep(0)
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        return netlink.routes, seen

    assert story(scene, hops=(WAN,)) == ({PIN: LTE}, [LINKS, LINKS, LINKS])  # at the start, and after each change
