"""The heap of deadlines against the obvious, slow one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from branchline.l2tp.deadlines import Deadlines

STEP = st.one_of(
    st.tuples(st.integers(0, 5), st.one_of(st.none(), st.integers(0, 50))),  # set
    st.tuples(st.none(), st.integers(0, 50)),  # pop
)


@given(st.lists(STEP, max_size=60))
def test_same_as_the_obvious_one(steps):
    fast, slow = Deadlines(), {}
    for key, value in steps:
        if key is not None:
            fast.set(key, value)
            slow.pop(key, None)
            if value is not None:
                slow[key] = value
        elif (popped := fast.pop(value)) is None:
            assert not [due for due in slow.values() if due <= value]
        else:
            least = min(slow.values())
            assert slow.pop(popped) == least <= value
        assert fast.next() == min(slow.values(), default=None)
        assert len(fast) == len(slow)


def test_moving_a_deadline_later_again_and_again_leaves_nothing_behind():
    deadlines = Deadlines()
    for moment in range(100_000):
        deadlines.set("tunnel", moment + 60.0)
    assert deadlines.next() == 100_059.0
    assert len(deadlines._heap) == 1
