"""Jobs run in their order, one at a time, whatever becomes of each."""

from __future__ import annotations

import asyncio

from branchline.aio.jobs import Jobs


def story(scene):
    """Run `scene(jobs, done, job)`; `job(name, turns)` notes its name in `done` at its begin and after its turns."""

    async def run():
        jobs, done = Jobs(), []

        def job(name: str, turns: int = 0):
            async def work() -> None:
                done.append(f"{name}+")
                for _ in range(turns):
                    await asyncio.sleep(0)
                done.append(f"{name}-")

            return work

        await asyncio.wait_for(scene(jobs, done, job), 5)
        return done

    return asyncio.run(run())


def test_none_overtakes_another():
    async def scene(jobs, _done, job):
        for name, turns in (("a", 5), ("b", 0), ("c", 2)):
            jobs.put(job(name, turns))
        await jobs.finish()

    assert story(scene) == ["a+", "a-", "b+", "b-", "c+", "c-"]


def test_one_that_fails_is_logged_and_stops_nobody(caplog):
    async def broken():
        raise RuntimeError("no such device")

    async def scene(jobs, _done, job):
        jobs.put(broken)
        jobs.put(job("a"))
        await jobs.finish()

    assert story(scene) == ["a+", "a-"]
    (record,) = caplog.records
    assert (record.levelname, "no such device" in caplog.text) == ("ERROR", True)


def test_a_job_may_put_another_and_finish_waits_for_it():
    async def scene(jobs, _done, job):
        async def first():
            jobs.put(job("second", 3))

        jobs.put(first)
        await jobs.finish()

    assert story(scene) == ["second+", "second-"]


def test_finishing_with_nothing_to_do_ends_at_once():
    async def scene(jobs, _done, _job):
        await jobs.finish()

    assert story(scene) == []


def test_a_job_that_hangs_does_not_keep_the_loop_from_ending():
    async def scene(jobs, _done, job):
        jobs.put(asyncio.Event().wait)
        jobs.put(job("never"))
        await asyncio.sleep(0)

    assert story(scene) == []
