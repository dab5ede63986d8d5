"""What the engine asks of charon, against a charon that the test commands."""

from __future__ import annotations

import asyncio

import pytest
from tests.aio.charon import FakeCharon

from branchline.aio.charon import Charon, Secured
from branchline.errors import LocalError


def story(tmp_path, scene, *, started: bool = True):
    """Run `scene(charon, fake, lost)`; `lost` collects the connections that were reported."""

    async def run():
        fake, lost = FakeCharon(tmp_path / "vici"), []
        if started:
            await fake.start()
        charon = Charon(fake.path)
        charon.on_lost = lost.append
        try:
            return await asyncio.wait_for(scene(charon, fake, lost), 10)
        finally:
            await charon.close()
            if started:
                await fake.stop()

    return asyncio.run(run())


async def settle(condition):
    for _ in range(200):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen within two seconds")


def test_an_sa_that_is_there_is_used(tmp_path):
    async def scene(charon, fake, _lost):
        fake.install("a", vip="10.99.0.7", ike_id="5")
        return await charon.secure("a", "l2tp", 5), [name for name, _ in fake.calls]

    assert story(tmp_path, scene) == (Secured("5", "10.99.0.7"), ["list-sas"])


def test_one_that_is_not_is_initiated_without_waiting_inside_charon(tmp_path):
    async def scene(charon, fake, _lost):
        fake.on_initiate = fake.install
        await charon.secure("a", "l2tp", 5)
        return [arguments for name, arguments in fake.calls if name == "initiate"]

    assert story(tmp_path, scene) == [{"ike": "a", "child": "l2tp", "timeout": "-1"}]


def test_a_bundle_needs_both_of_its_children(tmp_path):
    async def scene(charon, fake, lost):
        fake.on_initiate = lambda name: fake.install(name, children=("l2tp", "ah"))
        await charon.secure("a", "l2tp", 5, "ah")
        asked = [arguments["child"] for name, arguments in fake.calls if name == "initiate"]
        fake.install("a", children=("l2tp",))
        fake.tell("child-updown", {"a": {}})
        await settle(lambda: lost == ["a"])
        return asked

    assert story(tmp_path, scene) == ["l2tp", "ah"]


def test_the_child_that_a_bundle_lacks_is_added(tmp_path):
    async def scene(charon, fake, _lost):
        fake.install("a", children=("l2tp",))
        fake.on_initiate = lambda name: fake.install(name, children=("l2tp", "ah"))
        await charon.secure("a", "l2tp", 5, "ah")
        return [arguments["child"] for name, arguments in fake.calls if name == "initiate"]

    assert story(tmp_path, scene) == ["ah"]


def test_one_that_is_being_negotiated_is_waited_for(tmp_path):
    async def scene(charon, fake, _lost):
        fake.sas["a"] = {"uniqueid": "1", "state": "CONNECTING"}
        asyncio.get_running_loop().call_later(0.1, fake.install, "a")
        await charon.secure("a", "l2tp", 5)
        return [name for name, _ in fake.calls if name == "initiate"]

    assert story(tmp_path, scene) == []


def test_no_sa_in_time_is_a_clear_error(tmp_path):
    async def scene(charon, fake, _lost):
        fake.sas["a"] = {"uniqueid": "1", "state": "CONNECTING"}
        with pytest.raises(LocalError, match="no IPsec SA for a within 0 s"):
            await charon.secure("a", "l2tp", 0.1)

    story(tmp_path, scene)


def test_a_negotiation_that_fails_is_not_waited_for_to_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr("branchline.aio.charon.POLL", 0.05)

    async def scene(charon, _fake, _lost):
        with pytest.raises(LocalError, match="charon gave up on a"):
            await charon.secure("a", "l2tp", 9)

    story(tmp_path, scene)


def test_an_ike_sa_that_stays_without_child_is_ended_and_begun_anew(tmp_path, monkeypatch):
    monkeypatch.setattr("branchline.aio.charon.POLL", 0.02)

    async def scene(charon, fake, _lost):
        fake.sas["a"] = {"uniqueid": "1", "state": "ESTABLISHED"}
        with pytest.raises(LocalError, match="charon gave up on a"):
            await charon.secure("a", "l2tp", 9)
        assert fake.sas == {}
        fake.on_initiate = lambda connection: fake.install(connection, ike_id="2")
        return (await charon.secure("a", "l2tp", 9)).ike_id

    assert story(tmp_path, scene) == "2"


def test_a_loss_is_reported_once(tmp_path):
    async def scene(charon, fake, lost):
        fake.install("a")
        await charon.secure("a", "l2tp", 5)
        fake.remove("a")
        await settle(lambda: lost)
        fake.tell("ike-updown", {"a": {}})
        await asyncio.sleep(0.05)
        return lost

    assert story(tmp_path, scene) == ["a"]


def test_a_child_that_goes_while_another_stays_is_no_loss(tmp_path):
    async def scene(charon, fake, lost):
        fake.install("a")
        await charon.secure("a", "l2tp", 5)
        fake.tell("child-updown", {"a": {}})
        await asyncio.sleep(0.1)
        return lost

    assert story(tmp_path, scene) == []


@pytest.mark.parametrize("end", ["terminate", "release"])
def test_what_we_end_ourselves_is_not_reported(tmp_path, end):
    async def scene(charon, fake, lost):
        fake.install("a")
        await charon.secure("a", "l2tp", 5)
        await asyncio.sleep(0) if (done := getattr(charon, end)("a")) is None else await done
        fake.sas.pop("a", None)
        fake.tell("child-updown", {"a": {}})
        await asyncio.sleep(0.1)
        return lost

    assert story(tmp_path, scene) == []


def test_terminating_what_is_not_there_is_no_error(tmp_path):
    async def scene(charon, _fake, _lost):
        await charon.terminate("a")

    story(tmp_path, scene)


def test_a_charon_that_restarts_without_its_sas_is_noticed(tmp_path):
    async def scene(charon, fake, lost):
        fake.install("a")
        await charon.secure("a", "l2tp", 5)
        await fake.stop()
        fake.sas.clear()
        await fake.start()
        await settle(lambda: lost)
        return lost

    assert story(tmp_path, scene) == ["a"]


def test_a_charon_that_comes_late_is_waited_for(tmp_path):
    async def scene(charon, fake, _lost):
        asyncio.get_running_loop().call_later(0.2, lambda: tasks.append(asyncio.ensure_future(fake.start())))
        fake.on_initiate = fake.install
        secured = await charon.secure("a", "l2tp", 5)
        await fake.stop()
        return secured.virtual_ip

    tasks: list = []
    assert story(tmp_path, scene, started=False) == "10.99.0.1"


def test_a_refusal_in_charons_log_is_told_in_the_journal(tmp_path, caplog):
    async def scene(charon, fake, _lost):
        await settle(lambda: "log" in fake._subscribed)
        fake.tell("log", {"thread": "1", "msg": "parsed ID_PROT request 0 [ SA V V V V V ]"})
        refusal = "no IKE config found for 1.1.1.1...2.2.2.2, sending NO_PROPOSAL_CHOSEN"
        fake.tell("log", {"thread": "1", "msg": refusal})
        await settle(lambda: "ipsec: 2.2.2.2 is refused, NO_PROPOSAL_CHOSEN" in caplog.text)

    story(tmp_path, scene)
