"""What the lines of one host share."""

from __future__ import annotations

from dataclasses import dataclass

from branchline.aio.charon import Charon
from branchline.datapath.interface import DataPath
from branchline.lines.journal import Journal


@dataclass(frozen=True)
class Context:
    """The host's name in L2TP and PPP, the mark of its sockets, its data path, charon and the record of events."""

    host_name: str
    mark: int | None
    datapath: DataPath
    charon: Charon
    journal: Journal
