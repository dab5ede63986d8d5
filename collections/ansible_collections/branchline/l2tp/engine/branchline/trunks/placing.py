"""A call to one of several LNSs: the best one first, then the next, for whoever has a caller to carry on."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Iterable, Mapping
from typing import Callable, TypeVar

from branchline.trunk_config import Choice
from branchline.trunks.choice import order
from branchline.trunks.circuit import CallFailedError
from branchline.trunks.trunk import Trunk

BUSY = (4, 5, 10)  # CDN result codes after which another LNS may help: no facilities, or too slow (RFC 2661 4.4.2)
TRY_ANOTHER = (4, 6, 7)  # error codes of result 2: no resources, the vendor's own affair, try another

Taken = TypeVar("Taken")


async def place(
    trunks: Mapping[str, Trunk],
    choices: Iterable[Choice],
    call: Callable[[Trunk], Awaitable[Taken]],
    told: Callable[[str, CallFailedError], None],
) -> Taken:
    """Return what `call` returns for the first LNS that takes it; each refusal is `told`, the last one is raised."""
    failure = CallFailedError("no LNS is left", "name one in the rule or realm")
    names = order(choices, lambda name: trunks[name].is_dead(), random.random)
    for name in names:
        trunk = trunks[name]
        stale = trunk.state.state == "open"
        try:
            return await call(trunk)
        except CallFailedError as error:
            failure = error
            told(name, error)
        if stale and failure.silent and names.count(name) == 1:
            names.append(name)  # it was another's tunnel that had died: a new one may be answered
        elif not another_may_help(failure):
            break
    raise failure


def another_may_help(error: CallFailedError) -> bool:
    """Whether another LNS might take a call that this one did not: it is out of order or full, not unwilling."""
    result = error.result
    return result is None or result.code in BUSY or (result.code == 2 and result.error in TRY_ANOTHER)
