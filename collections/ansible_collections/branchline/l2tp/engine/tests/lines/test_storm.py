"""No storm: 300 branches lose their LNS in the same moment, and get it back; the bounds are those of a slow machine.

`tests/bench/storm.py` measures the same with the times that lines have by default.
"""

from __future__ import annotations

from tests.lines.storm import Storm

from branchline.lines.attempt import LineEndedError

BRANCHES = 300
LINE = {"echo": 30, "failover": {"setup": 6, "dead": 60, "return": 1, "spread": 2}}


def test_hundreds_of_lines_lose_their_lns_and_return_to_it(tmp_path):
    """To LNSs that take half of them a second; they return from lines that stay up meanwhile."""

    async def scene(world):
        opened = await world.until_all(None, 150)
        world.kill("lns1")
        for client, _task in world.hosts["oslo"]._lines.values():  # what echoes would find
            client._round.current.end(LineEndedError("no reply", silent=True))
        moved = await world.until_all("lns2", 150)
        await world.revive("lns1")
        return opened, moved, await world.until_all(None, 150)

    opened, moved, returned = Storm(tmp_path, BRANCHES, LINE, {"pace": 150}).run(scene)
    assert [outcome.wedged for outcome in (opened, moved, returned)] == [0, 0, 0]
    assert max(moved.asked, returned.asked) < 8 * BRANCHES  # with what is retransmitted on a machine that is busy
    assert returned.fewest > BRANCHES * 0.7
