"""How long a line has been quiet, look by look."""

from __future__ import annotations

import pytest

from branchline.lines.quiet import Quiet

LOOKS = [
    # looks: (now, packets) ...                                seconds at the last one
    ([(0, None)], 0),
    ([(0, None), (10, None)], 0),
    ([(0, None), (10, 5)], 0),
    ([(0, 5), (10, 5)], 10),
    ([(0, 5), (10, 5), (25, 5)], 25),
    ([(0, 5), (10, 6), (25, 6)], 15),
    ([(0, 5), (10, 6), (25, 7)], 0),
    ([(0, 5), (10, None), (20, 5), (25, 5)], 5),
    ([(0, 500), (10, 0), (20, 0)], 10),
]


@pytest.mark.parametrize(("looks", "seconds"), LOOKS)
def test_each_look(looks, seconds):
    quiet = Quiet()
    assert [quiet.seconds(packets, now) for now, packets in looks][-1] == seconds
