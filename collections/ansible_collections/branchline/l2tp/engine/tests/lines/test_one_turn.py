"""What a peer says in one breath, or out of order: a call and its end reach the engine together, and leave nothing."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager

import pytest
from tests.gateway.world import GATEWAY
from tests.gateway.world import World as Gateway
from tests.lac.test_remote_dial import DIALLED_LAC
from tests.lac.world import LAC
from tests.lac.world import World as Compulsory
from tests.lines.world import BRANCH, LNS, World, changed
from tests.ports import free_port

from branchline.wire import l2tp, messages
from branchline.wire.avp_values import ProtocolVersion, ResultCode
from branchline.wire.messages import Message, Type

OPENING = {"protocol_version": ProtocolVersion(), "framing_capabilities": 3, "assigned_tunnel_id": 5}
STOPCCN = Message(Type.STOPCCN, {"assigned_tunnel_id": 5, "result_code": ResultCode(6, 0, "shut down")})
CDN = Message(Type.CDN, {"assigned_session_id": 6, "result_code": ResultCode(3, 0, "never mind")})
ICRQ = Message(Type.ICRQ, {"assigned_session_id": 6, "call_serial_number": 1})
SPEEDS = {"minimum_bps": 1, "maximum_bps": 2, "bearer_type": 1, "framing_type": 1}


def ocrq(number):
    return Message(Type.OCRQ, {"assigned_session_id": 6, "call_serial_number": 1, "called_number": number, **SPEEDS})


class ByHand(asyncio.DatagramProtocol):
    """A peer that says what the test has it say; `say` sends messages in the order given, whatever their Ns."""

    def __init__(self) -> None:
        self._heard: asyncio.Queue[Message] = asyncio.Queue()
        self._tunnel = self._ns = self._nr = 0
        self._address = None

    @classmethod
    @asynccontextmanager
    async def at(cls, local=None, remote=None):
        loop = asyncio.get_running_loop()
        transport, peer = await loop.create_datagram_endpoint(cls, local_addr=local, remote_addr=remote)
        peer._transport, peer._address = transport, remote
        try:
            yield peer
        finally:
            transport.close()

    def datagram_received(self, data, addr):
        header, body = l2tp.decode_control(data)
        self._address = addr
        if not body or header.ns != self._nr:
            return
        self._nr += 1
        message = messages.decode(body, None)
        self._tunnel = message.get("assigned_tunnel_id", self._tunnel)
        self._send(self._ns, b"")
        self._heard.put_nowait(message)

    def say(self, *numbered, session=0):
        """Send each (Ns, message)."""
        for ns, message in numbered:
            self._ns = max(self._ns, ns + 1)
            self._send(ns, messages.encode(message), session)

    def _send(self, ns, body, session=0):
        header = l2tp.ControlHeader(self._tunnel, session, ns, self._nr)
        self._transport.sendto(l2tp.encode_control(header, body), self._address)

    async def hear(self, kind=None):
        """Return the next message that is no acknowledgement; it has to be a `kind`, where one is given."""
        message = await asyncio.wait_for(self._heard.get(), 10)
        assert kind in (None, message.type)
        return message


class WithoutLns(Gateway):
    """Its LNS is the test's."""

    async def start(self, name, document):
        if name != "lns2":
            await super().start(name, document)


def opening(kind, name):
    return Message(kind, {**OPENING, "host_name": name})


async def calls(document, section):
    """A branch by hand opens a tunnel; its call's end overtakes the call. What is said to the next one?"""
    async with ByHand.at(remote=("127.0.0.1", document[section]["listen"][0]["port"])) as branch:
        branch.say((0, opening(Type.SCCRQ, "oslo")))
        await branch.hear(Type.SCCRP)
        branch.say((1, Message(Type.SCCCN)), (3, CDN), (2, ICRQ))
        branch.say((4, Message(Type.ICRQ, {"assigned_session_id": 7, "call_serial_number": 2})))
        return (await branch.hear()).type


@asynccontextmanager
async def tunnel_to(port):
    """A tunnel to an LNS by hand, open."""
    async with ByHand.at(local=("127.0.0.1", port)) as lns:
        await lns.hear(Type.SCCRQ)
        lns.say((0, opening(Type.SCCRP, "lns1")))
        await lns.hear(Type.SCCCN)
        yield lns


async def takes_and_ends(world, name, port):
    """An LNS by hand takes a call, and ends it in the same breath."""
    async with tunnel_to(port) as lns:
        request = await lns.hear(Type.ICRQ)
        lns.say((2, CDN), (1, Message(Type.ICRP, {"assigned_session_id": 6})), session=request["assigned_session_id"])
        return await down(world, name)


async def down(world, name):
    """Wait until a line of this host is down; why."""
    await world.until(lambda: [event for event in world.events[name] if event["event"] == "down"])
    return next(event["reason"] for event in world.events[name] if event["event"] == "down")


@pytest.fixture(autouse=True)
def no_fault(caplog):
    """No event was one that the engine did not know how to take."""
    yield
    assert [entry.getMessage() for entry in caplog.get_records("call") if entry.levelno >= logging.ERROR] == []


def test_a_call_and_its_end_at_an_lns(tmp_path):
    async def scene(world):
        assert await calls(world.lns, "lns") is Type.ICRP
        assert len(world.hosts["lns1"]._server._sessions) == 1  # the second call's

    lns = changed(changed(LNS, "lns/require_tunnel_secret", False), "lns/peers", {})
    World(tmp_path, lns=lns).run(scene)


@pytest.mark.parametrize(("known", "answer"), [("oslo", Type.ICRP), ("bergen", Type.CDN)])
def test_a_call_and_its_end_at_a_gateway(tmp_path, known, answer):
    async def scene(world):
        assert await calls(world.gateway, "gateway") is answer

    gateway = changed(changed(GATEWAY, "gateway/require_tunnel_secret", False), "gateway/peers", {})
    gateway["gateway"]["rules"][0]["host_name"] = known
    Gateway(tmp_path, gateway=gateway).run(scene)


def test_a_call_that_an_lns_takes_and_ends_behind_a_gateway(tmp_path):
    async def scene(world):
        return await takes_and_ends(world, "gw1", world.gateway["gateway"]["lns"]["gw1-lns2"]["port"])

    gateway = changed(GATEWAY, "gateway/lns/gw1-lns2/tunnel_secret", ...)
    gateway["gateway"]["lns"]["gw1-lns2"].update(hide_avps=False, peer_host_name="lns1")
    assert "never mind" in WithoutLns(tmp_path, gateway=gateway).run(scene)


def test_a_call_that_an_lns_takes_and_ends_behind_a_concentrator(tmp_path, monkeypatch):
    async def scene(world):
        return await takes_and_ends(world, "lac1", world.lac["lac"]["lns"]["lac1-lns1"]["port"])

    lac = changed(LAC, "lac/lns/lac1-lns1/tunnel_secret", ...)
    lac["lac"]["lns"]["lac1-lns1"]["hide_avps"] = False
    assert "never mind" in Compulsory(tmp_path, monkeypatch, lac=lac).run(scene, ("lac1", "home1"))


@pytest.mark.parametrize(("number", "answer"), [("5551234", Type.OCRP), ("999", Type.CDN)])
def test_a_call_that_is_to_go_out_and_its_end(tmp_path, monkeypatch, number, answer):
    async def scene(world):
        async with tunnel_to(world.lac["lac"]["lns"]["lac1-lns1"]["port"]) as lns:
            lns.say((2, CDN), (1, ocrq(number)))
            lns.say((3, ocrq(number)))
            assert (await lns.hear()).type is answer

    lac = changed(DIALLED_LAC, "lac/lns/lac1-lns1/tunnel_secret", ...)
    lac["lac"]["lns"]["lac1-lns1"]["hide_avps"] = False
    Compulsory(tmp_path, monkeypatch, lac=lac).run(scene, ("lac1",))


def test_a_tunnel_that_opens_and_ends_in_one_breath(tmp_path):
    async def scene(world):
        async with ByHand.at(local=("127.0.0.1", port)) as lns:
            await lns.hear(Type.SCCRQ)
            lns.say((0, opening(Type.SCCRP, "lns1")), (1, STOPCCN))
            return await down(world, "oslo")

    port = free_port()
    branch = changed(BRANCH, "lines/oslo-lns1/tunnel_secret", ...)
    branch["lines"]["oslo-lns1"].update(port=port, hide_avps=False)
    world = World(tmp_path, branch=branch)
    world.start_lns = lambda: asyncio.sleep(0)
    assert world.run(scene).startswith("the tunnel ended: shut down")
