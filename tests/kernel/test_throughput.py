"""Throughput of a line in the kernel beside what it stands on and what others make of it: a table, of ratios."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))

from kernel import ESP, OURS, PLAIN, measure

CLOCK, MEMORY, SECONDS = "wall", "1G", 900


def test_a_table_of_ratios(capsys):
    """The bounds are wide: whatever else the machine does is in the numbers."""
    with capsys.disabled():
        print()
        found = measure(lambda row: print(f"  {row}", flush=True))
    assert all(rate > 0 for rate in found.values())
    assert found[PLAIN] > found[OURS] > 0.3 * found[ESP]
