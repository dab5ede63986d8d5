"""In which order several LNSs are tried: pure, for one call."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby

from branchline.trunk_config import Choice


def order(choices: Iterable[Choice], is_dead: Callable[[str], bool], random: Callable[[], float]) -> list[str]:
    """Return the names of the trunks to try, best first.

    The lowest preference comes first, among equal ones a draw by weight decides; those that did not answer lately
    come last, in the same order, because they may be back. `random` gives a number from 0 to 1, less than 1.
    """
    ranked: list[str] = []
    by_preference = sorted(choices, key=lambda choice: choice.preference)
    for _, group in groupby(by_preference, key=lambda choice: choice.preference):
        ranked += _draw(list(group), random)
    return sorted(ranked, key=is_dead)  # stable


def _draw(group: list[Choice], random: Callable[[], float]) -> list[str]:
    """Draw one after the other, each with a chance in proportion to its weight."""
    drawn: list[str] = []
    while group:
        point = random() * sum(choice.weight for choice in group)
        for choice in group:
            point -= choice.weight
            if point < 0:
                break
        group.remove(choice)
        drawn.append(choice.line)
    return drawn
