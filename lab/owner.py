"""Whose a lab's name is: two checkouts must not take each other's hosts for their own."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.system import RUN, LabError
from lab.topology import Topology


def marker(name: str) -> Path:
    """The file that says whose the name is."""
    return RUN / name / "owner.json"


def owner(name: str) -> dict[str, str] | None:
    """Topology and state of the lab of that name; None when there is none."""
    try:
        found: dict[str, str] = json.loads(marker(name).read_text())
    except (OSError, ValueError):
        return None
    return found


def foreign(topology: Topology) -> dict[str, str] | None:
    """The marker of a lab of this name that another topology file made."""
    found = owner(topology.name)
    return found if found and found["topology"] != str(topology.path) else None


def claim(topology: Topology) -> None:
    """Make the name this topology's."""
    marker(topology.name).parent.mkdir(parents=True, exist_ok=True)
    marker(topology.name).write_text(json.dumps({"topology": str(topology.path), "state": str(topology.state)}))


def refuse(topology: Topology, found: dict[str, str]) -> LabError:
    """The words for a name that is taken."""
    return LabError(
        f"a lab {topology.name!r} exists already, made from {found['topology']} (state {found['state']}).\n"
        "  Remove it from its own checkout (make lab-down), or from here: make lab-down FORCE=1"
        f" (python -m lab down --force {topology.path})."
    )


@contextmanager
def locked(name: str) -> Iterator[None]:
    """One `up` or `down` of a lab at a time."""
    RUN.mkdir(mode=0o755, parents=True, exist_ok=True)
    with (RUN / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
