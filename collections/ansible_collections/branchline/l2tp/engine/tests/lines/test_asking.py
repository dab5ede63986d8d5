"""Asking a caller who it is (RFC 2661 4.4.5), over a wire that may lose frames: what the asker is told, and when."""

from __future__ import annotations

import asyncio
import random

import pytest

from branchline.errors import LocalError
from branchline.lines.asking import Asking
from branchline.lines.ppp_session import PppSession
from branchline.lines.proxy import proxied_by
from branchline.ppp import events as ppp
from branchline.ppp.auth import check
from branchline.ppp.config import LinkConfig, Policy

IDS, PEER = (1, 2), ("192.0.2.1", 1701)
QUICK = Policy(restart=0.05, max_configure=200, max_terminate=40)
METHODS = ("mschapv2", "chap-md5", "pap")
USER, SECRET = "oslo@corp.example", b"ppp secret"


class Wire:
    """One end of a session; frames for it go to its sink, unless they are lost."""

    def __init__(self, lost) -> None:
        self.other: Wire | None = None
        self._lost = lost
        self._sink = lambda _frame: None

    def now(self):
        return asyncio.get_running_loop().time()

    def open_sink(self, _tunnel, _session, sink):
        self._sink = sink

    def close_sink(self, _tunnel, _session):
        self._sink = lambda _frame: None

    def send_frame(self, _tunnel, _session, frame):
        if not self._lost():
            asyncio.get_running_loop().call_soon(lambda: self.other._sink(frame))

    def transmitter(self, _tunnel, _session, _peer, _prefix):
        return lambda _packet: None


class World:
    """A caller, and somebody who wants to know who it is."""

    def __init__(self, *, loss=0.0, method="mschapv2", answer=None) -> None:
        dice = random.Random(7)
        here, there = Wire(lambda: dice.random() < loss), Wire(lambda: dice.random() < loss)
        here.other, there.other = there, here
        self.told = []
        self._answer = answer
        asks = LinkConfig(name="gw1", demand=(method,), echo=0, policy=QUICK)
        says = LinkConfig(name="oslo", answer=METHODS, user=USER, secret=SECRET, echo=0, policy=QUICK)
        self.asking = Asking(here, IDS, PEER, asks, self)
        self.caller = PppSession(there, IDS, PEER, says, lambda event: self.told.append(("caller", event)))
        self.caller.start()
        self.asking.start()

    def lcp_up(self, event):
        self.told.append(("lcp", event.ours.auth))

    async def named(self, event):
        self.told.append(("named", event.name))
        try:
            await self._answer(self, event)
        except asyncio.CancelledError:
            self.told.append(("cancelled", event.name))
            raise

    def unplaced(self, error):
        self.told.append(("unplaced", str(error)))

    def hung_up(self, reason):
        self.told.append(("over", reason))

    def of(self, kind):
        return [what for name, what in self.told if name == kind]

    async def until(self, kind, count=1):
        for _ in range(2000):
            if len(self.of(kind)) >= count:
                return self.of(kind)
            await asyncio.sleep(0.005)
        raise AssertionError(f"no {kind}: {self.told}")


def run(scene, **options):
    async def all_of_it():
        world = World(**options)
        try:
            return await scene(world)
        finally:
            world.asking.stop()
            world.caller.drop()

    return asyncio.run(all_of_it())


async def forever(_world, _event):
    await asyncio.get_running_loop().create_future()


@pytest.mark.parametrize("loss", [0.0, 0.3])
@pytest.mark.parametrize("method", METHODS)
def test_what_the_caller_has_said_proves_it_to_whoever_knows_the_secret(method, loss):
    async def scene(world):
        await world.until("named")
        return proxied_by(world.asking.proxy)

    proxied = run(scene, method=method, loss=loss, answer=forever)
    assert (proxied.credentials.name, proxied.credentials.method) == (USER, method)
    assert check(proxied.credentials, SECRET).ok
    assert not check(proxied.credentials, b"another").ok


def test_a_caller_that_hangs_up_while_an_lns_is_looked_for():
    async def scene(world):
        await world.until("named")
        world.caller.close("never mind")
        return await world.until("over")

    assert run(scene, answer=forever)


def test_lcp_that_opens_again_cancels_the_call():
    async def scene(world):
        await world.until("named")
        again = LinkConfig(name="oslo", answer=METHODS, user=USER, secret=SECRET, echo=0, policy=QUICK)
        wire = world.caller.port
        world.caller.drop()
        world.caller = PppSession(wire, IDS, PEER, again, lambda _event: None)
        world.caller.start()
        await world.until("named", 2)
        return list(world.told)

    told = run(scene, answer=forever)
    assert [name for name, _ in told if name != "caller"] == ["lcp", "named", "lcp", "cancelled", "named"]


def test_after_the_hand_over_nothing_more_is_said_or_heard():
    async def hand_over(world, _event):
        world.asking.hand_over()
        world.told.append(("handed over", None))

    async def scene(world):
        await world.until("handed over")
        heard = len(world.told)
        world.caller.close("bye")
        await asyncio.sleep(0.2)
        return [what for what in world.told[heard:] if what[0] != "caller"]

    assert run(scene, answer=hand_over) == []


ENDS = [
    # what becomes of the call                                        what is told of it
    (LocalError("no LNS is left", "name one"), "no LNS is left; name one"),
    (ZeroDivisionError("oops"), "the engine failed: ZeroDivisionError('oops')"),
]


@pytest.mark.parametrize(("error", "told"), ENDS)
def test_a_call_that_comes_to_nothing_is_told(error, told):
    async def fail(_world, _event):
        raise error

    async def scene(world):
        return await world.until("unplaced")

    (said,) = run(scene, answer=fail)
    assert said.startswith(told)


def test_a_caller_that_nobody_serves_hears_that_its_name_or_secret_is_wrong():
    async def refuse(world, event):
        world.asking.refuse(event)

    async def scene(world):
        await world.until("over")
        return [event.reason for event in world.of("caller") if isinstance(event, ppp.AuthFailed)]

    (reason,) = run(scene, answer=refuse)
    assert "refused our name or secret" in reason
