"""A call to one of several LNSs: the best one first, then the next, and back, for whoever has a caller to carry on."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Iterable, Mapping
from contextlib import suppress
from typing import Callable, TypeVar

from branchline.lines.choice import order
from branchline.trunk_config import Choice
from branchline.trunks.circuit import CallFailedError
from branchline.trunks.trunk import Trunk

BUSY = (4, 5, 10)  # CDN result codes after which another LNS may help: no facilities, or too slow (RFC 2661 4.4.2)
TRY_ANOTHER = (4, 6, 7)  # error codes of result 2: no resources, the vendor's own affair, try another
LEAST = 1.0  # seconds between two looks whether a better LNS is back

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


async def better(trunks: Mapping[str, Trunk], choices: Iterable[Choice], carrying: str, pause: float) -> str | None:
    """Wait until one of the best LNSs answers, and say which; None at once where `carrying` is one of them.

    `pause` is the time between two looks, seconds; with jitter, so that not all callers come back at once.
    """
    known = list(choices)
    first = min(choice.preference for choice in known)
    best = [choice.line for choice in known if choice.preference == first]
    while carrying not in best:
        await asyncio.sleep(max(pause, LEAST) * (1 + random.random()))  # noqa: S311 - jitter, no secret
        for name in best:
            with suppress(CallFailedError, KeyError):
                await trunks[name].ready()
                return name
    return None


def another_may_help(error: CallFailedError) -> bool:
    """Whether another LNS might take a call that this one did not: it is out of order or full, not unwilling."""
    result = error.result
    return result is None or result.code in BUSY or (result.code == 2 and result.error in TRY_ANOTHER)
